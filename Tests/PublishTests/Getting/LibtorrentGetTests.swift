import Foundation
import Publish
import PublishWire
import SwarmWire
import Testing
import Torrents
import Transfer

@Suite(.serialized, .enabled(if: Libtorrent.isAvailable)) struct LibtorrentGetTests {
    private func engine() async throws -> Libtorrent {
        var settings = EngineSettings.loopback()
        settings.usesDHT = false
        return try await Libtorrent(settings)
    }

    private func withPair(
        _ scene: GetScene, _ body: (_ order: GetOrder, _ engine: Libtorrent) async throws -> Void
    ) async throws {
        let (seeder, engine) = (try await engine(), try await engine())
        var wanted = TorrentOrder(.metainfo(scene.metainfo.bytes), folder: scene.folder.path("unused"))
        for place in scene.metainfo.payload {
            wanted.places[place] = scene.folder.path("source/\(scene.metainfo.files[place].path)")
        }
        wanted.isSeed = true
        wanted.isPublic = false
        _ = try await seeder.add(wanted)
        var order = scene.order()
        order.peers = [PeerAddress(host: "127.0.0.1", port: await seeder.port)]
        order.isPublic = false
        order.timeout = .seconds(30)
        try await body(order, engine)
        await engine.close(grace: .zero)
        await seeder.close(grace: .zero)
    }

    @Test("the real engine brings a model", .timeLimit(.minutes(1)), arguments: TorrentPlan.Format.allCases)
    func peer(format: TorrentPlan.Format) async throws {
        let scene = try GetScene(format: format)
        try await withPair(scene) { order, engine in
            let result = try await TorrentDownload(order, in: scene.context(engine), observer: SilentObserver()).run()
            #expect(scene.found(in: scene.modelFolder) == scene.expected)
            #expect(result.proof == .signed && result.fromPeers > 0)
            #expect(scene.found(in: scene.home.models).count == scene.expected.count)
        }
    }

    @Test("the real engine brings a model by its magnet link, and others can have the torrent from here")
    func magnet() async throws {
        for present in [nil, "onnx/model.onnx"] {
            let scene = try GetScene()
            if let present {
                // What nobody needs to bring tells no piece layer.
                try scene.folder.write(scene.contents[present] ?? [], to: "home/models/org/model/" + present)
            }
            try await withPair(scene) { order, engine in
                var order = order
                order.subject = .magnet(MagnetLink(scene.metainfo.hashes))
                let result = try await TorrentDownload(
                    order, in: scene.context(engine), observer: SilentObserver()
                ).run()
                #expect(scene.found(in: scene.modelFolder) == scene.expected)
                let entry = try #require(result.entry)
                let registry = Registry(scene.home)
                let torrent = try Data(contentsOf: URL(fileURLWithPath: registry.path(.torrent, of: entry)))
                let kept = try Metainfo(Array(torrent))
                #expect(kept.hashes == scene.metainfo.hashes && kept.hasPieceLayers)
            }
        }
    }

    @Test("the real engine takes what a web seed has", .timeLimit(.minutes(1)), arguments: TorrentPlan.Format.allCases)
    func webSeed(format: TorrentPlan.Format) async throws {
        let scene = try GetScene(format: format, webSeeds: ["http://web.test/"])
        let server = TestServer(
            Dictionary(uniqueKeysWithValues: scene.contents.map { ("model/\($0.key)", $0.value) }))
        let engine = try await engine()
        let result = try await TorrentDownload(
            scene.order(), in: scene.context(engine, transport: server), observer: SilentObserver()
        ).run()
        #expect(scene.found(in: scene.modelFolder) == scene.expected)
        #expect(result.fromSources[.web] ?? 0 > 1_000_000)
        await engine.close(grace: .zero)
    }

    @Test("the real engine goes on where it was ended", .timeLimit(.minutes(1)))
    func continued() async throws {
        let scene = try GetScene([("model.safetensors", sampleBytes(40_000_000, seed: 4))])
        let result = try await continued(scene) {}
        #expect(scene.found(in: scene.modelFolder) == scene.expected)
        #expect(result.resumed > 9_000_000 && result.fromPeers < 32_000_000, "\(result.resumed) \(result.fromPeers)")
    }

    /// As a power cut leaves it: the disk has not got what was noted as written.
    @Test(
        "what the disk has lost is fetched again, also where no file has a hash", .timeLimit(.minutes(1)),
        arguments: TorrentPlan.Format.allCases)
    func lost(format: TorrentPlan.Format) async throws {
        let scene = try GetScene(
            [("model.safetensors", sampleBytes(40_000_000, seed: 4))], format: format, hasManifest: false)
        let result = try await continued(scene) {
            let place = scene.home.path
            let file = try #require(
                FileManager.default.subpaths(atPath: place)?.first {
                    $0.contains(".shoal-get/") && $0.hasSuffix("files/0")
                })
            let handle = try #require(FileHandle(forWritingAtPath: "\(place)/\(file)"))
            try handle.write(contentsOf: Data(count: 3_000_000))
            try handle.close()
        }
        #expect(scene.found(in: result.folder) == scene.expected)
    }

    /// Ends a download on its way, and begins it again.
    private func continued(_ scene: GetScene, between: () throws -> Void) async throws -> GetResult {
        var outcome: GetResult?
        try await withPair(scene) { order, engine in
            await engine.setLimits(download: 8_000_000, upload: 0)
            let context = scene.context(engine)
            let first = Task { try await TorrentDownload(order, in: context, observer: SilentObserver()).run() }
            var received: Int64 = 0
            while received < 12_000_000 {
                try await Task.sleep(for: .milliseconds(5))
                if let torrent = await engine.torrents().first {
                    received = (try? await engine.status(of: torrent).received) ?? received
                }
            }
            first.cancel()
            await #expect(throws: (any Error).self) { try await first.value }
            #expect(!FileManager.default.fileExists(atPath: scene.modelFolder))
            try between()
            await engine.setLimits(download: 0, upload: 0)
            outcome = try await TorrentDownload(order, in: context, observer: SilentObserver()).run()
        }
        return try #require(outcome)
    }
}
