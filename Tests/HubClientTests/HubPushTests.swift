import Foundation
import HubWire
import NIOHTTP1
import Synchronization
import Testing
import Transfer

@testable import HubClient

@Suite struct HubPushTests {
    private let repo: RepoReference

    init() throws { repo = try RepoReference(parsing: "ns/name") }

    private func push(_ hub: Hub, _ path: String, adjust: (inout PushRequest) -> Void = { _ in }) async throws
        -> PushResult
    {
        var request = PushRequest(repo: repo, localPath: path)
        adjust(&request)
        return try await hub.push(request, observer: SilentObserver())
    }

    private func makeFolder(_ folder: TemporaryFolder) throws -> String {
        try folder.write("one", to: "src/a.txt")
        try folder.write("", to: "src/empty.bin")
        try folder.write("zwei\n", to: "src/sub/\"quoted\" ü.txt")
        try folder.write("no", to: "src/.git/config")
        try folder.write("no", to: "src/sub/.cache/huggingface/x")
        try folder.write("yes", to: "src/.cache/other")
        try folder.write("ignored", to: "src/x.tmp")
        return folder.file("src")
    }

    @Test func namedFileThatIsIgnoredIsAnError() async throws {
        let model = ModelRepo([:])
        try await withHub(model.handle) { hub, server, folder in
            try folder.write("ignored", to: "x.tmp")
            let error = try await hubError(.ignored) { _ = try await push(hub, folder.file("x.tmp")) }
            #expect(error.message.contains("'x.tmp'"))
            #expect(!server.lines.contains { $0.contains("/commit/") })
        }
    }

