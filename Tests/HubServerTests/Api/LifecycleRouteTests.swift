import Foundation
import GRDB
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Testing

@testable import HubServer

@Suite("Deleting, moving, copying and setting up repositories", .timeLimit(.minutes(2)))
struct LifecycleRouteTests {
    @Test("a deleted repository is gone, and its name is free")
    func delete() async throws {
        try await HubFixture().run { hub in
            try await hub.create("m1")
            let delete = { (user: String?, body: String) in
                try await hub.send(.delete, "/api/repos/delete", as: user, body: body)
            }
            let whole = #"{"name":"m1","organization":"alice","type":"model"}"#
            #expect(try await delete(nil, whole).status == .unauthorized)
            #expect(try await delete("bob", whole).status == .forbidden)
            #expect(try await delete("carol", whole).status == .forbidden)
            #expect(try await delete("alice", #"{"name":"m1","type":"dataset"}"#).status == .notFound)
            #expect(try await delete("alice", #"{"name":"m1"}"#).status == .ok)
            let again = try await delete("alice", whole)
            #expect(again.status == .notFound && again.header("x-error-code") == "RepoNotFound")
            #expect(try await hub.get("/api/models/alice/m1", as: "alice").status == .notFound)
            try await hub.create("m1")
            #expect(try await hub.get("/api/models/alice/m1/tree/main").jsonArray.count == 1)
        }
    }

