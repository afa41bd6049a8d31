import Foundation
import HubWire
import NIOCore
import Publish
import PublishWire
import Synchronization
import TestSupport
import Testing
import Torrents
import Transfer
import Transport

@Suite struct SourceTests {
    /// Gets a model whose torrent names `http://web.test/` as its web seed.
    private func get(
        _ manners: TestServer.Manners, format: TorrentPlan.Format = .hybrid,
        files: [(path: String, bytes: [UInt8])] = GetScene.usualFiles, withPeer: Bool = false,
        timeout: Duration = .seconds(60), patience: Duration = .seconds(30)
    ) async throws -> (scene: GetScene, server: TestServer, result: GetResult, warnings: [String]) {
        let scene = try GetScene(files, format: format, webSeeds: ["http://web.test/"])
        let server = TestServer(
            Dictionary(uniqueKeysWithValues: scene.contents.map { ("model/\($0.key)", $0.value) }), manners)
        var order = scene.order(from: withPeer ? [try await scene.seeder(piecesPerStep: 1)] : [])
        order.timeout = timeout
        let observer = Warnings()
        var context = scene.context(FakeEngine(scene.network), transport: server)
        context.timing.manifest = patience
        let result = try await TorrentDownload(order, in: context, observer: observer).run()
        return (scene, server, result, observer.all)
    }

    private final class Warnings: TransferObserver {
        private let lines = Mutex<[String]>([])
        var all: [String] { lines.withLock { $0 } }
        func began(_ item: TransferItem) {}
        func advanced(_ name: String, bytes: UInt64) {}
        func travelled(_ bytes: UInt64) {}
        func finished(_ name: String, outcome: TransferOutcome) {}
        func warned(_ message: String) { lines.withLock { $0.append(message) } }
    }

    @Test("a web seed alone is enough", arguments: TorrentPlan.Format.allCases)
    func alone(format: TorrentPlan.Format) async throws {
        let (scene, server, result, _) = try await get(TestServer.Manners(), format: format)
        #expect(scene.found(in: scene.modelFolder) == scene.expected)
        #expect(result.fromSources[.web] ?? 0 > 1_200_000 && result.fromPeers == 0)
        // Hardly anything twice, however busy the machine is.
        #expect(server.sent < 2_000_000)
    }

    @Test("a server that knows no ranges is read from the start", arguments: TorrentPlan.Format.allCases)
    func withoutRanges(format: TorrentPlan.Format) async throws {
        let (scene, _, _, _) = try await get(.init(knowsRanges: false), format: format)
        #expect(scene.found(in: scene.modelFolder) == scene.expected)
    }

    @Test("addresses that expire are asked for anew")
    func expiring() async throws {
        let files = [("weights.bin", sampleBytes(4_000_000, seed: 3))]
        let (scene, server, _, _) = try await get(.init(redirectLife: 1), files: files)
        #expect(scene.found(in: scene.modelFolder) == scene.expected)
        #expect(server.requests.contains { $0.hasPrefix("http://cdn.test/") })
    }

    @Test("broken, refused and spoilt replies are repeated")
    func troubled() async throws {
        for manners in [TestServer.Manners(breaksEvery: 3), .init(refusals: 2), .init(spoilsEvery: 9)] {
            let (scene, _, _, _) = try await get(manners)
            #expect(scene.found(in: scene.modelFolder) == scene.expected)
        }
    }

    @Test("a server that sends wrong bytes is left")
    func liar() async throws {
        let scene = try GetScene(webSeeds: ["http://web.test/"])
        let server = TestServer(
            Dictionary(uniqueKeysWithValues: scene.contents.map { ("model/\($0.key)", $0.value) }),
            .init(spoilsEvery: 1))
        let observer = Warnings()
        let context = scene.context(FakeEngine(scene.network), transport: server)
        let download = Task { try await TorrentDownload(scene.order(), in: context, observer: observer).run() }
        try await eventually { observer.all.contains { $0.contains("wrong bytes") } }
        // What was under way when it was left.
        try await Task.sleep(for: .milliseconds(300))
        let asked = server.requests.count
        try await Task.sleep(for: .milliseconds(300))
        #expect(server.requests.count == asked)
        download.cancel()
        await #expect(throws: (any Error).self) { try await download.value }
        #expect(scene.found(in: scene.modelFolder).isEmpty)
        // What was right stays, and somebody honest brings the rest.
        let result = try await TorrentDownload(
            scene.order(from: [try await scene.seeder()]), in: scene.context(FakeEngine(scene.network)),
            observer: SilentObserver()
        ).run()
        #expect(scene.found(in: scene.modelFolder) == scene.expected && result.fromPeers > 0)
    }

