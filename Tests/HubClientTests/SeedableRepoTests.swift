import Foundation
import HubWire
import Logging
import NIOHTTP1
import Synchronization
import Testing
import Transfer
import Transport
import Xet

@testable import HubClient

@Suite struct SeedableRepoTests {
    private static let commit = ModelRepo.commit
    private static let content = Data((0..<5000).map { UInt8(truncatingIfNeeded: $0 &* 7) })
    private static let xetHash = "\(FileHash(w0: 1, w1: 2, w2: 3, w3: 4))"

    private static var entry: TreeEntry {
        var entry = TreeEntry(
            type: .file, path: "weights.bin", oid: String(repeating: "a", count: 40), size: Int64(content.count),
            lfs: TreeEntry.LFS(oid: ModelRepo.sha256(content), size: Int64(content.count), pointerSize: 131))
        entry.xetHash = xetHash
        return entry
    }

    /// How the hub answers strangers.
    private struct Behaviour: Sendable {
        var isPrivate: Bool? = false
        var gated: Gating? = Gating.open
        /// Of every reply.
        var refusal: FakeHub.Reply?
        var fileRefusal: FakeHub.Reply?
        var xetHash = SeedableRepoTests.xetHash
    }

    private static func handler(_ behaviour: Behaviour) -> FakeHub.Handler {
        { request in
            #expect(request.headers.first(name: "Authorization") == nil)
            if let refusal = behaviour.refusal { return refusal }
            if request.path.contains("/revision/") {
                var info = RepoInfo(id: "ns/name")
                info.sha = commit
                info.isPrivate = behaviour.isPrivate
                info.gated = behaviour.gated
                return (try? JSONEncoder().encode(info)).map { FakeHub.Reply(body: $0) } ?? .error(500)
            }
            if request.path.contains("/tree/") {
                var entry = entry
                entry.xetHash = behaviour.xetHash
                return (try? JSONEncoder().encode([entry])).map { FakeHub.Reply(body: $0) } ?? .error(500)
            }
            if let refusal = behaviour.fileRefusal { return refusal }
            return FakeHub.Reply(
                302,
                headers: [
                    ("X-Linked-Etag", "\"\(ModelRepo.sha256(content))\""), ("X-Linked-Size", "\(content.count)"),
                    ("X-Repo-Commit", commit), ("X-Xet-Hash", behaviour.xetHash), ("Location", "http://127.0.0.1:1/x"),
                ])
        }
    }

    /// The cache as Python's client leaves it.
    private func cache(_ folder: TemporaryFolder, listing: Bool = true) throws -> String {
        let repo = folder.file("hub/models--ns--name")
        try folder.write(Self.content, to: "hub/models--ns--name/blobs/\(ModelRepo.sha256(Self.content))")
        try folder.write("", to: "hub/models--ns--name/snapshots/\(Self.commit)/empty.txt")
        try FileManager.default.createSymbolicLink(
            atPath: repo + "/snapshots/\(Self.commit)/weights.bin",
            withDestinationPath: "../../blobs/\(ModelRepo.sha256(Self.content))")
        if listing { try TreeListing([Self.entry]).write(repo, commit: Self.commit, keeping: .shared) }
        return repo
    }

    @Test("files of a commit that nobody has spoken of are not given")
    func unknown() throws {
        let folder = try TemporaryFolder()
        let path = try cache(folder)
        let repo = try #require(SeedableRepo(folder: path))
        #expect(repo.files.isEmpty)
        #expect(repo.unknownCommits == [Self.commit])
        #expect(repo.repo.description == "ns/name")
        #expect(SeedableRepo.folders(in: folder.file("hub")) == [path])
        #expect(SeedableRepo(folder: folder.file("hub")) == nil)
    }

    @Test("what a hub told decides, the widest of several; of a file that is not complete nothing is given")
    func told() throws {
        let folder = try TemporaryFolder()
        let path = try cache(folder)
        for (visibility, expected) in [
            (ContentVisibility.private, ContentVisibility.private), (.gated, .gated), (.public, .public),
            (.private, .public),
        ] {
            VisibilityRecord.note(
                visibility, of: Self.commit, by: "http://\(expected)\(visibility)", at: 1000, in: path)
            let repo = try #require(SeedableRepo(folder: path))
            let file = try #require(repo.files.first)
            #expect(file.visibility == expected)
            #expect(file.hash.description == Self.xetHash && file.size == 5000 && file.path == "weights.bin")
            #expect(file.content.hasSuffix("/blobs/\(ModelRepo.sha256(Self.content))"))
            #expect(repo.unknownCommits.isEmpty)
        }
        try folder.write(
            Self.content.dropLast(), to: "hub/models--ns--name/blobs/\(ModelRepo.sha256(Self.content))")
        #expect(SeedableRepo(folder: path)?.files.isEmpty == true)
    }

    @Test("a public commit is asked about again a day later, a private one is not")
    func aging() throws {
        let folder = try TemporaryFolder()
        let path = try cache(folder)
        VisibilityRecord.note(.public, of: Self.commit, by: "http://a", at: .unixNow - 100_000, in: path)
        #expect(SeedableRepo(folder: path)?.agedCommits == [Self.commit])
        VisibilityRecord.note(.public, of: Self.commit, by: "http://a", at: .unixNow, in: path)
        #expect(SeedableRepo(folder: path)?.agedCommits == [])
        VisibilityRecord.note(.private, of: Self.commit, by: "http://a", at: 1000, in: path)
        #expect(SeedableRepo(folder: path)?.agedCommits == [])
    }

