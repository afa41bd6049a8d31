import Foundation
import Publish
import PublishWire
import Testing
import Torrents

@Suite("The registry")
struct RegistryTests {
    @Test("Names and versions that users write", arguments: ["org/name", "org/name@v1.0", "datasets/org/name@main"])
    func names(text: String) throws {
        #expect(try ModelName(parsing: text).description == text)
    }

    @Test(
        "Names that could lead elsewhere are none",
        arguments: ["", "name", "a/b/c", "../b", "a/..", "a/b@", "a/b@../x", "a/b@.x", "a/b@x/y", "a/b@-x", "/a/b"])
    func badNames(text: String) {
        #expect(throws: PublishError.self) { _ = try ModelName(parsing: text) }
    }

    @Test("A version is found by its name, as main, and as the latest; removed, its files stay")
    func versions() async throws {
        let scene = try ShareScene()
        try scene.writeModel()
        var request = try scene.request()
        request.version = "v1"
        let first = try await scene.share(request)
        request.version = "v2"
        _ = try await scene.share(request)
        let registry = scene.registry
        #expect(try registry.list().entries.map(\.version) == ["v1", "v2"])
        #expect(try registry.find(request.id, version: "v1") == first.entry)
        #expect(try registry.find(request.id, version: "v3") == nil)
        request.version = "main"
        let main = try await scene.share(request)
        #expect(try registry.find(request.id)?.version == "main")
        let hash = try #require(main.entry.hashes.v2)
        #expect(try registry.find(hash: hash)?.version == "main")
        try await registry.remove(main.entry.name)
        #expect(try registry.find(request.id)?.version != "main" && FileFacts(scene.model) != nil)
        #expect(FileFacts(registry.torrentCopy(of: main.entry.name)) == nil)
        try await registry.remove(ModelName(request.id, version: "v1"))
        try await registry.remove(ModelName(request.id, version: "v2"))
        #expect(FileFacts(scene.folder.registry + "/me") == nil)
        await #expect(throws: PublishError.self) { try await registry.remove(ModelName(request.id)) }
    }

    @Test("A damaged entry is told of, hides no other, and is made anew")
    func rebuild() async throws {
        let scene = try ShareScene()
        try scene.writeModel()
        let one = try await scene.share(try scene.request("me/one"))
        let two = try await scene.share(try scene.request("me/two"))
        let registry = scene.registry
        try Data("{".utf8).write(to: URL(fileURLWithPath: registry.path(.entry, of: one.entry)))
        let listing = try registry.list()
        #expect(listing.entries.map(\.id.name) == ["two"] && listing.faults.count == 1)
        // The files of the damaged one are only found where models lie.
        #expect(try await registry.rebuild(caches: []).faults.count == 1)
        let folder = scene.folder.models + "/me/one"
        try FileManager.default.createDirectory(
            atPath: scene.folder.models + "/me", withIntermediateDirectories: true)
        try FileManager.default.copyItem(atPath: scene.model, toPath: folder)
        let result = try await registry.rebuild(caches: [])
        #expect(result.kept == [two.entry] && result.restored.count == 1 && result.faults.isEmpty)
        let restored = try #require(try registry.find(one.entry.id))
        #expect(restored.folder == folder && restored.hashes == one.entry.hashes)
        #expect(restored.publisher == one.entry.publisher && restored.licence == "apache-2.0")
        #expect(restored.missing(in: one.metainfo).isEmpty)
    }

    @Test(
        "Where an entry is lost nobody is given the model until the user says so; where it is damaged by a kill it stays"
    )
    func lostEntry() async throws {
        let scene = try ShareScene()
        try scene.writeModel()
        var request = try scene.request("me/one")
        request.isPublic = false
        let one = try await scene.share(request)
        let registry = scene.registry
        let folder = scene.folder.models + "/me/one"
        try FileManager.default.createDirectory(
            atPath: scene.folder.models + "/me", withIntermediateDirectories: true)
        try FileManager.default.copyItem(atPath: scene.model, toPath: folder)
        // As after a kill in the middle of a new share: the torrent is another one already.
        request.tags = ["new"]
        let two = try await scene.share(request)
        try Data(one.entry.encoded()).write(to: URL(fileURLWithPath: registry.path(.entry, of: one.entry)))
        var result = try await registry.rebuild(caches: [])
        #expect(result.restored.map(\.hashes) == [two.entry.hashes] && result.resting.isEmpty)
        #expect(try registry.find(one.entry.id)?.isPublic == false)
        #expect(try registry.find(one.entry.id)?.seeds == true)

        try FileManager.default.removeItem(atPath: registry.path(.entry, of: one.entry))
        result = try await registry.rebuild(caches: [])
        #expect(result.resting.map(\.name) == [one.entry.name])
        let restored = try #require(try registry.find(one.entry.id))
        #expect(!restored.isPublic && !restored.seeds)
    }