    @Test("a moved repository is found under its old name by those who may see it")
    func move() async throws {
        try await HubFixture().run { hub in
            try await hub.create("old", isPrivate: true)
            _ = try await hub.commit("alice/old", [HubTestClient.file("a b", "text")])
            let move = { (user: String, from: String, to: String) in
                try await hub.send(
                    .post, "/api/repos/move", as: user,
                    body: #"{"fromRepo":"\#(from)","toRepo":"\#(to)","type":"model"}"#)
            }
            #expect(try await move("bob", "alice/old", "bob/new").status == .notFound)
            #expect(try await move("alice", "alice/old", "bob/new").status == .forbidden)
            #expect(try await move("alice", "alice/old", "old").status == .badRequest)
            try await hub.create("taken")
            #expect(try await move("alice", "alice/old", "alice/taken").status == .conflict)
            #expect(try await move("alice", "alice/old", "alice/new").status == .ok)

            // The test's client follows redirects, as all do.
            #expect(try await hub.get("/alice/old/resolve/main/a%20b?x=1", as: "alice").text == "text")
            let info = try await hub.get("/api/models/alice/old/revision/refs%2Fheads%2Fmain", as: "alice").json
            #expect(info["id"] as? String == "alice/new")
            let hidden = try await hub.get("/api/models/alice/old", as: "bob")
            let missing = try await hub.get("/api/models/alice/absent", as: "bob")
            #expect(hidden.status == .notFound && hidden.text == missing.text)
            // What changes things must be called by its present name.
            #expect(
                try await hub.send(.delete, "/api/repos/delete", as: "alice", body: #"{"name":"old"}"#).status
                    == .notFound)
            // A new repository takes the name over.
            try await hub.create("old")
            #expect(try await hub.get("/api/models/alice/old").status == .ok)
        }
    }

    @Test("settings change what others see")
    func settings() async throws {
        try await HubFixture().run { hub in
            try await hub.create("m1")
            let put = { (user: String?, body: String) in
                try await hub.send(.put, "/api/models/alice/m1/settings", as: user, body: body)
            }
            #expect(try await put("bob", #"{"visibility":"private"}"#).status == .forbidden)
            #expect(try await put(nil, #"{"visibility":"private"}"#).status == .unauthorized)
            #expect(try await put("alice", #"{"visibility":"odd"}"#).status == .badRequest)
            #expect(try await put("alice", #"{"visibility":"private"}"#).status == .ok)
            #expect(try await hub.get("/api/models/alice/m1", as: "bob").status == .notFound)
            #expect(try await put("alice", #"{"private":false,"gated":"manual"}"#).status == .ok)
            let info = try await hub.get("/api/models/alice/m1").json
            #expect(info["private"] as? Bool == false && info["gated"] as? String == "manual")
            #expect(try await put("alice", #"{"gated":false}"#).status == .ok)
            #expect(try await hub.get("/api/models/alice/m1").json["gated"] as? Bool == false)
        }
    }

    @Test("a copy has files, history and branches of its own")
    func duplicate() async throws {
        try await HubFixture().run { hub in
            try await hub.create("m1")
            _ = try await hub.commit("alice/m1", [HubTestClient.file("a", "1")])
            _ = try await hub.send(.post, "/api/models/alice/m1/branch/dev", as: "alice", body: "{}")
            let copy = { (user: String, to: String) in
                try await hub.send(
                    .post, "/api/models/alice/m1/duplicate", as: user, body: #"{"repository":"\#(to)"}"#)
            }
            #expect(try await copy("bob", "alice/m2").status == .forbidden)
            let made = try await copy("bob", "bob/m2")
            #expect(try (made.json["url"] as? String)?.hasSuffix("/bob/m2") == true)
            let again = try await copy("bob", "bob/m2")
            #expect(again.status == .conflict)
            #expect(try again.json["url"] is String)
            #expect(try await hub.get("/bob/m2/resolve/dev/a").text == "1")
            #expect(try await hub.commit("bob/m2", as: "bob", [HubTestClient.file("a", "2")]).status == .ok)
            #expect(try await hub.get("/alice/m1/resolve/main/a").text == "1")
            #expect(try await hub.get("/api/models/bob/m2/commits/main").jsonArray.count == 3)
        }
    }

    @Test("a repository needs a namespace that somebody owns")
    func namespaces() async throws {
        try await HubFixture().run { hub in
            let made = try await hub.send(
                .post, "/api/repos/create", as: "root", body: #"{"name":"m","organization":"nobody"}"#)
            #expect(made.status == .notFound)
            let odd = try await hub.send(
                .post, "/api/repos/create", as: "alice", body: #"{"name":"m","visibility":"odd"}"#)
            #expect(odd.status == .badRequest)
        }
    }

    @Test("a repository deleted while a commit is on its way takes none of it")
    func deletedDuringCommit() async throws {
        let fixture = try HubFixture()
        try await fixture.run { hub in
            try await hub.create("m1")
            let database = fixture.server.services.database
            let writes = (0..<20).map { index in
                Task { try await hub.commit("alice/m1", [HubTestClient.file("f\(index)", "x")]).status }
            }
            _ = try await hub.send(.delete, "/api/repos/delete", as: "alice", body: #"{"name":"m1"}"#)
            for write in writes { #expect([.ok, .notFound].contains(try await write.value)) }
            let left = try await database.pool.read { db in
                try Int.fetchOne(db, sql: "SELECT count(*) FROM git_blob") ?? -1
            }
            #expect(left == 0)
        }
    }

    @Test("of two writers who have seen the same head, one wins; without a parent both do")
    func racingWriters() async throws {
        try await HubFixture().run { hub in
            try await hub.create("m1")
            let head = try #require(try await hub.get("/api/models/alice/m1").json["sha"] as? String)
            let strict = (0..<8).map { index in
                Task {
                    try await hub.commit("alice/m1", parent: head, [HubTestClient.file("s\(index)", "x")]).status
                }
            }
            var results: [HTTPResponse.Status] = []
            for write in strict { results.append(try await write.value) }
            #expect(results.filter { $0 == .ok }.count == 1)
            #expect(results.filter { $0 == .preconditionFailed }.count == 7)
            let loose = (0..<8).map { index in
                Task { try await hub.commit("alice/m1", [HubTestClient.file("l\(index)", "x")]).status }
            }
            for write in loose { #expect(try await write.value == .ok) }
            #expect(try await hub.get("/api/models/alice/m1/tree/main").jsonArray.count == 10)
        }
    }
}
