import Foundation
import Publish
import PublishWire
import SwarmWire
import Testing
import Torrents
import Transfer

@Suite struct TorrentDownloadTests {
    @Test("a peer's model becomes visible whole, verified and registered", arguments: TorrentPlan.Format.allCases)
    func fromPeer(format: TorrentPlan.Format) async throws {
        let scene = try GetScene(format: format)
        let seeder = try await scene.seeder()
        let engine = FakeEngine(scene.network)
        let result = try await TorrentDownload(
            scene.order(from: [seeder]), in: scene.context(engine), observer: SilentObserver()
        ).run()
        #expect(scene.found(in: scene.modelFolder) == scene.expected)
        #expect(scene.found(in: scene.home.models).count == scene.expected.count)
        #expect(result.proof == .signed && result.verdict == .unknown && result.publisher == scene.key.publicKey)
        #expect(result.fromPeers > 0 && result.peers == 1)
        let registry = Registry(scene.home)
        let entry = try #require(try registry.find(CatalogueID("org/model")!))
        #expect(entry.hashes == scene.metainfo.hashes && entry.folder == scene.modelFolder && entry.origin == .got)
        #expect(try registry.metainfo(of: entry).bytes == scene.metainfo.bytes)
        #expect(await engine.torrents().isEmpty)
        let book = try TrustFile.read(scene.home)
        #expect(book.consider(CatalogueID("org/other")!, by: scene.key.publicKey) == .trusted)
    }

    @Test("a second get finds all files right and fetches nothing")
    func again() async throws {
        let scene = try GetScene()
        let seeder = try await scene.seeder()
        _ = try await TorrentDownload(
            scene.order(from: [seeder]), in: scene.context(FakeEngine(scene.network)), observer: SilentObserver()
        ).run()
        let broken = scene.modelFolder + "/model.safetensors"
        try Data(sampleBytes(900_001, seed: 9)).write(to: URL(fileURLWithPath: broken))
        let result = try await TorrentDownload(
            scene.order(from: [seeder]), in: scene.context(FakeEngine(scene.network)), observer: SilentObserver()
        ).run()
        #expect(scene.found(in: scene.modelFolder) == scene.expected)
        #expect(result.files.filter { $0.outcome == .transferred }.map(\.path) == ["model.safetensors"])
        #expect(result.verdict == .trusted)
    }

    @Test("a magnet link is enough")
    func magnet() async throws {
        let scene = try GetScene()
        let seeder = try await scene.seeder()
        var order = scene.order()
        var link = MagnetLink(scene.metainfo.hashes)
        link.peers = [seeder.address]
        order.subject = .magnet(link)
        let result = try await TorrentDownload(
            order, in: scene.context(FakeEngine(scene.network)), observer: SilentObserver()
        ).run()
        #expect(scene.found(in: scene.modelFolder) == scene.expected && result.proof == .signed)
    }

