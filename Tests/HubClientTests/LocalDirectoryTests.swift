import Foundation
import HubWire
import Testing
import Transfer

@testable import HubClient

@Suite struct LocalDirectoryTests {
    private let repo: RepoReference
    private let model = ModelRepo(["a.txt": "alpha", "sub/b.txt": "beta"], lfs: ["w.dat": "weights"])

    init() throws { repo = try RepoReference(parsing: "ns/name") }

    private func pull(_ hub: Hub, into folder: String) async throws -> PullResult {
        try await hub.pull(PullRequest(repo: repo, localDirectory: folder), observer: SilentObserver())
    }

    private func outcomes(_ result: PullResult) -> [String: TransferOutcome] {
        Dictionary(uniqueKeysWithValues: result.files.map { ($0.path, $0.outcome) })
    }

    @Test func metadataText() {
        let metadata = LocalDirectory.Metadata(commit: "c", etag: "e", timestamp: 1_712_656_091.123)
        #expect(metadata.encoded == "c\ne\n1712656091.123\n")
        #expect(LocalDirectory.Metadata(decoding: metadata.encoded) == metadata)
        #expect(LocalDirectory.Metadata(decoding: "c\ne\n") == nil)
        #expect(LocalDirectory.Metadata(decoding: "c\ne\nyesterday\n") == nil)
    }

    /// The name comes from Python: base64url(sha1("file.parquet.metadata")).
    @Test func partialName() throws {
        let name = "file.parquet.metadata"
        let program =
            "import base64,hashlib,sys;print(base64.urlsafe_b64encode(hashlib.sha1(sys.argv[1].encode()).digest()).decode(),end='')"
        let short = String(decoding: try Python.run(program, arguments: [name]), as: UTF8.self)
        let expected = "/d/.cache/huggingface/download/x/\(short).etag.shoal.incomplete"
        #expect(LocalDirectory(root: "/d").partial("x/file.parquet", etag: "etag") == expected)
    }

    @Test func layout() async throws {
        try await withHub(model.handle) { hub, server, folder in
            let local = folder.file("out")
            let result = try await pull(hub, into: local)
            #expect(result.path == local && result.files.count == 3)
            #expect(folder.text("out/sub/b.txt") == "beta")
            #expect(folder.text("out/.cache/huggingface/.gitignore") == "*")
            #expect(folder.text("out/.cache/huggingface/CACHEDIR.TAG") == CacheTag.content)
            let lines = folder.text("out/.cache/huggingface/download/sub/b.txt.metadata")?.split(separator: "\n")
            #expect(lines?.prefix(2) == ["\(ModelRepo.commit)", "\(ModelRepo.gitID(Data("beta".utf8)))"])
            #expect(TreeListing.read(local + "/.cache/huggingface", commit: ModelRepo.commit) != nil)
            #expect(try !folder.listing().contains { $0.contains("incomplete") || $0.hasPrefix("hub/") })

            server.forget()
            #expect(try await outcomes(pull(hub, into: local)).values.allSatisfy { $0 == .alreadyPresent })
            #expect(server.lines == ["GET /api/models/ns/name/revision/main"])
            let pinned = RepoReference(type: .model, id: repo.id, revision: ModelRepo.commit)
            server.forget()
            _ = try await hub.pull(PullRequest(repo: pinned, localDirectory: local), observer: SilentObserver())
            #expect(server.requests.isEmpty)
        }
    }

    @Test func changedAndForeignFiles() async throws {
        try await withHub(model.handle) { hub, server, folder in
            let local = folder.file("out")
            // Files of the right content are adopted; others are replaced.
            try folder.write("weights", to: "out/w.dat")
            try folder.write("alpha", to: "out/a.txt")
            try folder.write("bEta", to: "out/sub/b.txt")
            let first = outcomes(try await pull(hub, into: local))
            #expect(first == ["w.dat": .alreadyPresent, "a.txt": .alreadyPresent, "sub/b.txt": .transferred])
            #expect(folder.text("out/sub/b.txt") == "beta")

            // A change after the pull makes the note invalid.
            try folder.write("chang", to: "out/a.txt")
            let later = Date(timeIntervalSinceNow: 60)
            try FileManager.default.setAttributes([.modificationDate: later], ofItemAtPath: folder.file("out/a.txt"))
            #expect(try await outcomes(pull(hub, into: local))["a.txt"] == .transferred)
            #expect(folder.text("out/a.txt") == "alpha")

            // A damaged note is removed and the file is looked at.
            try folder.write("nonsense", to: "out/.cache/huggingface/download/a.txt.metadata")
            server.forget()
            #expect(try await outcomes(pull(hub, into: local))["a.txt"] == .alreadyPresent)
            #expect(!server.lines.contains { $0.contains("/resolve/") })
        }
    }

    @Test func cacheIsCopiedAfterACheck() async throws {
        try await withHub(model.handle) { hub, server, folder in
            let cached = try await hub.pull(PullRequest(repo: repo), observer: SilentObserver())
            server.forget()
            _ = try await pull(hub, into: folder.file("one"))
            #expect(!server.lines.contains { $0.contains("/resolve/") })
            #expect(folder.text("one/w.dat") == "weights")
            let attributes = try FileManager.default.attributesOfItem(atPath: folder.file("one/w.dat"))
            #expect(attributes[.type] as? FileAttributeType == .typeRegular)

            let blob = URL(fileURLWithPath: cached.path + "/w.dat").resolvingSymlinksInPath()
            try Data("wEights".utf8).write(to: blob)
            _ = try await pull(hub, into: folder.file("two"))
            #expect(folder.text("two/w.dat") == "weights")
            #expect(server.lines.contains { $0.hasSuffix("/w.dat") })
        }
    }

    @Test func linksAreReplacedNotFollowed() async throws {
        try await withHub(model.handle) { hub, _, folder in
            try folder.write("precious", to: "victim")
            try FileManager.default.createDirectory(atPath: folder.file("out"), withIntermediateDirectories: true)
            try FileManager.default.createSymbolicLink(
                atPath: folder.file("out/a.txt"), withDestinationPath: folder.file("victim"))
            _ = try await pull(hub, into: folder.file("out"))
            #expect(folder.text("victim") == "precious" && folder.text("out/a.txt") == "alpha")

            try FileManager.default.createDirectory(atPath: folder.file("away"), withIntermediateDirectories: true)
            try FileManager.default.createDirectory(atPath: folder.file("out2"), withIntermediateDirectories: true)
            try FileManager.default.createSymbolicLink(
                atPath: folder.file("out2/sub"), withDestinationPath: folder.file("away"))
            _ = try await hubError(.unsafePath) { _ = try await pull(hub, into: folder.file("out2")) }
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.file("away")).isEmpty)
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.file("out2")) == ["sub"])
        }
    }
}
