import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Testing

@testable import HubServer

@Suite("Repositories, callers and errors of the hub", .timeLimit(.minutes(2)))
struct HubRepoRouteTests {
    @Test("creating a repository, and again")
    func create() async throws {
        try await HubFixture().run { hub in
            let body = #"{"name": "m1", "organization": "alice", "type": "dataset", "unknown": [1]}"#
            let made = try await hub.send(.post, "/api/repos/create", as: "alice", body: body)
            #expect(made.status == .ok)
            let url = try #require(try made.json["url"] as? String)
            #expect(url.hasPrefix("http://") && url.hasSuffix("/datasets/alice/m1"))

            let again = try await hub.send(.post, "/api/repos/create", as: "alice", body: body)
            #expect(again.status == .conflict)
            #expect(try again.json["url"] as? String == url)

            let own = try await hub.send(
                .post, "/api/repos/create", as: "alice", body: #"{"name":"m2","organization":null}"#)
            #expect(own.status == .ok)
            #expect(try await hub.get("/api/models/alice/m2").status == .ok)
            #expect(try await hub.get("/api/datasets/alice/m2").status == .unauthorized)
        }
    }

    @Test("nobody creates repositories in a foreign namespace, but an admin")
    func foreignNamespace() async throws {
        try await HubFixture().run { hub async throws in
            let create = { (user: String?, name: String, namespace: String) in
                try await hub.send(
                    .post, "/api/repos/create", as: user, body: #"{"name":"\#(name)","organization":"\#(namespace)"}"#
                ).status
            }
            #expect(try await create("bob", "m", "alice") == .forbidden)
            #expect(try await create("carol", "m", "carol") == .forbidden)
            #expect(try await create(nil, "m", "alice") == .unauthorized)
            #expect(try await create("root", "m", "alice") == .ok)
            #expect(try await create("root", "m", "api") == .badRequest)
            for name in ["", "..", "a/b", "-x", "a b", "x.git", "é"] {
                #expect(try await create("alice", name, "alice") == .badRequest, "\(name)")
            }
            #expect(try await hub.send(.post, "/api/repos/create", as: "alice", body: "{").status == .badRequest)
        }
    }

    @Test("a private repository looks like a missing one to those who may not see it")
    func privacy() async throws {
        try await HubFixture().run { hub in
            try await hub.create("secret", isPrivate: true)
            let paths = [
                "", "/revision/main", "/tree/main", "/refs", "/commits/main", "/auth-check", "/xet-read-token/main",
                "/xet-write-token/main",
            ]
            for user in [nil, "bob", "carol"] {
                for path in paths {
                    let hidden = try await hub.get("/api/models/alice/secret\(path)", as: user)
                    let missing = try await hub.get("/api/models/alice/absent\(path)", as: user)
                    #expect(hidden.status == (user == nil ? .unauthorized : .notFound), "\(path)")
                    #expect(hidden.header("x-error-code") == "RepoNotFound")
                    #expect(hidden.status == missing.status)
                    #expect(hidden.text == missing.text)
                }
                let file = try await hub.get("/alice/secret/resolve/main/.gitattributes", as: user)
                #expect(file.header("x-error-code") == "RepoNotFound")
                let commit = try await hub.commit("alice/secret", as: user ?? "nobody", [])
                #expect(commit.status == (user == nil ? .unauthorized : .notFound))
            }
            for user in ["alice", "root"] {
                #expect(try await hub.get("/api/models/alice/secret", as: user).status == .ok)
                #expect(try await hub.get("/alice/secret/resolve/main/.gitattributes", as: user).status == .ok)
            }
        }
    }

    @Test("a bad token fails everywhere", arguments: ["hf_bad", "Basic eDp5", ""])
    func badToken(token: String) async throws {
        try await HubFixture().run { hub in
            try await hub.create("open")
            for path in ["/api/models/alice/open", "/alice/open/resolve/main/.gitattributes", "/api/whoami-v2"] {
                let header = token.contains(" ") ? token : "Bearer \(token)"
                let response = try await hub.get(path, headers: [.authorization: header])
                #expect(response.status == .unauthorized)
                #expect(response.header("x-error-message") == "Invalid credentials in Authorization header")
                #expect(response.header("x-error-code") == nil)
            }
        }
    }

    @Test("others read a public repository and do not write to it")
    func publicRepo() async throws {
        try await HubFixture().run { hub in
            try await hub.create("open")
            #expect(try await hub.get("/api/models/alice/open").status == .ok)
            #expect(try await hub.commit("alice/open", as: "bob", [HubTestClient.file("x", "x")]).status == .forbidden)
            #expect(try await hub.get("/api/models/alice/open/auth-check/write", as: "bob").status == .forbidden)
            #expect(try await hub.get("/api/models/alice/open/auth-check/write", as: "alice").status == .ok)
            #expect(try await hub.get("/api/models/alice/open/auth-check").status == .ok)
            #expect(try await hub.get("/api/models/alice/open/xet-write-token/main", as: "bob").status == .forbidden)
            #expect(try await hub.get("/api/models/alice/open/xet-write-token/main").status == .unauthorized)
        }
    }

    @Test("what a repository says about itself")
    func info() async throws {
        try await HubFixture().run { hub in
            try await hub.create("m1")
            _ = try await hub.commit("alice/m1", [HubTestClient.file("a/b.txt", "hello")])
            let info = try await hub.get("/api/models/alice/m1", as: "alice").json
            let sha = try #require(info["sha"] as? String)
            #expect(info["id"] as? String == "alice/m1")
            #expect(info["private"] as? Bool == false)
            #expect(
                (info["siblings"] as? [[String: Any]])?.compactMap { $0["rfilename"] as? String } == [
                    ".gitattributes", "a/b.txt",
                ])
            #expect((info["lastModified"] as? String)?.hasSuffix("Z") == true)

            let blobs = try await hub.get("/api/models/alice/m1/revision/\(sha)?blobs=True").json
            let file = try #require((blobs["siblings"] as? [[String: Any]])?.last)
            #expect(file["size"] as? Int == 5)
            #expect(file["blobId"] as? String == "b6fc4c620b67d95f953a5c1c1230aaab5db5a1b0")

            let missing = try await hub.get("/api/models/alice/m1/revision/nope")
            #expect(missing.status == .notFound)
            #expect(missing.header("x-error-code") == "RevisionNotFound")
        }
    }