    @Test("only the wanted files come, and the manifest with them; that is no registered model")
    func selection() async throws {
        let scene = try GetScene()
        let seeder = try await scene.seeder()
        var order = scene.order(from: [seeder])
        order.include = ["*.json"]
        order.folder = scene.folder.path("out")
        let result = try await TorrentDownload(
            order, in: scene.context(FakeEngine(scene.network)), observer: SilentObserver()
        ).run()
        let names = ["config.json", ModelManifest.fileName, ManifestSignature.fileName]
        #expect(scene.found(in: scene.folder.path("out")).keys.sorted() == names.sorted())
        #expect(result.entry == nil)
        #expect(try Registry(scene.home).find(CatalogueID("org/model")!) == nil)
        order.include = ["*.nothing"]
        await #expect(throws: PublishError.self) {
            try await TorrentDownload(
                order, in: scene.context(FakeEngine(scene.network)), observer: SilentObserver()
            ).run()
        }
    }

    @Test("a poisoned peer is left, and nothing of it is seen")
    func poison() async throws {
        let scene = try GetScene()
        let (liar, honest) = (try await scene.seeder(isPoisoned: true), try await scene.seeder())
        _ = try await TorrentDownload(
            scene.order(from: [liar, honest]), in: scene.context(FakeEngine(scene.network)), observer: SilentObserver()
        ).run()
        #expect(scene.found(in: scene.modelFolder) == scene.expected)
        let alone = try GetScene()
        var order = alone.order(from: [try await alone.seeder(isPoisoned: true)])
        order.timeout = .milliseconds(300)
        await #expect(throws: PublishError.self) {
            try await TorrentDownload(
                order, in: alone.context(FakeEngine(alone.network)), observer: SilentObserver()
            ).run()
        }
        #expect(!FileManager.default.fileExists(atPath: alone.modelFolder))
    }

    @Test("a torrent whose manifest names other content is refused, and none of it is seen")
    func wrongManifest() async throws {
        let scene = try GetScene { manifest in
            let index = manifest.files.firstIndex { $0.path.name == "model.onnx" }!
            manifest.files[index].sha256 = [UInt8](repeating: 7, count: 32)
        }
        let seeder = try await scene.seeder()
        let error = await #expect(throws: PublishError.self) {
            try await TorrentDownload(
                scene.order(from: [seeder]), in: scene.context(FakeEngine(scene.network)), observer: SilentObserver()
            ).run()
        }
        #expect(error?.code == .wrongContent)
        #expect(!FileManager.default.fileExists(atPath: scene.modelFolder))
    }

    @Test("what was announced, asked for or pinned must be what comes")
    func judgement() async throws {
        let scene = try GetScene()
        let seeder = try await scene.seeder()
        func code(_ change: (inout GetOrder) -> Void) async -> PublishError.Code? {
            var order = scene.order(from: [seeder])
            change(&order)
            do {
                _ = try await TorrentDownload(
                    order, in: scene.context(FakeEngine(scene.network)), observer: SilentObserver()
                ).run()
                return nil
            } catch {
                return (error as? PublishError)?.code
            }
        }
        #expect(await code { $0.manifestHash = [UInt8](repeating: 1, count: 32) } == .wrongContent)
        #expect(await code { $0.name = ModelName(CatalogueID("org/other")!) } == .otherModel)
        try await TrustFile.change(scene.home) { book throws(PublishError) in
            _ = try book.add("org", SigningKey().publicKey, at: 1)
        }
        #expect(await code { _ in } == .pinConflict)
        #expect(!FileManager.default.fileExists(atPath: scene.modelFolder))

        #expect(await code { $0.publisher = "aaaaaaaaaaaaaaaa" } == .otherModel)
        #expect(await code { $0.version = "v99" } == .otherModel)

        let foreign = try GetScene(hasManifest: false)
        var order = foreign.order(from: [try await foreign.seeder()])
        order.manifestHash = [UInt8](repeating: 1, count: 32)
        await #expect(throws: PublishError.self) {
            try await TorrentDownload(
                order, in: foreign.context(FakeEngine(foreign.network)), observer: SilentObserver()
            ).run()
        }
    }

    /// Of a v1 torrent the hashes of its pieces are all there is, and they say nothing of what has not come.
    @Test("a large file of a foreign torrent is not done before its end", arguments: TorrentPlan.Format.allCases)
    func largeForeign(format: TorrentPlan.Format) async throws {
        let files = [("first.bin", sampleBytes(9_000_000, seed: 4)), ("second.bin", sampleBytes(6_000_000, seed: 5))]
        let scene = try GetScene(files, format: format, hasManifest: false)
        let result = try await TorrentDownload(
            scene.order(from: [try await scene.seeder()]),
            in: scene.context(FakeEngine(scene.network, piecesPerStep: 2)),
            observer: SilentObserver()
        ).run()
        #expect(scene.found(in: result.folder) == scene.expected)
    }

    @Test("files that have no hash of their own are known again, and others under their names are not replaced")
    func placedBefore() async throws {
        let files = [("a.bin", sampleBytes(300_000, seed: 4)), ("b.bin", sampleBytes(200_000, seed: 5))]
        let scene = try GetScene(files, format: .v1, hasManifest: false)
        let seeder = try await scene.seeder()
        func get(_ include: [String], in folder: String = "out") async throws -> GetResult {
            var order = scene.order(from: [seeder])
            (order.include, order.folder) = (include, scene.folder.path(folder))
            return try await TorrentDownload(
                order, in: scene.context(FakeEngine(scene.network)), observer: SilentObserver()
            ).run()
        }
        _ = try await get(["a.bin"])
        #expect(try await get(["a.bin"]).files.map(\.outcome) == [.alreadyPresent])
        #expect(try await get([]).files.map(\.outcome) == [.alreadyPresent, .transferred])
        // Without the registry too, as where a run was ended before it was written.
        for entry in try Registry(scene.home).list().entries { try await Registry(scene.home).remove(entry.name) }
        #expect(try await get([]).files.map(\.outcome) == [.alreadyPresent, .alreadyPresent])
        #expect(scene.found(in: scene.folder.path("out")) == scene.expected)
        // What the user has put there is the user's.
        for entry in try Registry(scene.home).list().entries { try await Registry(scene.home).remove(entry.name) }
        try scene.folder.write([UInt8](repeating: 1, count: 300_000), to: "out/a.bin")
        let error = await #expect(throws: PublishError.self) { _ = try await get([]) }
        #expect(error?.code == .fileExists)
    }

    @Test("an empty file with as long a name as there can be gets it")
    func longName() async throws {
        let scene = try GetScene([(String(repeating: "x", count: 240), []), ("a.bin", sampleBytes(9_000, seed: 4))])
        _ = try await TorrentDownload(
            scene.order(from: [try await scene.seeder()]), in: scene.context(FakeEngine(scene.network)),
            observer: SilentObserver()
        ).run()
        #expect(scene.found(in: scene.modelFolder) == scene.expected)
    }

    @Test("what was signed here is known to be one's own, and pins nothing")
    func own() async throws {
        let origin = try ShareScene()
        try origin.writeModel()
        let shared = try await origin.share(try origin.request())
        let seeder = FakeEngine(origin.engine.network)
        var seeding = TorrentOrder(.metainfo(shared.metainfo.bytes), folder: origin.place.path("unused"))
        for place in shared.metainfo.payload {
            seeding.places[place] = shared.entry.place(of: shared.metainfo.files[place].path)
        }
        seeding.isSeed = true
        _ = try await seeder.add(seeding)
        for isOwn in [true, false] {
            let scene = try GetScene()
            if isOwn {
                try FileManager.default.createDirectory(
                    atPath: scene.home.path, withIntermediateDirectories: true)
                try FileManager.default.copyItem(atPath: origin.folder.keys, toPath: scene.home.keys)
            }
            var order = GetOrder(.metainfo(shared.metainfo))
            order.peers = [seeder.address]
            let result = try await TorrentDownload(
                order, in: scene.context(FakeEngine(origin.engine.network)), observer: SilentObserver()
            ).run()
            #expect(result.isOwn == isOwn && result.publisher == shared.publisher)
            #expect(try TrustFile.read(scene.home).pins.isEmpty == isOwn)
        }
    }

    @Test("a foreign torrent is checked against its own hashes", arguments: TorrentPlan.Format.allCases)
    func foreign(format: TorrentPlan.Format) async throws {
        let scene = try GetScene(format: format, hasManifest: false)
        let result = try await TorrentDownload(
            scene.order(from: [try await scene.seeder()]), in: scene.context(FakeEngine(scene.network)),
            observer: SilentObserver()
        ).run()
        #expect(result.proof == .pieces && result.publisher == nil)
        #expect(scene.found(in: result.folder) == scene.expected)
        #expect(result.entry?.id.text == "torrents/model")
    }

    @Test("a download that is ended goes on where it was")
    func continued() async throws {
        let scene = try GetScene([("model.safetensors", sampleBytes(3_000_000, seed: 4))])
        let seeder = try await scene.seeder()
        let slow = FakeEngine(scene.network, piecesPerStep: 1)
        let context = scene.context(slow)
        let order = scene.order(from: [seeder])
        let first = Task {
            try await TorrentDownload(order, in: context, observer: SilentObserver()).run()
        }
        // Half of it, at 32 KiB in 2 ms.
        while await slow.torrents().isEmpty { try await Task.sleep(for: .milliseconds(2)) }
        let torrent = try #require(await slow.torrents().first)
        while try await slow.status(of: torrent).received < 1_500_000 { try await Task.sleep(for: .milliseconds(2)) }
        first.cancel()
        await #expect(throws: (any Error).self) { try await first.value }
        #expect(!FileManager.default.fileExists(atPath: scene.modelFolder))
        let result = try await TorrentDownload(
            order, in: scene.context(FakeEngine(scene.network)), observer: SilentObserver()
        ).run()
        #expect(scene.found(in: scene.modelFolder) == scene.expected)
        #expect(result.resumed >= 900_000 && result.fromPeers < 2_200_000)
    }

    @Test("two at once: the second waits and finds the work done")
    func twoAtOnce() async throws {
        let scene = try GetScene()
        let seeder = try await scene.seeder()
        let order = scene.order(from: [seeder])
        let contexts = [scene.context(FakeEngine(scene.network)), scene.context(FakeEngine(scene.network))]
        let transferred = try await withThrowingTaskGroup(of: Int.self) { group in
            for context in contexts {
                group.addTask {
                    try await TorrentDownload(order, in: context, observer: SilentObserver()).run()
                        .files.count { $0.outcome == .transferred }
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }.sorted()
        }
        #expect(transferred == [0, scene.files.count])
        #expect(scene.found(in: scene.modelFolder) == scene.expected)
    }

    @Test("no folder on the way may be a link")
    func links() async throws {
        let scene = try GetScene()
        let out = scene.folder.path("out")
        let elsewhere = scene.folder.path("elsewhere")
        for path in [out, elsewhere] {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        }
        try FileManager.default.createSymbolicLink(atPath: out + "/onnx", withDestinationPath: elsewhere)
        var order = scene.order(from: [try await scene.seeder()])
        order.folder = out
        let error = await #expect(throws: PublishError.self) {
            try await TorrentDownload(
                order, in: scene.context(FakeEngine(scene.network)), observer: SilentObserver()
            ).run()
        }
        #expect(error?.code == .unsafePath)
        #expect(scene.found(in: elsewhere).isEmpty)
    }
}