    @Test func folderBecomesOneCommit() async throws {
        let model = ModelRepo([:])
        try await withHub(model.handle) { hub, server, folder in
            let source = try makeFolder(folder)
            let result = try await push(hub, source) { $0.pathInRepo = "./data/" }
            #expect(
                result.commit == ModelRepo.nextCommit && result.commitURL.hasSuffix("/commit/\(ModelRepo.nextCommit)"))
            #expect(
                !result.isUnchanged && result.files == 4 && result.leftOut.map(\.reason) == [.ignored]
                    && result.unchangedFiles == 0)
            #expect(
                model.files.withLock { $0.mapValues { String(decoding: $0.data, as: UTF8.self) } } == [
                    "data/a.txt": "one", "data/empty.bin": "", "data/sub/\"quoted\" ü.txt": "zwei\n",
                    "data/.cache/other": "yes",
                ])
            #expect(
                server.lines == [
                    "POST /api/repos/create", "POST /api/models/ns/name/preupload/main",
                    "POST /api/models/ns/name/commit/main",
                ])
            let body = try #require(server.requests.last?.body)
            #expect(server.requests.last?.headers.first(name: "Content-Type") == "application/x-ndjson")
            #expect(
                body.hasPrefix(
                    #"{"key":"header","value":{"description":"","parentCommit":"\#(ModelRepo.commit)","#
                        + #""summary":"Upload folder using shoal"}}"#))
            #expect(result.sentBytes == UInt64(body.utf8.count))
            let sample = try JSONDecoder().decode(PreuploadRequest.self, from: Data(server.requests[1].body.utf8))
            #expect(sample.files.first { $0.path == "data/a.txt" }?.sample == Data("one".utf8).base64EncodedString())
        }
    }

    @Test("a name without an owner is pushed to the repository that the hub made of it", arguments: [200, 409])
    func bareName(status: Int) async throws {
        let model = ModelRepo([:])
        try await withHub { request in
            guard request.path == "/api/repos/create" else { return model.handle(request) }
            return .text(#"{"url":"https://another.host/ns/name"}"#, status: status)
        } _: { hub, server, folder in
            let file = try folder.write("x", to: "note.md")
            let bare = try RepoReference(parsing: "name")
            let result = try await push(hub, file) { $0.repo = bare }
            #expect(result.commits == 1 && model.files.withLock { $0["note.md"] != nil })
            #expect(server.requests.first?.body.contains("organization") == false)
            #expect(server.lines.dropFirst().allSatisfy { $0.contains("/api/models/ns/name/") })
            let again = try await push(hub, file) { $0.repo = bare }
            #expect(again.isUnchanged && again.commitURL.hasPrefix("\(server.url)/ns/name/"))
        }
    }

    @Test("the page of a repository tells its name") func pageNames() async throws {
        try await withHub { _ in
            .text("{}")
        } _: { hub, server, _ in
            #expect(hub.repoID(ofPage: "https://huggingface.co/ns/name")?.description == "ns/name")
            #expect(hub.repoID(ofPage: "https://huggingface.co/datasets/ns/name")?.description == "ns/name")
            #expect(hub.repoID(ofPage: "\(server.url)/name")?.description == "name")
            #expect(hub.repoID(ofPage: "http://hub/name")?.description == "name")
            #expect(hub.repoID(ofPage: "http://hub/spaces/name")?.description == "name")
            #expect(hub.repoID(ofPage: "nonsense:") == nil && hub.repoID(ofPage: "") == nil)
        }
    }

    @Test func unchangedFilesAreDropped() async throws {
        let model = ModelRepo(["a.txt": "one", "b.txt": "old"], lfs: ["w.bin": "weights"])
        try await withHub(model.handle) { hub, server, folder in
            try folder.write("one", to: "src/a.txt")
            try folder.write("new", to: "src/b.txt")
            try folder.write("weights", to: "src/w.bin")
            let result = try await push(hub, folder.file("src"))
            #expect(result.files == 1 && result.unchangedFiles == 2)
            #expect(server.requests.last?.body.contains("a.txt") == false)
            server.forget()
            let again = try await push(hub, folder.file("src"))
            #expect(again.isUnchanged && again.commit == ModelRepo.commit && again.files == 0)
            #expect(again.commitURL == "\(server.url)/ns/name/commit/\(ModelRepo.commit)")
            #expect(!server.lines.contains { $0.contains("/commit/") })
        }
    }

    @Test func singleFiles() async throws {
        let model = ModelRepo([:])
        try await withHub(model.handle) { hub, server, folder in
            let file = try folder.write("x", to: "note.md")
            _ = try await push(hub, file)
            #expect(model.files.withLock { Array($0.keys) } == ["note.md"])
            #expect(server.requests.last?.body.contains(#""summary":"Upload note.md with shoal""#) == true)
            _ = try await push(hub, file) {
                $0.pathInRepo = "docs/other.md"; $0.commitMessage = "Say \"hi\""
            }
            #expect(model.files.withLock { $0.keys.sorted() } == ["docs/other.md", "note.md"])
            #expect(server.requests.last?.body.contains(#""summary":"Say \"hi\"""#) == true)
            _ = try await push(hub, file) { $0.pathInRepo = "docs/" }
            #expect(model.files.withLock { $0.keys.contains("docs/note.md") })
        }
    }

    @Test func branchIsCreatedWhenMissing() async throws {
        let model = ModelRepo([:])
        try await withHub(model.handle) { hub, server, folder in
            let file = try folder.write("x", to: "note.md")
            _ = try await push(hub, file) { $0.repo.revision = "feat/x" }
            #expect(server.lines.contains("POST /api/models/ns/name/branch/feat%2Fx"))
            #expect(server.lines.last == "POST /api/models/ns/name/commit/feat%2Fx")
            server.forget()
            _ = try await push(hub, file) { $0.repo.revision = "feat/x" }
            #expect(!server.lines.contains { $0.contains("/branch/") })
        }
    }

    @Test func manyFilesAreAskedAboutInBatches() async throws {
        let model = ModelRepo([:])
        try await withHub(model.handle) { hub, server, folder in
            for index in 0..<600 { try folder.write("\(index)", to: "src/\(index).txt") }
            #expect(try await push(hub, folder.file("src")).files == 600)
            #expect(server.lines.count { $0.contains("/preupload/") } == 3)
            // 250 files in the first commit; it was fast, so the second takes up to 400.
            let commits = server.requests.filter { $0.path.contains("/commit/") }
            #expect(commits.map { $0.body.split(separator: "\n").count - 1 } == [250, 350])
            #expect(commits[0].body.contains(#""summary":"Upload folder using shoal""#))
            #expect(commits[1].body.contains(#""summary":"Upload folder using shoal (part 2)""#))
            #expect(model.files.withLock { $0.count } == 600)
        }
    }

    @Test("a commit that is too much for the hub is split, and nothing is lost") func splitting() async throws {
        let model = ModelRepo([:])
        try await withHub { request in
            if request.path.contains("/commit/"), request.body.split(separator: "\n").count > 41 {
                return .error(504, nil, "too slow")
            }
            return model.handle(request)
        } _: { hub, server, folder in
            for index in 0..<100 { try folder.write("\(index)", to: "src/\(index).txt") }
            let result = try await push(hub, folder.file("src"))
            #expect(result.commits == 4 && result.files == 100)
            #expect(model.files.withLock { $0.count } == 100)
        }
    }

    @Test("deletions spare what is pushed, what lies elsewhere, and .gitattributes") func deletions() async throws {
        let model = ModelRepo([
            ".gitattributes": "x", "old.txt": "1", "sub/old.txt": "2", "sub/keep.txt": "3", "sub/new.txt": "4",
        ])
        try await withHub(model.handle) { hub, server, folder in
            try folder.write("new", to: "src/new.txt")
            let result = try await push(hub, folder.file("src")) {
                $0.pathInRepo = "sub"
                $0.delete = ["*old.txt", "new.txt", ".git*"]
                $0.commitDescription = "why"
            }
            #expect(result.deletedFiles == 1 && result.files == 1 && result.commits == 1)
            let body = try #require(server.requests.last?.body)
            #expect(body.contains(#""description":"why""#))
            #expect(body.contains(#"{"key":"deletedFile","value":{"path":"sub/old.txt"}}"#))
            #expect(body.components(separatedBy: "deletedFile").count == 2)
        }
    }

    @Test("beside a single file nothing is deleted") func noDeletionsBesideFiles() async throws {
        let model = ModelRepo(["old.txt": "1", "sub/old.txt": "2"])
        try await withHub(model.handle) { hub, server, folder in
            let file = try folder.write("new", to: "new.txt")
            let result = try await push(hub, file) { $0.delete = ["*"] }
            #expect(result.deletedFiles == 0 && result.files == 1)
            #expect(server.requests.last?.body.contains("deletedFile") == false)
        }
    }

    @Test("several commits of one pull request follow the first into it") func pullRequest() async throws {
        let model = ModelRepo([:])
        model.branches.withLock { $0["refs/pr/7"] = ModelRepo.commit }
        try await withHub { request in
            guard request.path.contains("/commit/"), request.target.contains("create_pr=1") else {
                return model.handle(request)
            }
            let reply =
                #"{"success":true,"commitOid":"\#(ModelRepo.nextCommit)","#
                + #""commitUrl":"http://hub/ns/name/commit/\#(ModelRepo.nextCommit)","#
                + #""pullRequestUrl":"http://hub/ns/name/discussions/7"}"#
            return .text(reply)
        } _: { hub, server, folder in
            for index in 0..<300 { try folder.write("\(index)", to: "src/\(index).txt") }
            let result = try await push(hub, folder.file("src")) { $0.createsPullRequest = true }
            #expect(result.pullRequestURL == "http://hub/ns/name/discussions/7")
            let commits = server.lines.filter { $0.contains("/commit/") }
            #expect(
                commits == [
                    "POST /api/models/ns/name/commit/main?create_pr=1",
                    "POST /api/models/ns/name/commit/refs%2Fpr%2F7",
                ])
            #expect(server.lines.contains("POST /api/models/ns/name/preupload/main?create_pr=1"))
        }
    }

    @Test("a hub that opens no pull request is told on") func noPullRequest() async throws {
        try await withHub(ModelRepo([:]).handle) { hub, _, folder in
            let file = try folder.write("x", to: "note.md")
            _ = try await hubError(.unsupported) {
                _ = try await push(hub, file) { $0.createsPullRequest = true }
            }
        }
    }

    @Test("what cannot be pushed is named, unless patterns leave it out anyway") func leftOut() async throws {
        try await withHub(ModelRepo([:]).handle) { hub, _, folder in
            let source = try makeFolder(folder)
            #expect(mkfifo(source + "/pipe", 0o600) == 0)
            #expect(symlink("sub", source + "/link") == 0)
            #expect(symlink("a.txt", source + "/alias.txt") == 0)
            let result = try await push(hub, source)
            #expect(
                result.leftOut == [
                    .init(path: "link", reason: .folderLink), .init(path: "pipe", reason: .special),
                    .init(path: "x.tmp", reason: .ignored),
                ])
            #expect(try await push(hub, source) { $0.exclude = ["link", "pipe", "*.tmp"] }.leftOut.isEmpty)
            #expect(symlink("nowhere", source + "/dangling") == 0)
            _ = try await hubError(.localFile) { _ = try await push(hub, source) }
            #expect(try await push(hub, source) { $0.exclude = ["dangling"] }.isUnchanged)
        }
    }

    @Test("the fingerprint of a source changes with its files") func fingerprint() throws {
        let folder = try TemporaryFolder()
        try folder.write("one", to: "src/a.txt")
        let request = PushRequest(repo: repo, localPath: folder.file("src"), include: ["*.txt"])
        let first = try request.sourceFingerprint()
        try folder.write("other", to: "src/b.bin")
        #expect(try request.sourceFingerprint() == first)
        try folder.write("two!", to: "src/a.txt")
        #expect(try request.sourceFingerprint() != first)
    }

    @Test func largeInlineFilesSurviveTheirParts() async throws {
        let model = ModelRepo([:])
        try await withHub(model.handle) { hub, _, folder in
            for size in [196_607, 196_608, 196_609, 700_001] {
                var generator = SeededGenerator(seed: UInt64(size))
                let data = Data((0..<size).map { _ in UInt8.random(in: 0...255, using: &generator) })
                try folder.write(data, to: "src/\(size).txt")
            }
            _ = try await push(hub, folder.file("src"))
            for size in [196_607, 196_608, 196_609, 700_001] {
                let sent = model.files.withLock { $0["\(size).txt"]?.data }
                #expect(try sent == Data(contentsOf: URL(fileURLWithPath: folder.file("src/\(size).txt"))))
            }
        }
    }

    @Test(arguments: [409, 412])
    func conflictsAreClear(status: Int) async throws {
        let model = ModelRepo([:])
        try await withHub { request in
            request.path.contains("/commit/") ? .error(status, nil, "someone was faster") : model.handle(request)
        } _: { hub, server, folder in
            let file = try folder.write("x", to: "note.md")
            let error = try await hubError(.conflict) { _ = try await push(hub, file) }
            #expect(error.message.contains("someone was faster") && error.hint != nil)
            #expect(server.lines.count { $0.contains("/commit/") } == 1)
        }
    }

    @Test func commitsOfOthersDoNotHurtUnlessTheyTouchOurFiles() async throws {
        let model = ModelRepo(["mine.txt": "old"])
        let refusals = Mutex(1)
        let theirs = Mutex<String?>(nil)
        let hasMoved = Mutex(false)
        try await withHub { request in
            let isRefused =
                request.path.contains("/commit/")
                && refusals.withLock { left in
                    left -= 1
                    return left >= 0
                }
            guard isRefused else {
                var reply = model.handle(request)
                // Once a commit was refused, the branch has another head.
                if request.path.contains("/preupload/"), hasMoved.withLock({ $0 }) {
                    let text = String(decoding: reply.body, as: UTF8.self)
                    reply.body = Data(text.replacing(ModelRepo.commit, with: ModelRepo.nextCommit).utf8)
                }
                return reply
            }
            hasMoved.withLock { $0 = true }
            if let text = theirs.withLock({ $0 }) {
                model.files.withLock { $0["mine.txt"] = .init(data: Data(text.utf8), isLFS: false) }
            }
            return .error(412, nil, "the branch has moved")
        } _: { hub, server, folder in
            try folder.write("new", to: "src/mine.txt")
            #expect(try await push(hub, folder.file("src")).files == 1)
            let commits = server.requests.filter { $0.path.contains("/commit/") }
            #expect(commits.count == 2)
            let parents = [ModelRepo.commit, ModelRepo.nextCommit]
            #expect(zip(commits, parents).allSatisfy { $0.body.contains("\"parentCommit\":\"\($1)\"") })

            hasMoved.withLock { $0 = false }
            try folder.write("newer", to: "src/mine.txt")
            refusals.withLock { $0 = 1 }
            theirs.withLock { $0 = "their own" }
            let error = try await hubError(.conflict) { _ = try await push(hub, folder.file("src")) }
            #expect(error.message == "somebody else changed 'mine.txt' in ns/name meanwhile" && error.hint != nil)
        }
    }

    @Test func filesThatChangeWhileTheyAreCommittedAreReported() async throws {
        let model = ModelRepo([:])
        let folder = try TemporaryFolder()
        let path = folder.file("src/note.txt")
        try await FakeHub.withServer { request in
            // After the plan, before the commit.
            if request.path.contains("/preupload/") {
                try? Data("longer than before".utf8).write(to: URL(fileURLWithPath: path))
            }
            return model.handle(request)
        } _: { server in
            try await withHub(endpoint: server.url, folder: folder) { hub in
                try folder.write("short", to: "src/note.txt")
                let error = try await hubError(.fileChanged) { _ = try await push(hub, folder.file("src")) }
                #expect(error.message.contains("note.txt changed while it was sent"))
            }
        }
    }

    @Test func nothingToPush() async throws {
        try await withHub(ModelRepo([:]).handle) { hub, server, folder in
            _ = try await hubError(.localPathNotFound) { _ = try await push(hub, folder.file("nope")) }
            let source = try makeFolder(folder)
            _ = try await hubError(.noMatch) { _ = try await push(hub, source) { $0.include = ["*.nope"] } }
            _ = try await hubError(.badReference) { _ = try await push(hub, source) { $0.pathInRepo = "../x" } }
            _ = try await hubError(.badReference) {
                _ = try await push(hub, source) { $0.repo.revision = ModelRepo.commit }
            }
            #expect(server.requests.isEmpty)
        }
    }

    @Test func onlyTheNeededRightsAreAsked() async throws {
        let model = ModelRepo([:])
        try await withHub { request in
            request.path == "/api/repos/create" ? .error(403, nil, "no") : model.handle(request)
        } _: { hub, _, folder in
            let file = try folder.write("x", to: "note.md")
            #expect(try await push(hub, file).files == 1)
        }
    }
}