    @Test("Each version is found again in the folder of its own, and what others have signed is theirs")
    func versionFolders() async throws {
        let scene = try ShareScene()
        try scene.writeModel()
        var request = try scene.request("me/one")
        let main = try await scene.share(request)
        (request.version, request.tags) = ("2.0", ["new"])
        let second = try await scene.share(request)
        // Another machine, without the publisher's keys. Both versions have files of the same sizes.
        let other = PublishFolder(path: scene.place.path("other"))
        try other.prepare()
        try FileManager.default.createDirectory(atPath: other.registry, withIntermediateDirectories: true)
        try FileManager.default.copyItem(atPath: scene.folder.registry + "/me", toPath: other.registry + "/me")
        try FileManager.default.createDirectory(atPath: other.models + "/me", withIntermediateDirectories: true)
        let folders = [other.models + "/me/one", other.models + "/me/one@2.0"]
        for (folder, shared) in zip(folders, [main, second]) {
            try FileManager.default.copyItem(atPath: scene.model, toPath: folder)
            let papers = try #require(try scene.registry.manifest(of: shared.entry.name))
            try Data(papers.manifest).write(to: URL(fileURLWithPath: folder + "/" + ModelManifest.fileName))
            try Data(papers.signature ?? []).write(to: URL(fileURLWithPath: folder + "/" + ManifestSignature.fileName))
            try FileManager.default.removeItem(
                atPath: Registry(other).path(.entry, of: shared.entry))
        }
        let registry = Registry(other)
        let result = try await registry.rebuild(caches: [])
        #expect(result.faults.isEmpty && result.restored.count == 2 && result.candidates.isEmpty)
        for (folder, shared) in zip(folders, [main, second]) {
            let entry = try #require(try registry.read(shared.entry.name))
            #expect(entry.folder == folder && entry.hashes == shared.entry.hashes)
            #expect(entry.origin == .got && entry.publisher == shared.publisher?.fingerprint && !entry.seeds)
        }
        // Without the first folder its files are not those of the other version.
        try FileManager.default.removeItem(atPath: folders[0])
        try FileManager.default.removeItem(atPath: registry.path(.entry, of: main.entry))
        let lost = try await registry.rebuild(caches: [])
        #expect(lost.faults.count == 1 && lost.kept.map(\.name) == [second.entry.name])
    }

    @Test("The index and the meeting points name only what the user's rules give to everybody")
    func rules() async throws {
        let scene = try ShareScene()
        try scene.writeModel()
        let open = try await scene.share(try scene.request("me/open"))
        let inner = try await scene.share(try scene.request("me/inner"))
        let renamed = try await scene.share(try scene.request("me/renamed"))
        try await scene.registry.update(renamed.entry.name) {
            $0.source = RegistryEntry.Source(
                hub: "https://hub.example", repo: "org/closed", commit: String(repeating: "a", count: 40))
        }
        let models = RegistryModels(scene.registry) { item in
            if item.name == "me/inner" { return .neighbours }
            return item.sources.contains("org/closed") ? .nobody : .everybody
        }
        let publisher = try #require(open.publisher)
        #expect(try await models.entries(of: publisher).map(\.id) == [open.entry.id])
        #expect(try await models.held() == [open.entry.id])
        #expect(try await models.hasAny())
        #expect(try await models.hashes().isSuperset(of: [inner.entry.hashes.v2 ?? []]))
        #expect(try await !RegistryModels(scene.registry) { _ in .neighbours }.hasAny())
    }

    @Test("A torrent that is not the entry's is not used")
    func swapped() async throws {
        let scene = try ShareScene()
        try scene.writeModel()
        let one = try await scene.share(try scene.request("me/one"))
        let two = try await scene.share(try scene.request("me/two"))
        let registry = scene.registry
        try Data(two.metainfo.bytes).write(to: URL(fileURLWithPath: registry.path(.torrent, of: one.entry)))
        #expect(throws: PublishError.self) { _ = try registry.metainfo(of: one.entry) }
    }

