import HubWire
import Publish
import PublishWire
import Synchronization
import Testing
import Torrents
import Transfer
import Transport
import Xet

@Suite struct SwarmCopyTests {
    private static let weights: [(path: String, bytes: [UInt8])] = [("weights.bin", sampleBytes(6_000_000, seed: 12))]

    private final class Warnings: TransferObserver {
        private struct State {
            var lines: [String] = []
            var fromPeers: UInt64 = 0
        }

        private let state = Mutex(State())
        var all: [String] { state.withLock { $0.lines } }
        var fromPeers: UInt64 { state.withLock { $0.fromPeers } }
        func began(_ item: TransferItem) {}
        func advanced(_ name: String, bytes: UInt64) {}
        func travelled(_ bytes: UInt64) {}
        func travelledFromPeers(_ bytes: UInt64) { state.withLock { $0.fromPeers += bytes } }
        func finished(_ name: String, outcome: TransferOutcome) {}
        func warned(_ message: String) { state.withLock { $0.lines.append(message) } }
    }

    /// A model whose manifest names the Xet hashes of its files.
    private func scene(_ files: [(path: String, bytes: [UInt8])], webSeeds: [String] = []) throws -> GetScene {
        try GetScene(files, webSeeds: webSeeds) { manifest in
            for index in manifest.files.indices {
                let bytes = files.first { $0.path == manifest.files[index].path.description }?.bytes ?? []
                if !bytes.isEmpty { manifest.files[index].xetHash = "\(FakeSwarm.hash(bytes))" }
            }
        }
    }

    /// Gets a model from a slow peer and a swarm.
    private func get(
        _ swarm: FakeSwarm, _ files: [(path: String, bytes: [UInt8])] = SwarmCopyTests.weights,
        piecesPerStep: Int = 1, observer: any TransferObserver = SilentObserver(),
        _ change: (inout GetOrder) -> Void = { _ in }
    ) async throws -> GetResult {
        let scene = try scene(files)
        var context = scene.context(FakeEngine(scene.network, piecesPerStep: piecesPerStep))
        context.swarm = swarm.opening
        var order = scene.order(from: [try await scene.seeder()])
        change(&order)
        let result = try await TorrentDownload(order, in: context, observer: observer).run()
        #expect(scene.found(in: scene.modelFolder) == scene.expected)
        // Whoever enters a swarm leaves it.
        let record = swarm.record
        #expect(record.entered.sorted() == record.left.sorted())
        return result
    }

    @Test("files that nobody else has come from the swarm by the hashes that the manifest names")
    func alone() async throws {
        let files = GetScene.usualFiles
        let scene = try scene(files, webSeeds: ["http://web.test/"])
        // A server with all but the large files.
        let server = TestServer(
            Dictionary(uniqueKeysWithValues: scene.contents.map { ("model/\($0.key)", $0.value) }),
            .init(missing: ["model/model.safetensors", "model/onnx/model.onnx"]))
        let swarm = FakeSwarm(files.map(\.bytes))
        let observer = Warnings()
        var context = scene.context(FakeEngine(scene.network), transport: server)
        context.swarm = swarm.opening
        let result = try await TorrentDownload(scene.order(), in: context, observer: observer).run()
        #expect(scene.found(in: scene.modelFolder) == scene.expected && result.proof == .signed)
        let received = result.fromSources[.swarm] ?? 0
        #expect(received >= 1_200_001 && received < 1_300_000)
        #expect(observer.fromPeers == UInt64(received) && result.fromPeers == 0)
    }

    @Test("peers and a swarm that has a part share the work")
    func together() async throws {
        let swarm = FakeSwarm(Self.weights.map(\.bytes), .init(held: 0..<3_000_000))
        let result = try await get(swarm)
        let received = result.fromSources[.swarm] ?? 0
        #expect(received > 0 && received <= 3_000_000 && result.fromPeers > 0)
    }

    @Test("a swarm in which nobody answers is asked for nothing")
    func nobody() async throws {
        let swarm = FakeSwarm(Self.weights.map(\.bytes), .init(isEmpty: true))
        let observer = Warnings()
        let result = try await get(swarm, piecesPerStep: 8, observer: observer)
        #expect(result.fromSources[.swarm] ?? 0 == 0 && swarm.record.readings == 0)
        #expect(swarm.record.entered == ["weights.bin"])
        #expect(!observer.all.contains { $0.contains("swarm") })
    }

    @Test("a swarm whose bytes are not the torrent's is left")
    func liars() async throws {
        // After the first wrong bytes it rests for half a second.
        let files = [("weights.bin", sampleBytes(20_000_000, seed: 13))]
        let swarm = FakeSwarm(files.map(\.1), .init(isSpoilt: true))
        let observer = Warnings()
        _ = try await get(swarm, files, observer: observer)
        #expect(observer.all.contains { $0.contains("the Xet swarm") && $0.contains("wrong bytes") })
    }

    @Test("what not everybody may know of is asked of private swarms alone, and not at all where it is given on")
    func privacy() async throws {
        func openings(_ change: (inout GetOrder) -> Void) async throws -> [(names: [String], isPublic: Bool)] {
            let swarm = FakeSwarm(Self.weights.map(\.bytes))
            _ = try await get(swarm, piecesPerStep: 8, change)
            return swarm.record.openings
        }
        let usual = try await openings { _ in }
        #expect(usual.map(\.isPublic) == [true] && usual.first?.names.contains("org/model") == true)
        #expect(try await openings { ($0.isPublic, $0.seeds) = (false, false) }.map(\.isPublic) == [false])
        #expect(try await openings { ($0.isPublic, $0.seeds) = (false, true) }.isEmpty)
    }

    @Test("some swarms are entered at a time, the largest files' first, and others when those files are here")
    func crowd() async throws {
        let swarm = FakeSwarm([])
        var requests: [Int: XetFileRequest] = [:]
        for place in 0..<40 {
            requests[place] = XetFileRequest(hash: .zero, size: UInt64(1_000 + place), name: "\(place)")
        }
        let copy = SwarmCopy(requests, entering: { swarm.enter($0) })
        #expect(swarm.record.entered == (24..<40).reversed().map(String.init))
        #expect(!copy.isReady)
        await copy.update(missing: Set(0..<38))
        #expect(Set(swarm.record.left) == ["38", "39"] && swarm.record.entered.suffix(2) == ["23", "22"])
        await copy.leave()
        #expect(swarm.record.left.count == 18)
        await copy.update(missing: [0, 1])
        #expect(swarm.record.entered.count == 18)
    }
}
