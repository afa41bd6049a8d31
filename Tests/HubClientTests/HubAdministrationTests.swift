import Foundation
import HubWire
import NIOHTTP1
import Testing

@testable import HubClient

@Suite struct HubAdministrationTests {
    private let repo: RepoReference

    init() throws { repo = try RepoReference(parsing: "datasets/ns/name") }

    /// Runs `body` against a hub that says yes to everything; returns the request lines with their bodies.
    private func sent(_ reply: String = "{}", _ body: @escaping (Hub) async throws -> Void) async throws -> [String] {
        try await withHub({ _ in .text(reply) }) { hub, server, _ in
            try await body(hub)
            return try server.requests.map { request in
                var body = ""
                if !request.body.isEmpty {
                    let value = try JSONSerialization.jsonObject(with: Data(request.body.utf8))
                    let data = try JSONSerialization.data(
                        withJSONObject: value, options: [.sortedKeys, .withoutEscapingSlashes])
                    body = " " + String(decoding: data, as: UTF8.self)
                }
                return "\(request.method) \(request.target)\(body)"
            }
        }
    }

    @Test("each change is the request of the Hub's own clients") func requests() async throws {
        let repo = repo
        let target = try #require(RepoID("org/copy"))
        let changes = try await sent { hub in
            try await hub.deleteRepo(repo)
            try await hub.moveRepo(repo, to: target)
            try await hub.updateSettings(of: repo, visibility: .private)
            try await hub.updateSettings(of: repo, gating: .manual)
            try await hub.updateSettings(of: repo, gating: .open)
            try await hub.createBranch("feat/x", of: repo)
            try await hub.createBranch("dev", of: repo, at: "v1")
            try await hub.deleteBranch("feat/x", of: repo)
            try await hub.createTag("v1", of: repo, message: "first")
            try await hub.createTag("v2", of: repo, at: "refs/pr/1")
            try await hub.deleteTag("v1", of: repo)
        }
        #expect(
            changes == [
                #"DELETE /api/repos/delete {"name":"name","organization":"ns","type":"dataset"}"#,
                #"POST /api/repos/move {"fromRepo":"ns/name","toRepo":"org/copy","type":"dataset"}"#,
                #"PUT /api/datasets/ns/name/settings {"visibility":"private"}"#,
                #"PUT /api/datasets/ns/name/settings {"gated":"manual"}"#,
                #"PUT /api/datasets/ns/name/settings {"gated":false}"#,
                #"POST /api/datasets/ns/name/branch/feat%2Fx {}"#,
                #"POST /api/datasets/ns/name/branch/dev {"startingPoint":"v1"}"#,
                #"DELETE /api/datasets/ns/name/branch/feat%2Fx"#,
                #"POST /api/datasets/ns/name/tag/main {"message":"first","tag":"v1"}"#,
                #"POST /api/datasets/ns/name/tag/refs%2Fpr%2F1 {"tag":"v2"}"#,
                #"DELETE /api/datasets/ns/name/tag/v1"#,
            ])
        let creations = try await sent(#"{"url":"http://hub/datasets/org/copy"}"#) { hub in
            let page = try await hub.duplicateRepo(repo, to: target, visibility: .private)
            #expect(page == "http://hub/datasets/org/copy")
            let space = try RepoReference(parsing: "spaces/ns/demo")
            _ = try await hub.createRepo(space, visibility: .protected, sdk: "gradio")
        }
        #expect(
            creations.map { $0.prefix { $0 != "{" } } == [
                "POST /api/datasets/ns/name/duplicate ", "POST /api/repos/create ",
            ])
        #expect(creations[0].hasSuffix(#"{"repository":"org/copy","visibility":"private"}"#))
        for part in [#""sdk":"gradio""#, #""type":"space""#, #""visibility":"protected""#, #""name":"demo""#] {
            #expect(creations[1].contains(part))
        }
    }

    @Test("refusals have codes of their own")
    func refusals() async throws {
        let repo = repo
        func failing(_ reply: FakeHub.Reply, _ code: HubError.Code, _ body: @escaping (Hub) async throws -> Void)
            async throws
        {
            try await withHub({ _ in reply }) { hub, _, _ in _ = try await hubError(code) { try await body(hub) } }
        }
        try await failing(.error(409, nil, "exists"), .conflict) { try await $0.createBranch("dev", of: repo) }
        try await failing(.error(409, nil, "exists"), .conflict) { try await $0.createTag("v1", of: repo) }
        try await failing(.error(404), .unsupported) { try await $0.deleteTag("v1", of: repo) }
        try await failing(.error(404, "RevisionNotFound"), .revisionNotFound) { try await $0.deleteTag("v1", of: repo) }
        try await failing(.error(404, "RepoNotFound"), .repoNotFound) { try await $0.deleteRepo(repo) }
        try await failing(.error(403, nil, "no"), .noWriteAccess) { try await $0.deleteRepo(repo) }
        try await failing(.error(200), .badReference) { try await $0.createTag("../x", of: repo) }
        try await withHub({ _ in .error(409) }) { hub, _, _ in
            try await hub.createBranch("dev", of: repo, existOK: true)
            try await hub.createTag("v1", of: repo, existOK: true)
        }
        try await withHub({ _ in .error(404, "RepoNotFound") }) { hub, _, _ in
            try await hub.deleteRepo(repo, missingOK: true)
        }
    }

    @Test("lists follow their pages, as far as results are wanted")
    func pages() async throws {
        try await withHub { request in
            let isSecond = request.target.contains("cursor")
            let items = isSecond ? #"[{"id":"c"},{"id":"d"}]"# : #"[{"id":"a"},{"id":"b"}]"#
            let next = "</api/models?cursor=2>; rel=\"next\""
            return .text(items, headers: isSecond ? [] : [("Link", next)])
        } _: { hub, server, _ in
            var query = CatalogueQuery()
            query.search = "a b"
            query.filters = ["x", "y"]
            query.sort = .lastModified
            query.gated = false
            query.expand = ["likes"]
            query.limit = 3
            let found = try await hub.catalogue(.model, query)
            #expect(found.map { $0["id"]?.text } == ["a", "b", "c"])
            #expect(
                server.lines.first == "GET /api/models?search=a%20b&filter=x&filter=y&gated=false&sort=lastModified"
                    + "&limit=3&expand=likes")
            query.limit = 2
            server.forget()
            #expect(try await hub.catalogue(.model, query).count == 2)
            #expect(server.requests.count == 1)
            #expect(try await hub.ownRepos(namespace: "org").count == 4)
            #expect(server.lines.contains("GET /api/organizations/org/settings/repositories"))
        }
    }

    @Test("files are deleted by patterns with one commit")
    func deleteFiles() async throws {
        let model = ModelRepo([".gitattributes": "", "a.bin": "1", "sub/b.bin": "2", "logs/x": "3", "keep": "4"])
        let repo = try RepoReference(parsing: "ns/name")
        try await withHub(model.handle) { hub, server, _ in
            let result = try await hub.deleteFiles(
                DeleteFilesRequest(repo: repo, patterns: ["*.bin", "logs/", ".git*"]))
            #expect(result.files == ["a.bin", "logs/x", "sub/b.bin"])
            #expect(server.lines.last == "POST /api/models/ns/name/commit/main")
            let lines = try #require(server.requests.last?.body).split(separator: "\n")
            #expect(lines.count == 4)
            #expect(lines[0].contains("Delete 3 files with shoal"))
            server.forget()
            _ = try await hubError(.noMatch) {
                _ = try await hub.deleteFiles(DeleteFilesRequest(repo: repo, patterns: ["*.none"]))
            }
            #expect(!server.lines.contains { $0.hasPrefix("POST") })
        }
    }

    @Test("the folders of a cache name its repositories")
    func cachedRepos() throws {
        let folder = try TemporaryFolder()
        for name in [
            "models--ns--a-b", "models--gpt2", "datasets--ns--d", "spaces--x--y.z", "blobs", ".locks", "models--",
            "models--a--b--c",
        ] {
            try folder.write("", to: "hub/\(name)/x")
        }
        #expect(
            CachedRepos.references(in: folder.file("hub")) == ["datasets/ns/d", "gpt2", "ns/a-b", "spaces/x/y.z"])
        #expect(CachedRepos.references(in: folder.file("nothing")).isEmpty)
    }
}