    @Test("Many changes at once are all there in the end")
    func concurrent() async throws {
        let scene = try ShareScene()
        try scene.writeModel()
        let result = try await scene.share(try scene.request())
        let registry = scene.registry
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<20 {
                group.addTask {
                    _ = try? await registry.update(result.entry.name) { $0.formats.append("f\(number)") }
                }
            }
        }
        let formats = try #require(try registry.find(result.entry.id)).formats
        #expect(formats.count == result.entry.formats.count + 20)
    }

    @Test("Models and cached snapshots without an entry are found")
    func candidates() async throws {
        let scene = try ShareScene()
        try scene.folder.prepare()
        try scene.place.write([1], to: "home/models/org/loose/model.bin")
        try scene.place.write([1, 2], to: "cache/models--org--cached/snapshots/\(String(repeating: "a", count: 40))/x")
        let found = try scene.registry.candidates(caches: [scene.place.path("cache")])
        #expect(found.map(\.id.text) == ["org/loose", "org/cached"] && found.map(\.size) == [1, 2])
        #expect(CatalogueID(cacheFolder: "datasets--a--b")?.description == "datasets/a/b")
        #expect(CatalogueID(cacheFolder: "models--gpt2") == nil)
    }
}

@Suite("Taking in manifests")
struct ImportTests {
    @Test("A model of Silmaril, whose manifest has no files and no hash, becomes one of Shoal")
    func silmaril() async throws {
        let scene = try ShareScene()
        let text = #"{"name":"me/old","version":"main","description":"An old one","license":"mit","files":[]}"#
        try scene.place.write(Array(text.utf8), to: "old/.silmaril.json")
        try scene.place.write(Array("{}".utf8), to: "old/config.json")
        try scene.place.write(sampleBytes(1_000, seed: 1), to: "old/model.bin")
        let imported = try await scene.sharer.takeIn(
            manifest: scene.place.path("old/.silmaril.json"), caches: [], isPublic: true, signs: true)
        guard case .shared(let result) = imported else {
            Issue.record("it was only kept")
            return
        }
        #expect(result.entry.name.description == "me/old@main" && result.manifest?.description == "An old one")
        #expect(result.entry.licence == "mit" && result.entry.fileCount == 4)
    }

    @Test("A signed manifest gives the same torrent on another machine, and is refused with other files")
    func signed() async throws {
        let first = try ShareScene()
        try first.writeModel()
        let shared = try await first.share(try first.request())
        let papers = try #require(try first.registry.manifest(of: shared.entry.name))

        let second = try ShareScene()
        try second.place.write(papers.manifest, to: "model/manifest.json")
        try second.place.write(papers.signature ?? [], to: "model/manifest.sig")
        let file = second.place.path("model/manifest.json")
        func take() async throws -> Sharer.Imported {
            try await second.sharer.takeIn(manifest: file, caches: [], isPublic: true, signs: true)
        }
        guard case .kept(let name, let missing, _) = try await take() else {
            Issue.record("there are no files yet")
            return
        }
        #expect(name == shared.entry.name && missing.count == 3)
        #expect(try second.registry.list().entries.isEmpty)
        try second.writeModel()
        guard case .shared(let result) = try await take() else {
            Issue.record("all files are there")
            return
        }
        #expect(result.entry.hashes == shared.entry.hashes && result.publisher == shared.publisher)

        try await second.registry.remove(name)
        try second.place.write(sampleBytes(300_000, seed: 8), to: "model/onnx/model.onnx")
        await #expect(throws: PublishError.self) { _ = try await take() }
        try second.place.write(Array("{\"a\":1}".utf8), to: "model/manifest.json")
        await #expect(throws: PublishError.self) { _ = try await take() }
    }
}

@Suite("Taking folders back")
struct TakingBackTests {
    private let scene: ShareScene
    private let shared: ShareResult
    private let other: PublishFolder