    @Test("peer and web seed share the work")
    func together() async throws {
        let files = [("weights.bin", sampleBytes(6_000_000, seed: 3))]
        let (scene, _, result, _) = try await get(.init(), files: files, withPeer: true)
        #expect(scene.found(in: scene.modelFolder) == scene.expected)
        #expect(result.fromPeers > 0 && result.fromSources[.web] ?? 0 > 0)
        #expect(result.fromPeers + (result.fromSources[.web] ?? 0) < 9_000_000)
    }

    @Test("a silent server ends in an error that says so")
    func silent() async throws {
        let error = await #expect(throws: PublishError.self) {
            try await get(.init(isSilent: true), timeout: .seconds(3))
        }
        #expect(error?.code == .timedOut)
    }

    @Test("a mirror that lacks the manifest still serves, and the user is told")
    func withoutManifest() async throws {
        let missing: Set = ["model/\(ModelManifest.fileName)", "model/\(ManifestSignature.fileName)"]
        let (scene, _, result, warnings) = try await get(.init(missing: missing), patience: .milliseconds(300))
        var expected = scene.expected
        expected[ModelManifest.fileName] = nil
        expected[ManifestSignature.fileName] = nil
        #expect(result.proof == .pieces && scene.found(in: result.folder) == expected)
        #expect(warnings.contains { $0.contains("nobody has the manifest") })
    }

    @Test("what another model of this machine has is not fetched")
    func copies() async throws {
        let scene = try GetScene(webSeeds: ["http://web.test/"])
        let seeder = try await scene.seeder()
        _ = try await TorrentDownload(
            scene.order(from: [seeder]), in: scene.context(FakeEngine(scene.network)), observer: SilentObserver()
        ).run()
        // Another model with the same weights.
        var files = GetScene.usualFiles
        files[0].bytes = Array("{}".utf8)
        let other = try GetScene(files, key: scene.key) { manifest in
            manifest.name = RepoID("org/tuned")!
        }
        let second = try await other.seeder(piecesPerStep: 1)
        var context = other.context(FakeEngine(other.network))
        context.folder = scene.home
        let result = try await TorrentDownload(
            other.order(from: [second]), in: context, observer: SilentObserver()
        ).run()
        #expect(scene.found(in: scene.folder.path("home/models/org/tuned")) == other.expected)
        #expect(result.fromSources[.local] ?? 0 > 0 && result.fromPeers < 1_200_000)
    }

    @Test("a model that is here is copied to another folder, without anybody")
    func again() async throws {
        let scene = try GetScene()
        _ = try await TorrentDownload(
            scene.order(from: [try await scene.seeder()]), in: scene.context(FakeEngine(scene.network)),
            observer: SilentObserver()
        ).run()
        let folder = scene.folder.path("elsewhere")
        var order = scene.order()
        order.folder = folder
        order.timeout = .seconds(30)
        let result = try await TorrentDownload(
            order, in: scene.context(FakeEngine()), observer: SilentObserver()
        ).run()
        #expect(scene.found(in: folder) == scene.expected && result.proof == .signed)
        #expect(result.fromPeers == 0 && result.fromSources[.local] ?? 0 > 1_200_000)
    }

    @Test("addresses of files follow BEP 19")
    func addresses() throws {
        let file = SourceFile(index: 0, path: try TorrentPath("a b/c#.bin"), size: 1)
        func address(_ base: String, single: Bool) -> String {
            WebSeed(base, torrent: "my model", isSingleFile: single, transport: NoTransport()).address(of: file)
        }
        #expect(address("http://h/x/", single: false) == "http://h/x/my%20model/a%20b/c%23.bin")
        #expect(address("http://h/x", single: false) == "http://h/x/my%20model/a%20b/c%23.bin")
        #expect(address("http://h/x/", single: true) == "http://h/x/my%20model")
        #expect(address("http://h/x.bin?sig=1", single: true) == "http://h/x.bin?sig=1")
    }
}