@Suite struct CommitGroupTests {
    private func plan(_ index: Int, _ size: UInt64, _ mode: UploadMode = .regular) -> UploadPlan {
        UploadPlan(
            file: .init(localPath: "/\(index)", name: "\(index)", size: size), mode: mode, isIgnored: false,
            currentID: nil)
    }

    @Test("a batch is never empty, never more than fits, and keeps the order")
    func batches() {
        let pacing = CommitPacing()
        let large = CommitPacing.inlineBytes
        let plans = [plan(0, large * 2), plan(1, 5), plan(2, large - 5), plan(3, 1), plan(4, 1, .lfs)]
        var group = CommitGroup(deletions: [])
        #expect(group.batch(from: plans[...], pacing: pacing).map(\.file.name) == ["0"])
        #expect(group.batch(from: plans[1...], pacing: pacing).map(\.file.name) == ["1", "2"])
        group.append([plans[1]], report: UploadReport())
        #expect(group.batch(from: plans[3...], pacing: pacing).map(\.file.name) == ["3", "4"])
        #expect(!group.isFull(pacing))
        group.append([plans[2]], report: UploadReport())
        #expect(group.isFull(pacing))
        let many = (0..<600).map { plan($0, 0) }
        #expect(CommitGroup(deletions: []).batch(from: many[...], pacing: pacing).count == 250)
    }

    @Test("halves are smaller than the whole and lose nothing", arguments: [(0, 2), (1, 1), (2, 1), (0, 3), (5, 4)])
    func halves(deletions: Int, files: Int) {
        var group = CommitGroup(deletions: (0..<deletions).map { "d\($0)" })
        group.append((0..<files).map { plan($0, 1) }, report: UploadReport())
        let halves = group.halves()
        #expect(halves.count == 2)
        #expect(halves.allSatisfy { $0.count < group.count && $0.count > 0 })
        #expect(halves.flatMap(\.deletions) == group.deletions)
        #expect(halves.flatMap(\.inline) == group.inline)
        #expect(halves.reduce(0) { $0 + $1.newBytes } == group.newBytes)
    }

    @Test("commits grow while they are fast and full, and shrink when they are slow or fail")
    func pacing() {
        var pacing = CommitPacing()
        #expect(pacing.files == 250)
        pacing.committed(files: 100, in: .seconds(1))
        #expect(pacing.files == 250)
        pacing.committed(files: 250, in: .seconds(1))
        #expect(pacing.files == 400)
        pacing.committed(files: 400, in: .seconds(41))
        #expect(pacing.files == 250)
        for _ in 0..<20 { pacing.failed() }
        #expect(pacing.files == 20)
        for _ in 0..<20 { pacing.committed(files: 1000, in: .seconds(1)) }
        #expect(pacing.files == 1000)
    }
}