    /// A model that somebody has published, and its files on a machine whose registry is lost.
    init() async throws {
        scene = try ShareScene()
        try scene.writeModel()
        shared = try await scene.share(try scene.request("me/one"))
        other = PublishFolder(path: scene.place.path("other"))
        try other.prepare()
        try FileManager.default.createDirectory(atPath: other.models + "/me", withIntermediateDirectories: true)
        let folder = other.models + "/me/one"
        try FileManager.default.copyItem(atPath: scene.model, toPath: folder)
        let papers = try #require(try scene.registry.manifest(of: shared.entry.name))
        try Data(papers.manifest).write(to: URL(fileURLWithPath: folder + "/" + ModelManifest.fileName))
        try Data(papers.signature ?? []).write(to: URL(fileURLWithPath: folder + "/" + ManifestSignature.fileName))
    }

    private var trusting: TrustBook {
        get throws {
            var book = TrustBook()
            try book.add("me", try #require(shared.publisher), at: 1)
            return book
        }
    }

    private func takeBack(_ book: TrustBook) async throws -> Sharer.TakenBack {
        let candidate = try #require(try Registry(other).candidates(caches: []).first)
        return try await Sharer(other, engine: scene.engine, transfer: scene.transfer).takeBack(candidate, book: book)
    }

    private func requireLeft(_ outcome: Sharer.TakenBack, _ words: String) throws {
        guard case .left(let reason) = outcome else {
            Issue.record("it was taken")
            return
        }
        #expect(reason.contains(words))
        #expect(try Registry(other).list().entries.isEmpty)
    }

    private func requireTaken(_ outcome: Sharer.TakenBack) throws {
        guard case .taken(let entry) = outcome else {
            Issue.record("it was left: \(outcome)")
            return
        }
        #expect(entry.hashes == shared.entry.hashes && entry.folder == other.models + "/me/one")
        #expect(entry.origin == .got && !entry.seeds && !entry.isPublic)
        #expect(entry.publisher == shared.publisher?.fingerprint)
        let known = try #require(try Registry(other).read(entry.name))
        #expect(known.missing(in: try Registry(other).metainfo(of: known)).isEmpty)
        #expect(try Registry(other).candidates(caches: []).isEmpty)
    }

    @Test("with the copy of the torrent that is still there")
    func copy() async throws {
        try requireLeft(try await takeBack(trusting), "which torrent")
        let copy = Registry(other).torrentCopy(of: shared.entry.name)
        try PlacedFile.write(shared.metainfo.bytes, to: copy)
        try requireLeft(try await takeBack(TrustBook()), "trust")
        try requireTaken(try await takeBack(trusting))
    }

    @Test("with a torrent made anew, that the publisher's index names")
    func anew() async throws {
        let keys = try #require(try PublisherKeys.load(scene.folder))
        let papers = try #require(try scene.registry.manifest(of: shared.entry.name))
        let shelf = IndexShelf(path: CatalogueFolder(other).path + "/indexes/\(keys.identity.fingerprint)")
        func list(_ hashes: InfoHashes, created: Int64) async throws {
            let entry = CatalogueEntry(
                id: shared.entry.id, revision: "main", published: 1, size: shared.entry.size, hashes: hashes,
                manifest: Digest.sha256(papers.manifest))
            let index = try CatalogueIndex(publisher: keys.identity, created: created, entries: [entry])
            _ = try await IndexTorrent(engine: scene.engine).make(
                index, by: keys.operating, delegation: keys.delegation, on: shelf)
        }
        let wrong = try #require(InfoHashes(v1: shared.entry.hashes.v1, v2: [UInt8](repeating: 1, count: 32)))
        try await list(wrong, created: 1)
        try requireLeft(try await takeBack(trusting), "another than it was")
        try await list(shared.entry.hashes, created: 2)
        try requireTaken(try await takeBack(trusting))
    }

    @Test("but not with files of other sizes, nor with a manifest that was changed")
    func damaged() async throws {
        let folder = other.models + "/me/one"
        try PlacedFile.write(shared.metainfo.bytes, to: Registry(other).torrentCopy(of: shared.entry.name))
        let config = try #require(PlacedFile.read(folder + "/config.json", limit: 1_000))
        try Data([1]).write(to: URL(fileURLWithPath: folder + "/config.json"))
        try requireLeft(try await takeBack(trusting), "sizes")
        try Data(config).write(to: URL(fileURLWithPath: folder + "/config.json"))
        var manifest = try #require(PlacedFile.read(folder + "/" + ModelManifest.fileName, limit: 1 << 20))
        manifest.append(0x0A)
        try Data(manifest).write(to: URL(fileURLWithPath: folder + "/" + ModelManifest.fileName))
        try requireLeft(try await takeBack(trusting), "not what")
    }
}
