import SwarmWire
import Synchronization
import TestSupport
import Testing
import Transfer
import Xet

@testable import Swarm

/// Pulls of files that may go to this network alone.
@Suite(.serialized, .timeLimit(.minutes(1))) struct LocalPullTests {
    private static let file = MemoryFile(count: 12_000_000, seed: 21)

    private final class Table: DistributedTable {
        let uses = Atomic(0)

        func lookUp(_ swarm: SwarmID) -> AsyncStream<[PeerAddress]> {
            uses.wrappingAdd(1, ordering: .relaxed)
            return AsyncStream { $0.finish() }
        }

        func announce(_ swarm: SwarmID, port: UInt16) async { uses.wrappingAdd(1, ordering: .relaxed) }
    }

    @Test("neither trackers nor the table hear of it, and whoever is far away gets nothing meanwhile")
    func staysHere() async throws {
        try await withFixture { fixture in
            let scene = PullScene(fixture, FileCAS(Self.file), limit: 6_000_000)
            let (tracker, table) = (TestTracker.working([]), Table())
            let discoveries: [any PeerDiscovery] = [
                TrackerDiscovery(
                    [try TrackerURL("http://tracker.test:6969")], identity: NodeIdentity(addresses: []),
                    transport: tracker, logger: PullScene.logger),
                DistributedDiscovery(table),
            ]
            let library = LocalSeedLibrary(shelf: nil)
            try await withPeers([MemoryLibrary(Self.file)]) { addresses, _ in
                let node = try PeerNode(library: library, logger: PullScene.logger)
                let listener = try await node.listen(host: "127.0.0.1", port: 0)
                let statistics = try await SwarmPeers.with(
                    addresses, discoveries: discoveries, library: library, node: node, listener: listener
                ) { peers in
                    let near = try #require(peers.giving(to: .neighbours))
                    async let pull = scene.pull(from: near)
                    try await eventually { await library.holding(of: Self.file.hash, for: .neighbours) != nil }
                    #expect(await library.holding(of: Self.file.hash, for: .everybody) == nil)
                    return try await pull
                }
                // Peers on this network are asked all the same.
                #expect(statistics.peerBytes > 0)
                await listener.close()
            }
            #expect(try scene.isRight)
            #expect(tracker.all.isEmpty && table.uses.load(ordering: .relaxed) == 0)
        }
    }

    @Test("far peers do not hear that somebody looks for it, and xorbs are not looked for")
    func reach() async throws {
        let tracker = TestTracker.working([])
        let trackers = TrackerDiscovery(
            [try TrackerURL("http://tracker.test:6969")], identity: NodeIdentity(addresses: []), transport: tracker,
            logger: PullScene.logger)
        try await SwarmPeers.with([], xorbTrackers: trackers) { peers in
            let (far, near) = (
                try #require(PeerAddress("8.8.8.8:6881")), try #require(PeerAddress("192.168.1.7:6881"))
            )
            let local = peers.join(FileKey(Self.file.hash), .neighbours)
            #expect(local.reaches(near) && !local.reaches(far) && !local.canSearchXorbs)
            let open = peers.join(FileKey(Self.file.hash), .everybody)
            #expect(open.reaches(near) && open.reaches(far) && open.canSearchXorbs)
            await local.leave()
            await open.leave()
        }
    }

    @Test("what goes to nobody is asked of nobody")
    func nobody() async throws {
        try await SwarmPeers.with([]) { peers in
            #expect(peers.giving(to: .nobody) == nil)
            // There is no secret.
            #expect(peers.giving(to: .secretHolders) == nil)
            #expect(peers.giving(to: .everybody) is SwarmPeers)
        }
    }
}
