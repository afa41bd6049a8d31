import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Testing

@testable import HubServer

@Suite("Gated repositories, organisations and limited tokens", .timeLimit(.minutes(2)))
struct AccessRouteTests {
    private static let repo = "/api/models/alice/m1"

    private static func gate(_ hub: HubTestClient, _ mode: String) async throws {
        try await hub.create("m1")
        _ = try await hub.commit("alice/m1", [HubTestClient.file("a", "text")])
        let set = try await hub.send(.put, repo + "/settings", as: "alice", body: #"{"gated":"\#(mode)"}"#)
        try #require(set.status == .ok)
    }

    @Test("a gated repository shows itself to all and its files to those on the list")
    func gated() async throws {
        try await HubFixture().run { hub in
            try await Self.gate(hub, "manual")
            let paths = ["/alice/m1/resolve/main/a", Self.repo + "/xet-read-token/main", Self.repo + "/auth-check"]
            #expect(try await hub.get(Self.repo).status == .ok)
            for path in paths {
                let anonymous = try await hub.get(path)
                #expect(anonymous.status == .unauthorized && anonymous.header("x-error-code") == "GatedRepo")
                let stranger = try await hub.get(path, as: "bob")
                #expect(stranger.status == .forbidden && stranger.header("x-error-code") == "GatedRepo")
                #expect(try await hub.get(path, as: "alice").status == .ok)
                #expect(try await hub.get(path, as: "root").status == .ok)
            }

            // The pages and git hand out no more than the API does.
            let page = "/alice/m1/blob/main/a"
            let clone = "/alice/m1.git/info/refs?service=git-upload-pack"
            #expect(try await hub.get("/alice/m1").status == .ok)
            #expect(try await hub.get(page).status == .unauthorized)
            #expect(try await hub.get(page, as: "bob").status == .forbidden)
            #expect(try await hub.get(page, as: "alice").status == .ok)
            #expect(try await hub.get(clone).status == .unauthorized)
            #expect(try await hub.get(clone, as: "bob").status != .ok)

            let access = Self.repo + "/user-access-request"
            #expect(try await hub.send(.post, access).status == .unauthorized)
            #expect(try await hub.send(.post, access, as: "bob").json["status"] as? String == "pending")
            #expect(try await hub.get(paths[0], as: "bob").status == .forbidden)
            #expect(try await hub.get(access + "/pending", as: "bob").status == .forbidden)
            let pending = try await hub.get(access + "/pending", as: "alice").jsonArray
            #expect(pending.count == 1)
            #expect((pending[0]["user"] as? [String: Any])?["user"] as? String == "bob")
            let id = try #require(pending[0]["requestId"] as? String)

            let handle = { (body: String) in
                try await hub.send(.post, access + "/handle", as: "alice", body: body).status
            }
            #expect(try await handle(#"{"user":"carol","status":"accepted"}"#) == .notFound)
            #expect(try await handle(#"{"user":"bob","status":"odd"}"#) == .badRequest)
            #expect(try await handle(#"{"requestId":"\#(id)","status":"accepted"}"#) == .ok)
            #expect(try await handle(#"{"user":"bob","status":"accepted"}"#) == .notFound)
            for path in paths { #expect(try await hub.get(path, as: "bob").status == .ok) }
            #expect(try await handle(#"{"user":"bob","status":"rejected","rejectionReason":"no"}"#) == .ok)
            #expect(try await hub.get(paths[0], as: "bob").status == .forbidden)

            let grant = { (user: String) in
                try await hub.send(.post, access + "/grant", as: "alice", body: #"{"user":"\#(user)"}"#).status
            }
            #expect(try await grant("carol") == .ok)
            #expect(try await grant("carol") == .badRequest)
            #expect(try await grant("nobody") == .notFound)
            #expect(try await hub.get(paths[0], as: "carol").text == "text")
            #expect(try await hub.get(access + "/accepted", as: "alice").jsonArray.count == 1)
            #expect(try await hub.get(access + "/odd", as: "alice").status == .notFound)
        }
    }

    @Test("some repositories accept everybody who asks, and open ones take no requests")
    func automatic() async throws {
        try await HubFixture().run { hub in
            try await Self.gate(hub, "auto")
            #expect(try await hub.get("/alice/m1/resolve/main/a", as: "bob").status == .forbidden)
            let asked = try await hub.send(.post, Self.repo + "/user-access-request", as: "bob")
            #expect(try asked.json["status"] as? String == "accepted")
            #expect(try await hub.get("/alice/m1/resolve/main/a", as: "bob").text == "text")
            try await hub.create("open")
            #expect(
                try await hub.send(.post, "/api/models/alice/open/user-access-request", as: "bob").status
                    == .badRequest)
        }
    }

    @Test("members of an organisation do what their role allows")
    func organisations() async throws {
        let fixture = try HubFixture()
        let hub = try HubAdministration(dataDirectory: fixture.server.services.configuration.dataDirectory)
        try hub.addOrganisation("team", fullname: "The Team")
        try hub.setMember("alice", of: "team", role: "write")
        try hub.setMember("bob", of: "team", role: "contributor")
        try hub.addUser("erin", fullname: "Erin", email: "erin@example.org")
        try hub.setMember("erin", of: "team", role: "read")
        let erin = try hub.addToken(user: "erin", role: "write")
        #expect(throws: HubServerError.self) { try hub.addUser("TEAM", fullname: nil, email: nil) }
        #expect(throws: HubServerError.self) { try hub.addToken(user: "team", role: "write") }
        #expect(throws: HubServerError.self) { try hub.setMember("nobody", of: "team", role: "read") }
        #expect(throws: HubServerError.self) { try hub.setMember("alice", of: "team", role: "king") }
        try await fixture.run { client in
            let create = { (user: String, name: String) in
                try await client.send(
                    .post, "/api/repos/create", as: user,
                    body: #"{"name":"\#(name)","organization":"team","visibility":"private"}"#
                ).status
            }
            #expect(try await create("alice", "a") == .ok)
            #expect(try await create("bob", "b") == .ok)
            #expect(try await create(erin, "e") == .forbidden)
            #expect(try await create("carol", "c") == .forbidden)
            let commit = { (user: String, repo: String) in
                try await client.commit(repo, as: user, [HubTestClient.file(user.prefix(3) + "x", "x")]).status
            }
            #expect(try await commit("alice", "team/b") == .ok)
            #expect(try await commit("bob", "team/b") == .ok)
            #expect(try await commit("bob", "team/a") == .forbidden)
            #expect(try await commit(erin, "team/a") == .forbidden)
            #expect(try await client.get("/api/models/team/a", as: erin).status == .ok)
            #expect(try await client.get("/api/models/team/a", as: "carol").status == .notFound)
            let me = try await client.get("/api/whoami-v2", as: erin).json
            #expect(me["fullname"] as? String == "Erin" && me["email"] as? String == "erin@example.org")
            let orgs = try #require(me["orgs"] as? [[String: Any]])
            #expect(orgs.map { $0["name"] as? String } == ["team"])
            #expect(orgs[0]["roleInOrg"] as? String == "read")
            let members = try await client.get("/api/organizations/team/members").jsonArray
            #expect(members.map { $0["user"] as? String } == ["alice", "bob", "erin"])
            #expect(try await client.get("/api/organizations/team/overview").json["numUsers"] as? Int == 3)
            #expect(try await client.get("/api/organizations/erin/overview").status == .notFound)
            let seen = try await client.get("/api/users/bob/overview", as: "alice").json
            #expect(seen["user"] as? String == "bob")
            let listed = try await client.get("/api/organizations/team/settings/repositories", as: erin).jsonArray
            #expect(listed.count == 2)
            #expect(
                try await client.get("/api/organizations/team/settings/repositories", as: "carol").status
                    == .forbidden)
            #expect(throws: HubServerError.self) { try hub.removeOrganisation("team") }
            try hub.removeMember("erin", of: "team")
            #expect(try await client.get("/api/models/team/a", as: erin).status == .notFound)
        }
    }

    @Test("a fine-grained token does what its grants say, and no more than its user may")
    func fineGrained() async throws {
        let fixture = try HubFixture()
        let hub = try HubAdministration(dataDirectory: fixture.server.services.configuration.dataDirectory)
        let one = try hub.addToken(
            user: "alice", role: "fine-grained", name: "ci", grants: ["write:alice/m1", "read:datasets/alice/d"])
        let foreign = try hub.addToken(user: "alice", role: "fine-grained", grants: ["write:bob"])
        let space = try hub.addToken(user: "alice", role: "fine-grained", grants: ["write:alice"])
        for bad in [["odd:alice"], ["write:a/b/c"], ["write"], []] {
            #expect(throws: HubServerError.self) {
                try hub.addToken(user: "alice", role: "fine-grained", grants: bad)
            }
        }
        #expect(throws: HubServerError.self) { try hub.addToken(user: "alice", role: "read", grants: ["read:alice"]) }
        try await fixture.run { client in
            try await client.create("m1", isPrivate: true)
            try await client.create("m2", isPrivate: true)
            try await client.create("m3", as: "bob", isPrivate: true)
            _ = try await client.send(
                .post, "/api/repos/create", as: "alice", body: #"{"name":"d","type":"dataset","private":true}"#)
            let commit = { (token: String, repo: String) in
                try await client.commit(repo, as: token, [HubTestClient.file("x", "x")]).status
            }
            #expect(try await commit(one, "alice/m1") == .ok)
            #expect(try await commit(one, "alice/m2") == .notFound)
            #expect(try await client.get("/api/datasets/alice/d", as: one).status == .ok)
            #expect(try await commit(foreign, "bob/m3") == .notFound)
            #expect(try await commit(space, "alice/m2") == .ok)
            let create = { (token: String) in
                try await client.send(.post, "/api/repos/create", as: token, body: #"{"name":"n"}"#).status
            }
            #expect(try await create(one) == .forbidden)
            #expect(try await create(space) == .ok)
            let listed = try await client.get("/api/models?author=alice", as: one).jsonArray
            #expect(listed.compactMap { $0["id"] as? String }.sorted() == ["alice/m1", "alice/n"])
            let token = try #require(
                (try await client.get("/api/whoami-v2", as: one).json["auth"] as? [String: Any])?["accessToken"]
                    as? [String: Any])
            #expect(token["role"] as? String == "fineGrained" && token["displayName"] as? String == "ci")
            #expect(((token["fineGrained"] as? [String: Any])?["scoped"] as? [Any])?.count == 2)
        }
    }

    @Test("a token ends when it is revoked or has expired")
    func ends() async throws {
        let fixture = try HubFixture()
        let hub = try HubAdministration(dataDirectory: fixture.server.services.configuration.dataDirectory)
        let revoked = try hub.addToken(user: "alice", role: "write", name: "laptop")
        let expired = try hub.addToken(user: "alice", role: "write", lifetime: -1)
        #expect(throws: HubServerError.self) { try hub.addToken(user: "alice", role: "read", name: "laptop") }
        try await fixture.run { client in
            #expect(try await client.get("/api/whoami-v2", as: revoked).status == .ok)
            #expect(try await client.get("/api/whoami-v2", as: expired).status == .unauthorized)
            try hub.removeToken(of: "alice", named: "laptop")
            #expect(try await client.get("/api/whoami-v2", as: revoked).status == .unauthorized)
            #expect(throws: HubServerError.self) { try hub.removeToken(of: "alice", named: "laptop") }
            try hub.removeUser("bob")
            #expect(try await client.get("/api/whoami-v2", as: "bob").status == .unauthorized)
        }
        let listed = try hub.tokens()
        #expect(!listed.contains { $0.user == "bob" })
        #expect(Set(listed.map(\.id)).count == listed.count)
    }
}
