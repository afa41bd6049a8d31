import Foundation
import GRDB
import HTTPTypes
import HubWire
import Hummingbird
import HummingbirdTesting
import NIOCore
import Testing
import Xet

@testable import HubServer

@Suite("Files of the hub: listings, bytes and commits", .timeLimit(.minutes(2)))
struct HubFileRouteTests {
    // MARK: Listings

    @Test("a long listing comes in pages that add up, with git's ids")
    func pagedTree() async throws {
        let fixture = try HubFixture()
        let git = try GitProgram(in: fixture.scratch.url.appendingPathComponent("work"))
        var lines: [String] = []
        for index in 0..<2300 {
            let path = "dir\(index % 7)/sub\(index % 3)/f\(index).txt"
            lines.append(HubTestClient.file(path, "content \(index)"))
        }
        lines += [HubTestClient.file("dir1.x", "beside a folder"), HubTestClient.file("é/模型 1.txt", "unicode")]
        let sent = lines
        let expected = try await fixture.run { hub in
            try await hub.create("m1")
            let reply = try await hub.commit("alice/m1", sent)
            try #require(reply.status == .ok, "\(reply.text)")
            let attributes = try await hub.get("/alice/m1/resolve/main/.gitattributes").text
            let listed = try await entries(hub, "/api/models/alice/m1/tree/main?recursive=True&expand=False")
            let shallow = try await entries(hub, "/api/models/alice/m1/tree/main/dir3/sub1?limit=7")
            #expect(shallow == listed.filter { $0.key.hasPrefix("dir3/sub1/") })
            return (attributes, listed)
        }
        for line in lines {
            let value = try #require(
                (try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])?["value"]
                    as? [String: String])
            try write(Data(base64Encoded: value["content"] ?? "") ?? Data(), to: git.folder, value["path"] ?? "")
        }
        try write(Data(expected.0.utf8), to: git.folder, ".gitattributes")
        _ = try git.run(["-c", "core.quotepath=off", "add", "-A"])
        let tree = try git.line(["write-tree"])
        var fromGit: [String: String] = [:]
        for line in try git.run(["ls-tree", "-r", "-t", "-z", tree]).split(separator: 0) {
            let fields = String(decoding: line, as: UTF8.self).split(separator: "\t")
            let words = fields[0].split(separator: " ")
            fromGit[String(fields[1])] = "\(words[1] == "tree" ? "directory" : "file") \(words[2])"
        }
        #expect(expected.1.count > 2300)
        let differing = Set(expected.1.keys).union(fromGit.keys).filter { expected.1[$0] != fromGit[$0] }
        #expect(differing.sorted().prefix(5) == [])
    }

    /// Follows the pages of a listing; path → kind and id.
    private func entries(_ hub: HubTestClient, _ start: String) async throws -> [String: String] {
        var found: [String: String] = [:]
        var path = start
        while true {
            let page = try await hub.get(path)
            let items = try page.jsonArray
            #expect(items.count <= 1000)
            for item in items {
                let name = try #require(item["path"] as? String)
                #expect(found[name] == nil, "\(name) is listed twice")
                found[name] = "\(item["type"] as? String ?? "") \(item["oid"] as? String ?? "")"
            }
            guard let link = page.header("link") else { return found }
            path = try nextPath(link)
        }
    }

    private func write(_ content: Data, to folder: URL, _ path: String) throws {
        let url = folder.appendingPathComponent(path)
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try content.write(to: url)
    }

    @Test("missing folders and bad cursors")
    func missingFolders() async throws {
        try await HubFixture().run { hub in
            try await hub.create("m1")
            for path in ["nope", "nope/deeper", ".gitattributes", "..", "%2E%2E/x"] {
                let response = try await hub.get("/api/models/alice/m1/tree/main/\(path)")
                #expect(response.status == .notFound, "\(path)")
                #expect(response.header("x-error-code") == "EntryNotFound")
                #expect(response.header("x-repo-commit")?.count == 40)
            }
            #expect(try await hub.get("/api/models/alice/m1/tree/main?cursor=xyz").status == .badRequest)
        }
    }

    @Test("paths-info takes a form and leaves out what is not there")
    func pathsInfo() async throws {
        try await HubFixture().run { hub in
            try await hub.create("m1")
            _ = try await hub.commit(
                "alice/m1", [HubTestClient.file("a/b c.txt", "hello"), HubTestClient.file("模", "x")])
            let form: HTTPFields = [.contentType: "application/x-www-form-urlencoded"]
            let response = try await hub.send(
                .post, "/api/models/alice/m1/paths-info/main", headers: form,
                body: "paths=a%2Fb+c.txt&paths=a&paths=nope&paths=..%2Fx&paths=%E6%A8%A1&expand=False")
            let entries = try response.jsonArray
            #expect(entries.map { $0["path"] as? String } == ["a/b c.txt", "a", "模"])
            #expect(entries.map { $0["type"] as? String } == ["file", "directory", "file"])
            let many = (0...1000).map { "paths=\($0)" }.joined(separator: "&")
            let refused = try await hub.send(
                .post, "/api/models/alice/m1/paths-info/main", headers: form, body: many)
            #expect(refused.status == .badRequest)
        }
    }

    // MARK: Bytes

    @Test("HEAD, GET and ranges of a regular file")
    func regularFile() async throws {
        try await HubFixture().run { hub in
            try await hub.create("m1")
            let commit = try await hub.commit("alice/m1", [HubTestClient.file("d/a.txt", "0123456789")]).json
            let sha = try #require(commit["commitOid"] as? String)
            let path = "/alice/m1/resolve/main/d/a.txt"
            let id = GitBlob(regular: Data("0123456789".utf8)).id
            for method in [HTTPRequest.Method.head, .get] {
                let response = try await hub.send(method, path)
                #expect(response.status == .ok)
                #expect(response.header("x-repo-commit") == sha)
                #expect(response.header("etag") == "\"\(id)\"")
                #expect(response.header("content-length") == "10")
                #expect(response.header("accept-ranges") == "bytes")
                #expect(response.header("content-encoding") == nil)
                #expect(response.header("x-xet-hash") == nil)
                #expect(response.text == (method == .head ? "" : "0123456789"))
            }
            let part = try await hub.get(path, headers: [.range: "bytes=2-4"])
            #expect(part.status == .partialContent)
            #expect(part.text == "234")
            #expect(part.header("content-range") == "bytes 2-4/10")
            #expect(part.header("x-repo-commit") == sha)

            let outside = try await hub.get(path, headers: [.range: "bytes=10-"])
            #expect(outside.status == .rangeNotSatisfiable)
            #expect(outside.header("content-range") == "bytes */10")

            let same = try await hub.get(path, headers: [.range: "bytes=8-", .ifRange: "\"\(id)\""])
            #expect(same.text == "89")
            let other = try await hub.get(path, headers: [.range: "bytes=8-", .ifRange: "\"other\""])
            #expect(other.status == .ok)
            #expect(other.text == "0123456789")
            #expect(try await hub.get(path, headers: [.ifNoneMatch: "\"\(id)\""]).status == .notModified)
            #expect(try await hub.get("/alice/m1/resolve/\(sha)/d/a.txt").text == "0123456789")
        }
    }

    @Test("missing files carry the commit", arguments: ["nope.txt", "d", "d/a.txt/x", "..", "d//a.txt", ""])
    func missingFile(path: String) async throws {
        try await HubFixture().run { hub in
            try await hub.create("m1")
            _ = try await hub.commit("alice/m1", [HubTestClient.file("d/a.txt", "x")])
            let response = try await hub.send(.head, "/alice/m1/resolve/main/\(path)")
            #expect(response.status == .notFound)
            guard !path.isEmpty else { return }
            #expect(response.header("x-error-code") == "EntryNotFound")
            #expect(response.header("x-repo-commit")?.count == 40)
        }
    }

    @Test("what a large file's metadata say")
    func largeFile() async throws {
        let fixture = try HubFixture()
        try await fixture.run { hub in
            try await hub.create("m1")
            let file = try await register(fixture, repo: "m1", label: "one")
            let line =
                #"{"key":"lfsFile","value":{"path":"w.safetensors","algo":"sha256","oid":"\#(file.sha256)","size":\#(file.size)}}"#
            let commit = try await hub.commit("alice/m1", [line])
            try #require(commit.status == .ok, "\(commit.text)")
            let sha = try #require(try commit.json["commitOid"] as? String)

            let head = try await hub.send(.head, "/alice/m1/resolve/main/w.safetensors")
            #expect(head.header("etag") == "\"\(file.sha256)\"")
            #expect(head.header("x-linked-etag") == "\"\(file.sha256)\"")
            #expect(head.header("x-linked-size") == "\(file.size)")
            #expect(head.header("content-length") == "\(file.size)")
            #expect(head.header("x-xet-hash") == "\(file.fileHash)")
            let link = try #require(head.header("link"))
            #expect(link.contains("/api/models/alice/m1/xet-read-token/\(sha)>; rel=\"xet-auth\""))

            let entry = try #require(
                try await hub.get("/api/models/alice/m1/tree/main").jsonArray.first {
                    $0["path"] as? String == "w.safetensors"
                })
            #expect(entry["xetHash"] as? String == "\(file.fileHash)")
            #expect(entry["size"] as? Int == Int(file.size))
            #expect(entry["oid"] as? String == "\(file.pointer.blobID)")
            let lfs = try #require(entry["lfs"] as? [String: Any])
            #expect(lfs["oid"] as? String == "\(file.sha256)")
            #expect(lfs["pointerSize"] as? Int == file.pointer.text.utf8.count)

            // A copy names no size; the stored object has it.
            let copy = #"{"key":"lfsFile","value":{"path":"copy.safetensors","algo":"sha256","oid":"\#(file.sha256)"}}"#
            #expect(try await hub.commit("alice/m1", [copy]).status == .ok)
            let again = try await hub.send(
                .post, "/api/models/alice/m1/preupload/main", as: "alice",
                body: #"{"files":[{"path":"copy.safetensors","sample":"","size":5}]}"#)
            let item = try #require((try again.json["files"] as? [[String: Any]])?.first)
            #expect(item["oid"] as? String == "\(file.sha256)")
        }
    }

    @Test("a large file is itself where the text of its pointer was committed before")
    func pointerText() async throws {
        let fixture = try HubFixture()
        try await fixture.run { hub in
            try await hub.create("m1")
            let file = try await register(fixture, repo: "m1", label: "pointed")
            let text = HubTestClient.file("w.bin", file.pointer.text)
            #expect(try await hub.commit("alice/m1", [text]).status == .ok)
            #expect(try await hub.send(.head, "/alice/m1/resolve/main/w.bin").header("x-xet-hash") == nil)
            let line = #"{"key":"lfsFile","value":{"path":"w.bin","algo":"sha256","oid":"\#(file.sha256)"}}"#
            for lines in [[line], [text]] {
                #expect(try await hub.commit("alice/m1", lines).status == .ok)
                let head = try await hub.send(.head, "/alice/m1/resolve/main/w.bin")
                #expect(head.header("x-xet-hash") == "\(file.fileHash)")
            }
        }
    }

    @Test("knowing a SHA-256 opens no other repository's file")
    func noOracle() async throws {
        let fixture = try HubFixture()
        try await fixture.run { hub in
            try await hub.create("m1", isPrivate: true)
            try await hub.create("theft", as: "bob")
            let file = try await register(fixture, repo: "m1", label: "private")
            let unknown = try #require(SHA256Digest(String(repeating: "ab", count: 32)))
            var replies: [String] = []
            for digest in [file.sha256, unknown] {
                let line = #"{"key":"lfsFile","value":{"path":"w.bin","algo":"sha256","oid":"\#(digest)","size":5}}"#
                let reply = try await hub.commit("bob/theft", as: "bob", [line])
                #expect(reply.status == .badRequest)
                replies.append(reply.text.replacingOccurrences(of: "\(digest)", with: ""))
            }
            #expect(replies[0] == replies[1])
        }
    }

    /// Records a file in the content tables as an upload to the repository would.
    private func register(_ fixture: HubFixture, repo name: String, label: String) async throws -> LargeContent {
        let seed = Array(Data(label.utf8)) + [UInt8](repeating: 7, count: 32)
        let content = LargeContent(
            sha256: try #require(SHA256Digest(Hex.encode(seed.prefix(32)))),
            fileHash: try #require(FileHash(Hex.encode(seed.prefix(32).reversed()))), size: 123_456_789)
        try await fixture.server.services.database.pool.write { db in
            let repo = try #require(try Repo.find(.model, namespace: "alice", name: name, in: db))
            let recipe = FileRecipe(segments: [])
            let id = try ContentTables.insert(
                file: content.fileHash, size: content.size, chunkCount: 0, recipe: recipe, xorbs: [], now: 0,
                in: db)
            try ContentTables.claim(sha256: content.sha256, file: id, repo: repo.id, in: db)
        }
        return content
    }

    // MARK: Commits

    @Test("a commit changes all or nothing")
    func atomicity() async throws {
        try await HubFixture().run { hub in
            try await hub.create("m1")
            _ = try await hub.commit(
                "alice/m1",
                [HubTestClient.file("a/1", "1"), HubTestClient.file("a/2", "2"), HubTestClient.file("b", "b")])
            let before = try await hub.get("/api/models/alice/m1").json["sha"] as? String
            let bad: [([String], HTTPResponse.Status)] = [
                ([HubTestClient.file("new", "x"), #"{"key":"deletedFile","value":{"path":"nope"}}"#], .notFound),
                ([HubTestClient.file("new", "x"), #"{"key":"deletedFolder","value":{"path":"b"}}"#], .notFound),
                ([HubTestClient.file("new", "x"), HubTestClient.file("b/x", "x")], .badRequest),
                ([HubTestClient.file("new", "x"), HubTestClient.file("a", "x")], .badRequest),
                ([HubTestClient.file("new", "x"), HubTestClient.file("../x", "x")], .badRequest),
                (
                    [
                        HubTestClient.file("new", "x"),
                        #"{"key":"file","value":{"path":"y","content":"***","encoding":"base64"}}"#,
                    ], .badRequest
                ),
                (
                    [
                        HubTestClient.file("new", "x"),
                        #"{"key":"file","value":{"path":"y","content":"","encoding":"utf-8"}}"#,
                    ], .badRequest
                ),
                ([HubTestClient.file("new", "x"), #"{"key":"what","value":{}}"#], .badRequest),
                ([HubTestClient.file("new", "x"), "garbage"], .badRequest),
                (
                    [
                        HubTestClient.file("new", "x"),
                        #"{"key":"lfsFile","value":{"path":"y","algo":"md5","oid":"00"}}"#,
                    ], .badRequest
                ),
            ]
            for (lines, status) in bad {
                let reply = try await hub.commit("alice/m1", lines)
                #expect(reply.status == status, "\(lines.last ?? ""): \(reply.text)")
                #expect(try await hub.get("/api/models/alice/m1").json["sha"] as? String == before)
            }
            let missing = try await hub.commit("alice/m1", [#"{"key":"deletedFile","value":{"path":"nope"}}"#])
            #expect(missing.header("x-error-code") == "EntryNotFound")
            let good = try await hub.commit(
                "alice/m1",
                [
                    #"{"key":"deletedFolder","value":{"path":"a/"}}"#, HubTestClient.file("a", "now a file"),
                    #"{"key":"deletedFile","value":{"path":"b"}}"#,
                ])
            try #require(good.status == .ok, "\(good.text)")
            let oid = try #require(try good.json["commitOid"] as? String)
            let url = try #require(try good.json["commitUrl"] as? String)
            #expect(url.hasSuffix("/alice/m1/commit/\(oid)"))
            let files = try await hub.get("/api/models/alice/m1/tree/main?recursive=true").jsonArray
            #expect(files.map { $0["path"] as? String } == [".gitattributes", "a"])
        }
    }

    @Test("a commit that changes nothing returns the head, a stale parent is refused, no branch is made up")
    func parents() async throws {
        try await HubFixture().run { hub in
            try await hub.create("m1")
            let first = try #require(
                try await hub.commit("alice/m1", [HubTestClient.file("x", "1")]).json["commitOid"] as? String)
            #expect(
                try await hub.commit("alice/m1", [HubTestClient.file("x", "1")]).json["commitOid"] as? String == first)
            let second = try await hub.commit("alice/m1", parent: first, [HubTestClient.file("x", "2")])
            #expect(second.status == .ok)
            let stale = try await hub.commit("alice/m1", parent: first, [HubTestClient.file("x", "3")])
            #expect(stale.status == .preconditionFailed)
            #expect(try await hub.get("/alice/m1/resolve/main/x").text == "2")
            let nowhere = try await hub.commit("alice/m1", to: "dev", [HubTestClient.file("x", "3")])
            #expect(nowhere.header("x-error-code") == "RevisionNotFound")
            let toCommit = try await hub.commit("alice/m1", to: first, [HubTestClient.file("x", "3")])
            #expect(toCommit.status == .notFound)
            let headless = try await hub.send(
                .post, "/api/models/alice/m1/commit/main", as: "alice", body: HubTestClient.file("x", "4"))
            #expect(headless.status == .badRequest)
        }
    }

    @Test("commits that arrive together all land, one after another")
    func concurrentCommits() async throws {
        try await HubFixture().run { hub in
            try await hub.create("m1")
            try await withThrowingTaskGroup(of: Void.self) { group in
                for index in 0..<16 {
                    group.addTask {
                        let reply = try await hub.commit("alice/m1", [HubTestClient.file("f\(index)", "\(index)")])
                        #expect(reply.status == .ok)
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await hub.get("/api/models/alice/m1/tree/main").jsonArray.count == 17)
            #expect(try await hub.get("/api/models/alice/m1/commits/main").jsonArray.count == 17)
        }
    }

    @Test("bodies have a limit")
    func limits() async throws {
        try await HubFixture().run { hub in
            try await hub.create("m1")
            let huge = String(repeating: "A", count: 14 << 20)
            let line = #"{"key":"file","value":{"path":"x","content":"\#(huge)","encoding":"base64"}}"#
            #expect(try await hub.commit("alice/m1", [line]).status == .contentTooLarge)
            let body = #"{"name":"\#(String(repeating: "x", count: 9 << 20))"}"#
            #expect(try await hub.send(.post, "/api/repos/create", as: "alice", body: body).status == .contentTooLarge)
        }
    }

    @Test("how files are to travel")
    func preupload() async throws {
        try await HubFixture().run { hub in
            try await hub.create("m1")
            _ = try await hub.commit("alice/m1", [HubTestClient.file("a.txt", "hello")])
            let text = Data("hello".utf8).base64EncodedString()
            let binary = Data([1, 0, 2]).base64EncodedString()
            let cases: [(path: String, sample: String, size: Int, mode: String)] = [
                ("a.txt", text, 5, "regular"), ("b.txt", binary, 5, "lfs"), ("c.txt", text, 11 << 20, "lfs"),
                ("d.safetensors", text, 5, "lfs"), ("x/e.GGUF", text, 5, "regular"), ("x/e.gguf", text, 5, "lfs"),
                ("f.bin", "", 0, "regular"), ("README.md", text, 5, "regular"),
            ]
            let files = cases.map { #"{"path":"\#($0.path)","sample":"\#($0.sample)","size":\#($0.size)}"# }
            let body = #"{"files":[\#(files.joined(separator: ","))],"gitIgnore":"*.x"}"#
            let reply = try await hub.send(.post, "/api/models/alice/m1/preupload/main", as: "alice", body: body)
            let items = try #require(try reply.json["files"] as? [[String: Any]])
            for (item, wanted) in zip(items, cases) {
                #expect(item["path"] as? String == wanted.path)
                #expect(item["uploadMode"] as? String == wanted.mode, "\(wanted.path)")
                #expect(item["shouldIgnore"] as? Bool == false)
            }
            #expect(items.count == cases.count)
            #expect(items[0]["oid"] as? String == "b6fc4c620b67d95f953a5c1c1230aaab5db5a1b0")
            #expect(items[1]["oid"] == nil)
            #expect(
                try await hub.send(.post, "/api/models/alice/m1/preupload/main", as: "bob", body: body).status
                    == .forbidden)

            // The repository's own rules come before the usual ones.
            _ = try await hub.commit("alice/m1", [HubTestClient.file(".gitattributes", "*.md filter=lfs\n")])
            let ruled = try await hub.send(.post, "/api/models/alice/m1/preupload/main", as: "alice", body: body)
            let modes = try #require(try ruled.json["files"] as? [[String: Any]]).map { $0["uploadMode"] as? String }
            #expect(modes == ["regular", "lfs", "lfs", "regular", "regular", "regular", "regular", "lfs"])
        }
    }
}