    @Test("revisions are one segment, slashes and all", arguments: ["main", "refs%2Fheads%2Fmain"])
    func encodedRevision(revision: String) async throws {
        try await HubFixture().run { hub in
            try await hub.create("m1")
            #expect(try await hub.get("/api/models/alice/m1/revision/\(revision)").status == .ok)
            #expect(try await hub.get("/api/models/alice/m1/tree/\(revision)").status == .ok)
            #expect(try await hub.get("/alice/m1/resolve/\(revision)/.gitattributes").status == .ok)
            #expect(try await hub.commit("alice/m1", to: revision, [HubTestClient.file("x", "x")]).status == .ok)
            #expect(try await hub.get("/alice/m1/resolve/refs/heads/main/.gitattributes").status == .notFound)
        }
    }

    @Test("refs and history")
    func history() async throws {
        try await HubFixture().run { hub in
            try await hub.create("m1")
            for index in 0..<3 { _ = try await hub.commit("alice/m1", [HubTestClient.file("x", "\(index)")]) }
            let refs = try await hub.get("/api/models/alice/m1/refs?include_prs=1").json
            let branches = try #require(refs["branches"] as? [[String: Any]])
            #expect(branches.map { $0["name"] as? String } == ["main"])
            #expect(branches[0]["ref"] as? String == "refs/heads/main")
            for key in ["converts", "tags", "pullRequests"] { #expect((refs[key] as? [Any])?.isEmpty == true) }

            var path = "/api/models/alice/m1/commits/main?limit=3"
            var titles: [String] = []
            while true {
                let page = try await hub.get(path)
                titles += try page.jsonArray.compactMap { $0["title"] as? String }
                guard let link = page.header("link") else { break }
                path = try nextPath(link)
            }
            #expect(titles == ["Change", "Change", "Change", "initial commit"])
        }
    }

    @Test("account routes and habits of the clients")
    func account() async throws {
        try await HubFixture().run { hub in
            let me = try await hub.get("/api/whoami-v2", as: "alice").json
            #expect(me["name"] as? String == "alice")
            #expect(me["type"] as? String == "user")
            #expect(((me["auth"] as? [String: Any])?["accessToken"] as? [String: Any])?["role"] as? String == "write")
            #expect(try await hub.get("/api/whoami-v2").status == .unauthorized)
            #expect(try await hub.get("/api/agent-harnesses").json["harnesses"] is [String: Any])
            let yaml = try await hub.send(
                .post, "/api/validate-yaml", body: #"{"content":"---\n---\n","repoType":"model"}"#)
            let errors = try #require(try yaml.json["errors"] as? [Any])
            #expect(errors.isEmpty)
            #expect(try await hub.get("/healthz").json["status"] as? String == "ok")
            #expect(try await hub.get("/nope").status == .notFound)
            #expect(try await hub.get("/api/nope").status == .notFound)
            #expect(try await hub.get("/api/models/gpt2", as: "alice").header("x-error-code") == "RepoNotFound")
            #expect(try await hub.send(.put, "/api/models/alice/m1").status == .methodNotAllowed)
            #expect(throws: HubFailure.self) { try PathSegment.decode("%zz") }
            let traced = try await hub.get("/healthz", headers: [.amazonTraceID: "trace-1"])
            #expect(traced.header("x-request-id") == "trace-1")
        }
    }

    @Test("both forms of a Xet token")
    func xetTokens() async throws {
        let fixture = try HubFixture()
        let secrets = fixture.server.services.secrets
        try await fixture.run { hub in
            try await hub.create("m1")
            for (route, user) in [
                ("xet-read-token/main", nil), ("xet-write-token/main", "alice"), ("xet-write-token/None", "alice"),
            ] {
                let response = try await hub.get("/api/models/alice/m1/\(route)", as: user)
                let reply = try response.json
                let url = try #require(reply["casUrl"] as? String)
                #expect(url.hasSuffix("/cas"))
                #expect(response.header("x-xet-cas-url") == url)
                #expect(response.header("x-xet-access-token") == reply["accessToken"] as? String)
                #expect(response.header("x-xet-token-expiration") == (reply["exp"] as? Int).map(String.init))
                let token = try #require(reply["accessToken"] as? String)
                let claims = try CASTokens.verify(token, secrets: secrets)
                #expect(claims.scope == (user == nil ? .read : .write))
            }
            #expect(
                try await hub.get("/api/models/alice/m1/xet-read-token/nope").header("x-error-code")
                    == "RevisionNotFound")
        }
    }

    @Test("absolute URLs follow the proxy, or the public URL")
    func baseURLs() async throws {
        try await HubFixture().run { hub in
            try await hub.create("m1")
            let proxied = try await hub.get(
                "/api/models/alice/m1/xet-read-token/main", headers: [.forwardedProto: "https"])
            #expect(try (proxied.json["casUrl"] as? String)?.hasPrefix("https://") == true)
        }
        try await HubFixture { $0.publicURL = "https://hub.example.org/base/" }.run { hub in
            try await hub.create("m1")
            let token = try await hub.get("/api/models/alice/m1/xet-read-token/main")
            #expect(try token.json["casUrl"] as? String == "https://hub.example.org/base/cas")
        }
    }
}

/// The path and query of a `Link` header's next page.
func nextPath(_ link: String) throws -> String {
    let url = try #require(link.split(separator: ">").first?.dropFirst())
    #expect(link.hasSuffix("; rel=\"next\""))
    let authority = try #require(url.range(of: "://"))
    return String(url[try #require(url[authority.upperBound...].firstIndex(of: "/"))...])
}