    @Test("a damaged or foreign record gives nothing")
    func damagedRecord() throws {
        let folder = try TemporaryFolder()
        let path = try cache(folder)
        VisibilityRecord.note(.public, of: Self.commit, by: "http://a", at: 1000, in: path)
        let record = "hub/models--ns--name/.shoal/visibility.json"
        let good = try #require(folder.text(record))
        for bad in [
            "", "{}", "[]", String(good.dropLast()), good.replacing("\"version\":1", with: "\"version\":2"),
            good.replacing("public", with: "everybody"),
        ] {
            try folder.write(bad, to: record)
            #expect(SeedableRepo(folder: path)?.files.isEmpty == true, "\(bad)")
        }
        try folder.write(good, to: record)
        #expect(SeedableRepo(folder: path)?.files.count == 1)
    }

    @Test("strangers who see and get a file make it public, whoever put it into the cache")
    func lookUp() async throws {
        for listing in [true, false] {
            try await withHub(Self.handler(Behaviour())) { hub, _, folder in
                let path = try cache(folder, listing: listing)
                #expect(try await hub.lookUpVisibility(of: Self.commit, in: path) == .public)
                let repo = try #require(SeedableRepo(folder: path))
                #expect(repo.files.map(\.visibility) == [.public])
                #expect(repo.unknownCommits.isEmpty && repo.agedCommits.isEmpty)
            }
        }
    }

    @Test("a hub's word that strangers may not read is kept; no answer changes nothing")
    func refusedLookUps() async throws {
        let cases: [(Behaviour, Hub.VisibilityAnswer, ContentVisibility?)] = [
            (Behaviour(isPrivate: true), .notPublic, .private),
            (Behaviour(gated: .manual), .notPublic, .gated),
            (Behaviour(refusal: .error(401, "RepoNotFound")), .notPublic, nil),
            (Behaviour(refusal: .error(404, "RepoNotFound")), .notPublic, nil),
            (Behaviour(fileRefusal: .error(403, "GatedRepo")), .notPublic, nil),
            (Behaviour(refusal: .error(500)), .unknown, nil),
            (Behaviour(fileRefusal: .error(500)), .unknown, nil),
            (Behaviour(refusal: .text("<html>", headers: [("Content-Type", "text/html")])), .unknown, nil),
        ]
        for (behaviour, answer, noted) in cases {
            try await withHub(Self.handler(behaviour)) { hub, _, folder in
                let path = try cache(folder)
                #expect(try await hub.lookUpVisibility(of: Self.commit, in: path) == answer, "\(behaviour)")
                #expect(VisibilityRecord(folder: path).visibility(of: Self.commit) == noted, "\(behaviour)")
                #expect(SeedableRepo(folder: path)?.files.contains { $0.visibility == .public } == false)
            }
        }
    }

    @Test("what was public and is refused now is public no more; what cannot be asked stays as it was")
    func withdrawn() async throws {
        for (refusal, expected) in [
            (FakeHub.Reply.error(401, "RepoNotFound"), ContentVisibility.private), (.error(503), .public),
        ] {
            try await withHub(Self.handler(Behaviour(refusal: refusal))) { hub, _, folder in
                let path = try cache(folder)
                VisibilityRecord.note(.public, of: Self.commit, by: hub.settings.endpoint, at: 1000, in: path)
                _ = try await hub.lookUpVisibility(of: Self.commit, in: path)
                #expect(SeedableRepo(folder: path)?.files.map(\.visibility) == [expected])
            }
        }
    }

    @Test("the hub's listing counts, not what stands in the cache")
    func otherListing() async throws {
        var behaviour = Behaviour()
        behaviour.xetHash = "\(FileHash(w0: 9, w1: 9, w2: 9, w3: 9))"
        try await withHub(Self.handler(behaviour)) { hub, _, folder in
            let path = try cache(folder)
            #expect(try await hub.lookUpVisibility(of: Self.commit, in: path) == .public)
            #expect(SeedableRepo(folder: path)?.files.map(\.hash.description) == [behaviour.xetHash])
        }
    }

    @Test(
        "a pull notes who may read what it brings",
        arguments: [
            (false, Gating.open, "public"), (true, Gating.open, "private"), (false, Gating.auto, "gated"),
        ])
    func pullNotes(_ isPrivate: Bool, _ gated: Gating, _ expected: String) async throws {
        let model = ModelRepo(["config.json": "{}"])
        try await withHub({ request in
            guard request.path.contains("/revision/") else { return model.handle(request) }
            var info = RepoInfo(id: "ns/name")
            info.sha = Self.commit
            info.isPrivate = isPrivate
            info.gated = gated
            return (try? JSONEncoder().encode(info)).map { FakeHub.Reply(body: $0) } ?? .error(500)
        }) { hub, server, folder in
            let request = PullRequest(repo: try RepoReference(parsing: "ns/name"))
            _ = try await hub.pull(request, observer: SilentObserver())
            let path = folder.file("hub/models--ns--name")
            let record = VisibilityRecord(folder: path)
            #expect(record.visibility(of: Self.commit)?.rawValue == expected)
            #expect(record.lastTold(of: Self.commit, by: server.url) != nil)
        }
    }

    @Test("a pull with a token from a hub that does not say who may read notes nothing")
    func silentHub() async throws {
        let model = ModelRepo(["config.json": "{}"])
        try await withHub(model.handle) { hub, _, folder in
            let request = PullRequest(repo: try RepoReference(parsing: "ns/name"))
            _ = try await hub.pull(request, observer: SilentObserver())
            #expect(VisibilityRecord(folder: folder.file("hub/models--ns--name")).entries.isEmpty)
        }
    }
}
