import Foundation
import GRDB
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Testing

@testable import HubServer

@Suite("Branches, tags and history over the API", .timeLimit(.minutes(2)))
struct RefRouteTests {
    private static let repo = "/api/models/alice/m1"

    @Test("a branch is made, found, written to and deleted")
    func branches() async throws {
        try await HubFixture().run { hub in
            try await hub.create("m1")
            let first = try #require(try await hub.get(Self.repo).json["sha"] as? String)
            _ = try await hub.commit("alice/m1", [HubTestClient.file("a", "1")])
            let make = { (name: String, body: String) in
                try await hub.send(.post, Self.repo + "/branch/" + name, as: "alice", body: body)
            }
            #expect(try await make("dev", "{}").status == .ok)
            #expect(try await make("dev", "{}").status == .conflict)
            #expect(try await make("feat%2Fx", #"{"startingPoint":"\#(first)"}"#).status == .ok)
            #expect(try await make("feat", "{}").status == .conflict)
            #expect(try await make("other", "").status == .ok)
            let unknown = try await make("y", #"{"startingPoint":"nope"}"#)
            #expect(unknown.status == .notFound)
            #expect(unknown.header("x-error-code") == "RevisionNotFound")
            for bad in ["refs%2Fpr%2F5", "a..b", "a%20b", "x.lock", "HEAD", first, "-x", "a%2F%2Fb"] {
                #expect(try await make(bad, "{}").status == .badRequest, "\(bad)")
            }
            #expect(try await hub.get(Self.repo + "/revision/feat%2Fx").json["sha"] as? String == first)
            #expect(try await hub.commit("alice/m1", to: "feat%2Fx", [HubTestClient.file("b", "2")]).status == .ok)
            #expect(try await hub.get("/alice/m1/resolve/feat%2Fx/b").text == "2")
            #expect(try await hub.get("/alice/m1/resolve/main/b").status == .notFound)

            let refs = try await hub.get(Self.repo + "/refs").json
            let names = (refs["branches"] as? [[String: Any]])?.compactMap { $0["name"] as? String }
            #expect(names == ["dev", "feat/x", "main", "other"])

            let drop = { (name: String, user: String) in
                try await hub.send(.delete, Self.repo + "/branch/" + name, as: user)
            }
            #expect(try await drop("dev", "bob").status == .forbidden)
            #expect(try await drop("dev", "alice").status == .ok)
            #expect(try await drop("dev", "alice").header("x-error-code") == "RevisionNotFound")
            #expect(try await drop("main", "alice").status == .forbidden)
            #expect(try await hub.get(Self.repo + "/branch/dev").status == .methodNotAllowed)
        }
    }

    @Test("a tag's message is kept and shown, and goes with the tag")
    func annotatedTags() async throws {
        let fixture = try HubFixture()
        try await fixture.run { hub in
            try await hub.create("m1")
            let body = #"{"tag":"v1","message":" First <release>\n\nThanks. "}"#
            #expect(try await hub.send(.post, Self.repo + "/tag/main", as: "alice", body: body).status == .ok)
            let blank = #"{"tag":"v2","message":" "}"#
            #expect(try await hub.send(.post, Self.repo + "/tag/main", as: "alice", body: blank).status == .ok)
            let long = #"{"tag":"v3","message":"\#(String(repeating: "x", count: 65_537))"}"#
            #expect(
                try await hub.send(.post, Self.repo + "/tag/main", as: "alice", body: long).status == .contentTooLarge)
            let tags = try await fixture.server.services.database.pool.read { db in
                try GitStore(repo: 1, db: db).annotatedTags()
            }
            #expect(tags.map(\.name) == ["v1"] && tags.first?.message == "First <release>\n\nThanks.")
            #expect(tags.first?.tagger == "alice")
            let page = try await hub.get("/alice/m1/tree/v1").text
            #expect(page.contains("First &lt;release&gt;") && page.contains("Thanks."))
            #expect(try await !hub.get("/alice/m1/tree/main").text.contains("Thanks."))
            #expect(try await hub.send(.delete, Self.repo + "/tag/v1", as: "alice").status == .ok)
            #expect(
                try await hub.send(.post, Self.repo + "/tag/main", as: "alice", body: #"{"tag":"v1"}"#).status == .ok)
            #expect(try await !hub.get("/alice/m1/tree/v1").text.contains("Thanks."))
        }
    }

    @Test("a tag stays where it was put")
    func tags() async throws {
        try await HubFixture().run { hub in
            try await hub.create("m1")
            let first = try #require(try await hub.get(Self.repo).json["sha"] as? String)
            let tag = { (body: String) in
                try await hub.send(.post, Self.repo + "/tag/main", as: "alice", body: body)
            }
            #expect(try await tag(#"{"tag":"v1.0","message":"first"}"#).status == .ok)
            #expect(try await tag(#"{"tag":"v1.0"}"#).status == .conflict)
            #expect(try await tag(#"{"tag":"a b"}"#).status == .badRequest)
            _ = try await hub.commit("alice/m1", [HubTestClient.file("a", "1")])
            #expect(try await hub.get(Self.repo + "/revision/v1.0").json["sha"] as? String == first)
            // Nobody commits to a tag.
            #expect(try await hub.commit("alice/m1", to: "v1.0", [HubTestClient.file("a", "1")]).status == .notFound)
            let drop = { try await hub.send(.delete, Self.repo + "/tag/v1.0", as: "alice") }
            #expect(try await drop().status == .ok)
            #expect(try await drop().status == .notFound)
        }
    }

    @Test("squashing leaves one commit and every file")
    func squash() async throws {
        try await HubFixture().run { hub in
            try await hub.create("m1")
            for index in 0..<3 { _ = try await hub.commit("alice/m1", [HubTestClient.file("f\(index)", "\(index)")]) }
            let squash = { (branch: String, user: String) in
                try await hub.send(
                    .post, Self.repo + "/super-squash/" + branch, as: user, body: #"{"message":"All at once"}"#)
            }
            #expect(try await squash("main", "bob").status == .forbidden)
            #expect(try await squash("nope", "alice").header("x-error-code") == "RevisionNotFound")
            #expect(try await squash("main", "alice").status == .ok)
            let commits = try await hub.get(Self.repo + "/commits/main?expand[]=formatted").jsonArray
            #expect(commits.map { $0["title"] as? String } == ["All at once"])
            #expect((commits[0]["formatted"] as? [String: String])?["title"] == "All at once")
            #expect(try await hub.get("/alice/m1/resolve/main/f1").text == "1")
        }
    }

    @Test("each entry's last commit, page by page")
    func lastCommits() async throws {
        try await HubFixture().run { hub in
            try await hub.create("m1")
            _ = try await hub.commit(
                "alice/m1", (0..<60).map { HubTestClient.file(String(format: "d/f%02d", $0), "x") })
            let old = try #require(try await hub.get(Self.repo).json["sha"] as? String)
            _ = try await hub.commit("alice/m1", [HubTestClient.file("d/f07", "y"), HubTestClient.file("e", "z")])
            let new = try #require(try await hub.get(Self.repo).json["sha"] as? String)

            var path: String? = Self.repo + "/tree/main/d?expand=True"
            var entries: [[String: Any]] = []
            var pages = 0
            while let next = path {
                let page = try await hub.get(next)
                entries += try page.jsonArray
                pages += 1
                path = try page.header("link").map(nextPath)
            }
            #expect(pages == 2 && entries.count == 60)
            for entry in entries {
                let commit = (entry["lastCommit"] as? [String: Any])?["id"] as? String
                #expect(commit == (entry["path"] as? String == "d/f07" ? new : old))
                #expect((entry["securityFileStatus"] as? [String: Any])?["status"] as? String == "unscanned")
            }
            let asked = try await hub.send(
                .post, Self.repo + "/paths-info/main",
                headers: [.contentType: "application/x-www-form-urlencoded"], body: "paths=d&paths=nope&expand=true")
            let folder = try #require(try asked.jsonArray.first)
            #expect(try asked.jsonArray.count == 1)
            #expect((folder["lastCommit"] as? [String: Any])?["id"] as? String == new)
            #expect(folder["securityFileStatus"] == nil)
        }
    }
}
