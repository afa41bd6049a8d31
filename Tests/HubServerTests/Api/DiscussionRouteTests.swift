import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Testing

@testable import HubServer

@Suite("Discussions and pull requests", .timeLimit(.minutes(2)))
struct DiscussionRouteTests {
    private static let repo = "/api/models/alice/m1"

    /// Opens a pull request by a commit of these lines, and returns its number.
    private static func propose(_ hub: HubTestClient, as user: String, _ lines: [String]) async throws -> Int {
        let header = #"{"key":"header","value":{"summary":"Propose","description":"Why"}}"#
        let made = try await hub.send(
            .post, repo + "/commit/main?create_pr=1", as: user, headers: [.contentType: "application/x-ndjson"],
            body: ([header] + lines).joined(separator: "\n"))
        try #require(made.status == .ok, "\(made.text)")
        let url = try #require(try made.json["pullRequestUrl"] as? String)
        #expect(url.contains("/alice/m1/discussions/"))
        return try #require(url.split(separator: "/").last.flatMap { Int($0) })
    }

    @Test("a stranger's proposal is merged")
    func merge() async throws {
        try await HubFixture().run { hub in
            try await hub.create("m1")
            let number = try await Self.propose(hub, as: "bob", [HubTestClient.file("a", "one\n")])
            #expect(number == 1)
            #expect(try await hub.get("/alice/m1/resolve/main/a").status == .notFound)
            #expect(try await hub.get("/alice/m1/resolve/refs%2Fpr%2F1/a").text == "one\n")
            let refs = try await hub.get(Self.repo + "/refs?include_prs=true").json
            #expect((refs["pullRequests"] as? [[String: Any]])?.first?["ref"] as? String == "refs/pr/1")

            // More commits by the author and by writers, and by nobody else.
            let add = { (user: String) in
                try await hub.commit("alice/m1", as: user, to: "refs%2Fpr%2F1", [HubTestClient.file(user, "x")])
            }
            #expect(try await add("bob").status == .ok)
            #expect(try await add("alice").status == .ok)
            #expect(try await add("carol").status == .forbidden)
            let preupload = try await hub.send(
                .post, Self.repo + "/preupload/main?create_pr=1", as: "bob",
                body: #"{"files":[{"path":"x","sample":"","size":1}]}"#)
            #expect(preupload.status == .ok)
            #expect(try await hub.commit("alice/m1", as: "bob", [HubTestClient.file("x", "x")]).status == .forbidden)

            // The branch moves on elsewhere.
            _ = try await hub.commit("alice/m1", [HubTestClient.file("b", "two\n")])
            let details = try await hub.get(Self.repo + "/discussions/1?diff=1").json
            #expect(details["status"] as? String == "open" && details["isPullRequest"] as? Bool == true)
            #expect((details["filesWithConflicts"] as? [Any])?.isEmpty == true)
            #expect((details["changes"] as? [String: Any])?["base"] as? String == "refs/heads/main")
            let diff = try #require(details["diff"] as? String)
            #expect(diff.contains("diff --git a/a b/a\nnew file mode 100644\n"))
            #expect(diff.contains("--- /dev/null\n+++ b/a\n@@ -0,0 +1,1 @@\n+one\n"))
            #expect(!diff.contains("two"))

            let mergeIt = { (user: String) in
                try await hub.send(.post, Self.repo + "/discussions/1/merge", as: user, body: "null")
            }
            #expect(try await mergeIt("bob").status == .forbidden)
            #expect(try await mergeIt("alice").status == .ok)
            #expect(try await mergeIt("alice").status == .conflict)
            for (path, text) in [("a", "one\n"), ("b", "two\n"), ("bob", "x"), ("alice", "x")] {
                #expect(try await hub.get("/alice/m1/resolve/main/\(path)").text == text)
            }
            let commits = try await hub.get(Self.repo + "/commits/main").jsonArray
            #expect(commits.first?["title"] as? String == "Propose (#1)")
            let merged = try await hub.get(Self.repo + "/discussions/1").json
            #expect(merged["status"] as? String == "merged")
            #expect((merged["changes"] as? [String: Any])?["mergeCommitId"] as? String == commits[0]["id"] as? String)
            #expect(try await add("alice").status == .forbidden)
            let kinds = (merged["events"] as? [[String: Any]])?.compactMap { $0["type"] as? String }
            #expect(kinds == ["comment", "commit", "commit", "commit", "status-change"])
        }
    }

    @Test("a conflict is told, and nothing is changed")
    func conflict() async throws {
        try await HubFixture().run { hub in
            try await hub.create("m1")
            _ = try await hub.commit("alice/m1", [HubTestClient.file("a", "0"), HubTestClient.file("d/x", "0")])
            _ = try await Self.propose(hub, as: "alice", [HubTestClient.file("a", "1")])
            _ = try await Self.propose(hub, as: "alice", [#"{"key":"deletedFolder","value":{"path":"d"}}"#])
            _ = try await hub.commit("alice/m1", [HubTestClient.file("a", "2"), HubTestClient.file("d/y", "0")])
            let details = try await hub.get(Self.repo + "/discussions/1").json
            #expect(details["filesWithConflicts"] as? [String] == ["a"])
            let head = try await hub.get(Self.repo).json["sha"] as? String
            let refused = try await hub.send(.post, Self.repo + "/discussions/1/merge", as: "alice")
            #expect(refused.status == .conflict && refused.text.contains("a"))
            #expect(try await hub.get(Self.repo).json["sha"] as? String == head)
            // The other one has no file in common with what has happened.
            #expect(try await hub.send(.post, Self.repo + "/discussions/2/merge", as: "alice").status == .ok)
            #expect(try await hub.get("/alice/m1/resolve/main/d/x").status == .notFound)
            #expect(try await hub.get("/alice/m1/resolve/main/d/y").text == "0")
        }
    }

    @Test("people talk")
    func talk() async throws {
        try await HubFixture().run { hub in
            try await hub.create("m1")
            let open = { (user: String?, title: String) in
                try await hub.send(
                    .post, Self.repo + "/discussions", as: user,
                    body: #"{"title":"\#(title)","description":"<b>text</b>","pullRequest":false}"#)
            }
            #expect(try await open(nil, "x").status == .unauthorized)
            #expect(try await open("carol", "x").status == .forbidden)
            #expect(try await open("bob", " ").status == .badRequest)
            #expect(try await open("bob", "Question").json["num"] as? Int == 1)
            let one = Self.repo + "/discussions/1"
            let post = { (user: String, what: String, body: String) in
                try await hub.send(.post, one + "/" + what, as: user, body: body)
            }
            let comment = try await post("alice", "comment", #"{"comment":"Answer"}"#)
            let message = try #require(try comment.json["newMessage"] as? [String: Any])
            let id = try #require(message["id"] as? String)
            #expect(try await post("bob", "comment/\(id)/edit", #"{"content":"Mine"}"#).status == .forbidden)
            let edited = try await post("alice", "comment/\(id)/edit", #"{"content":"Better"}"#)
            let data = (try edited.json["updatedComment"] as? [String: Any])?["data"] as? [String: Any]
            #expect((data?["latest"] as? [String: Any])?["raw"] as? String == "Better")
            #expect((data?["history"] as? [Any])?.count == 1)
            #expect(try await post("bob", "comment/\(id)/hide", "").status == .forbidden)
            #expect(try await post("alice", "comment/\(id)/hide", "").status == .ok)
            #expect(try await hub.get(one).text.contains("Better") == false)
            #expect(try await hub.get(one).text.contains("&lt;b&gt;text"))

            #expect(try await post("alice", "title", #"{"title":"Asked"}"#).json["newTitle"] != nil)
            #expect(try await post("carol", "status", #"{"status":"closed"}"#).status == .forbidden)
            #expect(try await post("bob", "status", #"{"status":"closed","comment":"done"}"#).status == .ok)
            #expect(try await post("bob", "status", #"{"status":"closed"}"#).status == .conflict)
            #expect(try await post("alice", "merge", "").status == .badRequest)
            #expect(try await open("bob", "Second").json["num"] as? Int == 2)

            let list = { (query: String) in
                let reply = try await hub.get(Self.repo + "/discussions?" + query).json
                return (reply["discussions"] as? [[String: Any]])?.compactMap { $0["num"] as? Int } ?? []
            }
            #expect(try await list("p=0") == [2, 1])
            #expect(try await list("status=open") == [2])
            #expect(try await list("status=closed&author=bob") == [1])
            #expect(try await list("type=pull_request") == [])
            #expect(try await list("p=7") == [])
            #expect(try await hub.get(Self.repo + "/discussions/3").status == .notFound)
            #expect(try await hub.get(Self.repo + "/discussions/x").status == .notFound)
        }
    }

    @Test("a private repository's discussions are as private as it is")
    func privacy() async throws {
        try await HubFixture().run { hub in
            try await hub.create("m1", isPrivate: true)
            _ = try await Self.propose(hub, as: "alice", [HubTestClient.file("a", "1")])
            for path in ["", "/1"] {
                let hidden = try await hub.get(Self.repo + "/discussions" + path, as: "bob")
                #expect(hidden.status == .notFound && hidden.header("x-error-code") == "RepoNotFound")
            }
            let commit = try await hub.send(.post, Self.repo + "/commit/main?create_pr=1", as: "bob", body: "")
            #expect(commit.header("x-error-code") == "RepoNotFound")
        }
    }
}

@Suite("Commits in detail", .timeLimit(.minutes(2)))
struct CommitDetailTests {
    private static let repo = "/api/models/alice/m1"

    @Test("copies, deletions and writes in one commit")
    func copies() async throws {
        try await HubFixture().run { hub in
            try await hub.create("m1")
            let first = try await hub.commit(
                "alice/m1", [HubTestClient.file("a", "1"), HubTestClient.file("d/x", "2")])
            let id = try #require(try first.json["commitOid"] as? String)
            #expect(try first.json["commitUrl"] as? String != nil)
            let copy = { (path: String, source: String, extra: String) in
                #"{"key":"copyFile","value":{"path":"\#(path)","srcPath":"\#(source)"\#(extra)}}"#
            }
            let done = try await hub.commit(
                "alice/m1",
                [copy("b", "a", ""), #"{"key":"deletedFile","value":{"path":"a"}}"#, copy("e/y", "d/x", "")])
            #expect(done.status == .ok, "\(done.text)")
            #expect(try await hub.get("/alice/m1/resolve/main/b").text == "1")
            #expect(try await hub.get("/alice/m1/resolve/main/a").status == .notFound)
            #expect(
                try await hub.commit("alice/m1", [copy("c", "a", #","srcRevision":"\#(id)""#)]).status == .ok)
            #expect(try await hub.get("/alice/m1/resolve/main/c").text == "1")
            #expect(try await hub.commit("alice/m1", [copy("z", "nope", "")]).header("x-error-code") == "EntryNotFound")
            #expect(
                try await hub.commit("alice/m1", [copy("z", "b", #","srcRevision":"nope""#)]).header("x-error-code")
                    == "RevisionNotFound")
        }
    }

    @Test("unchanged content and empty commits keep the head")
    func unchanged() async throws {
        try await HubFixture().run { hub in
            try await hub.create("m1")
            let first = try await hub.commit("alice/m1", [HubTestClient.file("a", "1")]).json["commitOid"] as? String
            let again = try await hub.commit("alice/m1", [HubTestClient.file("a", "1")]).json["commitOid"] as? String
            let none = try await hub.commit("alice/m1", []).json["commitOid"] as? String
            #expect(first != nil && first == again && first == none)
        }
    }

    @Test("the form of clients from before 2023")
    func legacy() async throws {
        try await HubFixture().run { hub in
            try await hub.create("m1")
            let body = """
                {"summary":"Old","description":"","files":[{"path":"a","content":"dGV4dA==","encoding":"base64"},
                {"path":"b","content":"plain"}],"deletedFiles":[],"lfsFiles":[]}
                """
            let done = try await hub.send(
                .post, Self.repo + "/commit/main", as: "alice", headers: [.contentType: "application/json"], body: body)
            #expect(done.status == .ok, "\(done.text)")
            #expect(try await hub.get("/alice/m1/resolve/main/a").text == "text")
            #expect(try await hub.get("/alice/m1/resolve/main/b").text == "plain")
        }
    }

    @Test("a commit of 25000 files", .timeLimit(.minutes(2)))
    func large() async throws {
        try await HubFixture().run { hub in
            try await hub.create("m1")
            let lines = (0..<25_000).map { HubTestClient.file("d\($0 % 100)/f\($0)", "\($0)") }
            let done = try await hub.commit("alice/m1", lines)
            #expect(done.status == .ok, "\(done.text)")
            #expect(try await hub.get("/alice/m1/resolve/main/d99/f24999").text == "24999")
            let gone = (0..<100).map { #"{"key":"deletedFolder","value":{"path":"d\#($0)"}}"# }
            #expect(try await hub.commit("alice/m1", gone).status == .ok)
            #expect(try await hub.get(Self.repo + "/tree/main?recursive=true").jsonArray.count == 1)
        }
    }

    @Test("what .gitignore says, in the request or in the repository")
    func ignored() async throws {
        try await HubFixture().run { hub in
            try await hub.create("m1")
            _ = try await hub.commit("alice/m1", [HubTestClient.file(".gitignore", "*.log\n")])
            let ask = { (extra: String) in
                let reply = try await hub.send(
                    .post, Self.repo + "/preupload/main", as: "alice",
                    body:
                        #"{"files":[{"path":"a.log","sample":"","size":1},{"path":"b.tmp","sample":"","size":1}]\#(extra)}"#
                )
                return (try reply.json["files"] as? [[String: Any]])?.compactMap { $0["shouldIgnore"] as? Bool } ?? []
            }
            #expect(try await ask("") == [true, false])
            #expect(try await ask(#","gitIgnore":"*.tmp""#) == [false, true])
        }
    }
}
