import Foundation
import HubWire
import NIOHTTP1
import Testing
import Transfer

@testable import HubClient

@Suite struct HubPullTests {
    private let repo: RepoReference
    private let pinned: RepoReference
    private let model = ModelRepo(
        ["README.md": "hello", "sub/deep/ünï.txt": "content", "empty": ""], lfs: ["weights.dat": "0123456789"])
    private let root = "hub/models--ns--name"

    init() throws {
        repo = try RepoReference(parsing: "ns/name")
        pinned = RepoReference(type: .model, id: repo.id, revision: ModelRepo.commit)
    }

    private func pull(
        _ hub: Hub, _ repo: RepoReference? = nil, files: [String] = [], include: [String] = [],
        exclude: [String] = [], into folder: String? = nil
    ) async throws -> PullResult {
        try await hub.pull(
            PullRequest(
                repo: repo ?? self.repo, files: files, include: include, exclude: exclude, localDirectory: folder),
            observer: SilentObserver())
    }

    @Test func layoutIsThatOfTheCache() async throws {
        try await withHub(model.handle) { hub, server, folder in
            let result = try await pull(hub)
            #expect(result.path == folder.file("\(root)/snapshots/\(ModelRepo.commit)"))
            #expect(result.commit == ModelRepo.commit && result.files.count == 4)
            #expect(result.statistics.networkBytes >= 22 && result.statistics.reusedBytes == 0)

            #expect(folder.text("\(root)/refs/main") == ModelRepo.commit)
            #expect(folder.text("hub/CACHEDIR.TAG")?.hasPrefix("Signature: 8a477f597d28d172789f06886806bc55\n") == true)
            let link = { try FileManager.default.destinationOfSymbolicLink(atPath: result.path + "/" + $0) }
            let readme = ModelRepo.gitID(Data("hello".utf8))
            #expect(try link("README.md") == "../../blobs/\(readme)")
            #expect(try link("sub/deep/ünï.txt") == "../../../../blobs/" + ModelRepo.gitID(Data("content".utf8)))
            #expect(try link("weights.dat") == "../../blobs/" + ModelRepo.sha256(Data("0123456789".utf8)))
            #expect(try String(contentsOfFile: result.path + "/sub/deep/ünï.txt", encoding: .utf8) == "content")
            #expect(try Data(contentsOf: URL(fileURLWithPath: result.path + "/empty")).isEmpty)
            #expect(folder.text("hub/.locks/models--ns--name/\(readme).lock") == "")
            let left = try folder.listing().filter {
                $0.hasSuffix(".incomplete") || $0.hasSuffix(".tmp") || $0.contains(".journal")
            }
            #expect(left.isEmpty)
            let mode = try FileManager.default.attributesOfItem(atPath: folder.file("\(root)/blobs/\(readme)"))[
                .posixPermissions]
            #expect((mode as? NSNumber)?.uint16Value == Disk.newFileMode(in: folder.path).map(UInt16.init))
            let listing = try TreeListing(model.entries)
            #expect(TreeListing.read(folder.file(root), commit: ModelRepo.commit) == listing)

            #expect(
                server.lines.prefix(2) == [
                    "GET /api/models/ns/name/revision/main",
                    "GET /api/models/ns/name/tree/\(ModelRepo.commit)?recursive=true&expand=false",
                ])
            // The empty file needs no request of its own.
            #expect(server.requests.count == 5)

            server.forget()
            let again = try await pull(hub)
            #expect(again.path == result.path && again.files.allSatisfy { $0.outcome == .alreadyPresent })
            #expect(server.lines == ["GET /api/models/ns/name/revision/main"])

            server.forget()
            #expect(try await pull(hub, pinned).path == result.path)
            #expect(try await pull(hub, pinned, files: ["README.md"]).path == result.path + "/README.md")
            #expect(server.requests.isEmpty)
        }
    }

    @Test func namedFilesAndPatterns() async throws {
        try await withHub(model.handle) { hub, _, folder in
            let one = try await pull(hub, files: ["sub/deep/ünï.txt"])
            #expect(one.path.hasSuffix("/snapshots/\(ModelRepo.commit)/sub/deep/ünï.txt") && one.files.count == 1)
            let some = try await pull(hub, include: ["*.md", "*.txt"], exclude: ["sub/*"])
            #expect(some.files.map(\.path) == ["README.md"] && some.path.hasSuffix(ModelRepo.commit))
            let below = try await pull(hub, files: ["sub/"])
            #expect(below.files.map(\.path) == ["sub/deep/ünï.txt"] && below.path.hasSuffix(ModelRepo.commit))
            _ = try await hubError(.noMatch) { _ = try await pull(hub, include: ["*.nope"]) }
            #expect(try !folder.listing().contains { $0.hasSuffix("weights.dat") })
        }
    }

    @Test func missingFilesAreRemembered() async throws {
        try await withHub(model.handle) { hub, _, folder in
            _ = try await hubError(.entryNotFound) { _ = try await pull(hub, files: ["a/nope.json"]) }
            #expect(folder.text("\(root)/.no_exist/\(ModelRepo.commit)/a/nope.json") == "")
            #expect(folder.text("\(root)/refs/main") == ModelRepo.commit)
            _ = try await hubError(.entryNotFound) { _ = try await pull(hub, files: ["../../../outside"]) }
            #expect(try folder.listing().allSatisfy { !$0.contains("outside") })
        }
    }

    @Test(arguments: ["../escape", "/absolute", "a/../../b", ".git/hooks/post-checkout", "c:evil", "a\\..\\b"])
    func unsafeListingsWriteNothing(path: String) async throws {
        let evil = ModelRepo(["good.txt": "x", path: "evil"])
        try await withHub(evil.handle) { hub, server, folder in
            _ = try await hubError(.unsafePath) { _ = try await pull(hub) }
            _ = try await hubError(.unsafePath) { _ = try await pull(hub, into: folder.file("local")) }
            #expect(try folder.listing().isEmpty)
            #expect(!server.lines.contains { $0.contains("/resolve/") })
            // Without the evil file the rest may be had, but the listing is not kept for others to read.
            #expect(try await pull(hub, files: ["good.txt"]).files.count == 1)
            #expect(try folder.listing().allSatisfy { !$0.contains("trees/") })
        }
    }

    /// With the listing in sight, huggingface_hub would take what is there for a snapshot that lacks files.
    @Test(arguments: [false, true])
    func listingsAreSharedBySnapshotsOnly(isLocal: Bool) async throws {
        try await withHub(model.handle) { hub, server, folder in
            let local = isLocal ? folder.file("local") : nil
            let notes = isLocal ? "local/.cache/huggingface" : root
            let shared = "\(notes)/trees/\(ModelRepo.commit).json"
            let own = "\(notes)/.shoal/trees/\(ModelRepo.commit).json"
            _ = try await pull(hub, files: ["README.md"], into: local)
            #expect(folder.text(shared) == nil)
            #expect(folder.text(own) != nil)
            _ = try await pull(hub, files: ["README.md", "empty"], into: local)
            _ = try await pull(hub, into: local)
            #expect(server.lines.filter { $0.contains("/tree/") }.count == 1)
            #expect(folder.text(shared) != nil)
            #expect(folder.text(own) == nil)
        }
    }

    @Test func caseCollisionsOnlyMatterInFolders() async throws {
        let twins = ModelRepo(["A.txt": "1", "a.txt": "2"])
        try await withHub(twins.handle) { hub, _, folder in
            _ = try await hubError(.unsafePath) { _ = try await pull(hub, into: folder.file("local")) }
            #expect(try folder.listing().isEmpty)
            #expect(try await pull(hub, exclude: ["A*"], into: folder.file("local")).files.count == 1)
            #expect(try await pull(hub).files.count == 2)
        }
    }

    @Test func wrongBytesStayInvisible() async throws {
        let lying: FakeHub.Handler = { [model] request in
            var reply = model.handle(request)
            if request.target.hasSuffix("/README.md") { reply.body = Data("jello".utf8) }
            return reply
        }
        try await withHub(lying) { hub, _, folder in
            _ = try await hubError(.digestMismatch) { _ = try await pull(hub, files: ["README.md"]) }
            let found = try folder.listing()
            #expect(!found.contains { $0.hasSuffix("/README.md") && $0.contains("snapshots") })
            #expect(!found.contains("\(root)/blobs/\(ModelRepo.gitID(Data("hello".utf8)))"))
            _ = try await hubError(.digestMismatch) {
                _ = try await pull(hub, files: ["README.md"], into: folder.file("l"))
            }
            #expect(folder.text("l/README.md") == nil)
        }
    }

    @Test(arguments: [(401, HubError.Code.gated), (403, .gated), (404, .gated), (410, .badRequest)])
    func refusedFilesEndThePull(status: Int, code: HubError.Code) async throws {
        let refusing: FakeHub.Handler = { [model] request in
            request.path.contains("/resolve/")
                ? .error(status, status == 410 ? nil : "GatedRepo") : model.handle(request)
        }
        try await withHub(refusing) { hub, server, folder in
            _ = try await hubError(code) { _ = try await pull(hub) }
            _ = try await hubError(code) { _ = try await pull(hub, files: ["README.md"], into: folder.file("l")) }
            #expect(server.requests.count < 40)
        }
    }

    @Test func offline() async throws {
        try await withHub(model.handle) { hub, server, folder in
            _ = try await pull(hub, include: ["*.md"])
            server.forget()
            try await withHub(endpoint: server.url, folder: folder, settings: { $0.isOffline = true }) { hub in
                #expect(try await pull(hub, files: ["README.md"]).path.hasSuffix("/README.md"))
                #expect(try await pull(hub, include: ["*.md"]).files.count == 1)
                _ = try await hubError(.offline) { _ = try await pull(hub) }
                _ = try await hubError(.entryNotFound) { _ = try await pull(hub, files: ["nope"]) }
                let other = RepoReference(type: .model, id: repo.id, revision: "v2")
                _ = try await hubError(.offline) { _ = try await pull(hub, other) }
            }
            #expect(server.requests.isEmpty)
        }
    }

    @Test func blobsOfTheWrongSizeAreMended() async throws {
        try await withHub(model.handle) { hub, server, folder in
            let path = try await pull(hub).path
            let readme = path + "/README.md"
            let whole = try String(contentsOfFile: readme, encoding: .utf8)
            let blob = URL(fileURLWithPath: readme).resolvingSymlinksInPath()
            try Data(whole.utf8.dropLast()).write(to: blob)
            server.forget()
            _ = try await pull(hub)
            #expect(try String(contentsOfFile: readme, encoding: .utf8) == whole)
            #expect(server.lines.count { $0.contains("/resolve/") } == 1)
        }
    }

    @Test func deadHubMeansCache() async throws {
        let folder = try TemporaryFolder()
        try await FakeHub.withServer(model.handle) { server in
            try await withHub(endpoint: server.url, folder: folder) { _ = try await pull($0) }
        }
        try await withHub(endpoint: "http://127.0.0.1:1", folder: folder) { hub in
            #expect(try await pull(hub).files.count == 4)
            let other = RepoReference(type: .model, id: repo.id, revision: "v2")
            _ = try await hubError(.connectionRefused) { _ = try await pull(hub, other) }
        }
    }

    @Test func withoutLinks() async throws {
        try await withHub(model.handle, settings: { $0.disablesSymlinks = true }) { hub, server, folder in
            let result = try await pull(hub)
            let attributes = try FileManager.default.attributesOfItem(atPath: result.path + "/README.md")
            #expect(attributes[.type] as? FileAttributeType == .typeRegular)
            #expect(folder.text("\(root)/blobs/\(ModelRepo.gitID(Data("hello".utf8)))") == nil)
            server.forget()
            #expect(try await pull(hub).statistics.reusedBytes == 22)
            #expect(server.requests.count == 1)
        }
    }

    @Test func existingBlobIsLinked() async throws {
        try await withHub(model.handle) { hub, server, folder in
            let blob = "\(root)/blobs/\(ModelRepo.gitID(Data("hello".utf8)))"
            try folder.write("hello", to: blob)
            #expect(try await pull(hub, files: ["README.md"]).files[0].outcome == .alreadyPresent)
            #expect(!server.lines.contains { $0.contains("/resolve/") })
            // One of the wrong size is no blob.
            try FileManager.default.removeItem(atPath: folder.file("\(root)/snapshots"))
            try folder.write("hell", to: blob)
            #expect(try await pull(hub, files: ["README.md"]).files[0].outcome == .transferred)
            #expect(folder.text(blob) == "hello")
        }
    }

    @Test func tokenTravelsWithPlainFiles() async throws {
        try await withHub(model.handle) { hub, server, _ in
            _ = try await pull(hub, files: ["README.md"])
            let request = server.requests.first { $0.path.contains("/resolve/") }
            #expect(request?.path == "/ns/name/resolve/\(ModelRepo.commit)/README.md")
            #expect(request?.headers.first(name: "Authorization") == "Bearer hf_secret")
            #expect(request?.headers.first(name: "x-hf-download-counter") == "1")
        }
    }
}
