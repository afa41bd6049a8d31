import Foundation
import Publish
import PublishWire
import Testing
import Torrents
import Transfer

@Suite("Downloads that are given up")
struct DiscardingTests {
    /// A hybrid torrent by its v1 hash alone, half of which is there.
    private func half(_ scene: GetScene) async throws -> (order: GetOrder, v1: InfoHashes) {
        let v1 = try #require(InfoHashes(v1: scene.metainfo.hashes.v1, v2: nil))
        var link = MagnetLink(v1)
        link.peers = [try await scene.seeder().address]
        var order = scene.order()
        order.subject = .magnet(link)
        let slow = FakeEngine(scene.network, piecesPerStep: 1)
        let (wanted, context) = (order, scene.context(slow))
        let run = Task { try await TorrentDownload(wanted, in: context, observer: SilentObserver()).run() }
        while true {
            if let torrent = await slow.torrents().first, let status = try? await slow.status(of: torrent),
                status.received > 500_000
            {
                break
            }
            try await Task.sleep(for: .milliseconds(2))
        }
        run.cancel()
        _ = try? await run.value
        return (order, v1)
    }

    @Test("by the v1 hash of a hybrid torrent it is found again, also by who asks nobody for the metainfo")
    func alias() async throws {
        let scene = try GetScene([("model.safetensors", sampleBytes(3_000_000, seed: 4))])
        let (order, v1) = try await half(scene)
        let workplace = Workplace(base: scene.home.models, hashes: v1)
        #expect(workplace.path == Workplace(base: scene.home.models, hashes: scene.metainfo.hashes).path)
        #expect(workplace.knownMetainfo(v1)?.hashes == scene.metainfo.hashes)
        let result = try await TorrentDownload(
            order, in: scene.context(FakeEngine(scene.network)), observer: SilentObserver()
        ).run()
        #expect(result.resumed > 0)
        #expect(scene.found(in: result.folder) == scene.expected)
        #expect(
            scene.found(in: scene.home.models).count == scene.expected.count, "\(scene.found(in: scene.home.models))")
    }

    @Test("what was given up leaves nothing, but not while somebody else is at work there", arguments: [true, false])
    func discarded(byV1: Bool) async throws {
        let scene = try GetScene([("model.safetensors", sampleBytes(3_000_000, seed: 4))])
        let hashes = byV1 ? try await half(scene).v1 : scene.metainfo.hashes
        if !byV1 { _ = try await half(scene) }
        let before = scene.found(in: scene.home.models)
        #expect(!before.isEmpty)
        do {
            let workplace = Workplace(base: scene.home.models, hashes: scene.metainfo.hashes)
            let lock = try #require(try PlaceLock.attempt(workplace.lockFile(scene.home)))
            TorrentDownload.discard(hashes, at: nil, in: scene.home)
            withExtendedLifetime(lock) { #expect(scene.found(in: scene.home.models) == before) }
        }
        TorrentDownload.discard(hashes, at: nil, in: scene.home)
        #expect(try PlacedFile.names(in: scene.home.models) ?? [] == [], "\(scene.found(in: scene.home.models))")
    }

    @Test("what contradicts its own manifest is not kept for another run; what was refused for another reason is")
    func refused() async throws {
        let wrong = try GetScene { manifest in
            let index = manifest.files.firstIndex { $0.path.name == "model.onnx" }!
            manifest.files[index].sha256 = [UInt8](repeating: 7, count: 32)
        }
        let right = try GetScene()
        for (scene, code, isKept) in [
            (wrong, PublishError.Code.wrongContent, false), (right, .otherModel, true), (right, .wrongContent, true),
        ] {
            var order = scene.order(from: [try await scene.seeder()])
            if code == .otherModel { order.name = ModelName(CatalogueID("org/other")!) }
            if isKept, code == .wrongContent { order.manifestHash = [UInt8](repeating: 1, count: 32) }
            let wanted = order
            let error = await #expect(throws: PublishError.self) {
                try await TorrentDownload(
                    wanted, in: scene.context(FakeEngine(scene.network)), observer: SilentObserver()
                ).run()
            }
            #expect(error?.code == code)
            #expect(scene.found(in: scene.home.models).isEmpty == !isKept, "\(code)")
        }
    }

    @Test("what the engine gives already is not asked for, and stays in it")
    func there() async throws {
        let scene = try GetScene()
        let engine = try await scene.seeder()
        var order = scene.order()
        order.subject = .magnet(MagnetLink(scene.metainfo.hashes))
        let wanted = order
        let error = await #expect(throws: PublishError.self) {
            try await TorrentDownload(wanted, in: scene.context(engine), observer: SilentObserver()).run()
        }
        #expect(error?.code == .busy)
        #expect(await engine.torrents().count == 1 && !engine.calls.contains("remove"))
    }
}
