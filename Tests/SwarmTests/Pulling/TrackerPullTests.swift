import Logging
import NIOHTTP1
import SwarmWire
import Synchronization
import TestSupport
import Testing
import Transfer
import Xet

@testable import Swarm

/// Pulls that find their peers through a tracker, which does not always know somebody.
@Suite(.serialized, .timeLimit(.minutes(1))) struct TrackerPullTests {
    private static let file = MemoryFile(count: 6_000_000, seed: 8)

    /// An address at which nobody listens.
    private static let nobody = PeerAddress(host: "127.0.0.1", port: 1)

    private static func tracker(_ tracker: TestTracker) throws -> TrackerDiscovery {
        TrackerDiscovery(
            [try TrackerURL("http://127.0.0.1:6969")], identity: NodeIdentity(addresses: []), transport: tracker,
            logger: PullScene.logger)
    }

    @Test func whoAsksTheTrackerBeforeTheSeederDoesMeetsItSoon() async throws {
        try await withFixture { fixture in
            let scene = PullScene(fixture, FileCAS(Self.file))
            try await withPeers([MemoryLibrary(Self.file)]) { addresses, _ in
                let asked = Atomic(0)
                let tracker = TestTracker { _ in
                    let number = asked.wrappingAdd(1, ordering: .relaxed).newValue
                    var reply = AnnounceReply(interval: 120)
                    reply.minimumInterval = 30
                    reply.batchSize = 100
                    // First nobody, then somebody who has nothing and is not even there.
                    let known = number < 2 ? [] : number < 3 ? [Self.nobody] : addresses
                    reply.peers = CompactPeers(known)
                    return (200, [:], reply.encoded())
                }
                let discovery = try Self.tracker(tracker)
                let time = try await SwarmPeers.with([], discoveries: [discovery]) {
                    $0.isExclusive = true
                } _: { peers in
                    try await ContinuousClock().measure { _ = try await scene.pull(from: peers) }
                }
                // One second, and two, and what the bytes take.
                #expect(time > .seconds(2) && time < .seconds(20))
                #expect(asked.load(ordering: .relaxed) <= 5)
            }
            #expect(try scene.isRight)
        }
    }

    private static var xorb: XorbHash { XorbHash(of: file.manifest.chunks) }

    /// Peers of zest's kind announce xorbs: those that seed under ids of their own.
    @Test(arguments: [true, false]) func whoAnnouncesXorbsIsFoundByThem(isSeed: Bool) async throws {
        try await withFixture { fixture in
            let scene = PullScene(fixture, FileCAS(Self.file, parts: 6), originRate: 500_000)
            try await FakeZest.with(Self.file, .whole) { peers, addresses in
                let id = isSeed ? SwarmID.zestSeed(Self.xorb) : .zest(Self.xorb)
                let tracker = TestTracker.knowing([id: addresses])
                let statistics = try await SwarmPeers.with(
                    [], discoveries: [try Self.tracker(tracker)], xorbTrackers: try Self.tracker(tracker)
                ) {
                    try await scene.pull(from: $0)
                }
                // The hub alone would take twelve seconds.
                #expect(statistics.peerBytes > 2_000_000)
                #expect(peers[0].asked.withLock { !$0.isEmpty })
                let (joined, left) = tracker.swarms
                #expect(joined == [.zest(Self.xorb), .zestSeed(Self.xorb), .file(Self.file.hash)])
                #expect(left == joined)
            }
            #expect(try scene.isRight)
        }
    }

    /// Also where peers are the only source, and as long as nobody is there it is waited for others as well.
    @Test func xorbsAreEnoughWithoutTheHubsBytes() async throws {
        try await withFixture { fixture in
            let scene = PullScene(fixture, FileCAS(Self.file, parts: 3))
            try await FakeZest.with(Self.file, .whole) { _, addresses in
                let tracker = TestTracker.knowing([.zestSeed(Self.xorb): addresses])
                let statistics = try await SwarmPeers.with(
                    [], discoveries: [try Self.tracker(tracker)], xorbTrackers: try Self.tracker(tracker)
                ) {
                    $0.isExclusive = true
                } _: {
                    try await scene.pull(from: $0)
                }
                #expect(statistics.peerBytes >= 6_000_000 && statistics.networkBytes == statistics.peerBytes)
            }
            #expect(try scene.isRight)
            #expect(scene.cas.requests.withLock { $0["data"] } == nil)
        }
    }

    /// Without a manifest nothing that they send could be checked.
    @Test(arguments: [true, false]) func xorbsAreNotLookedForWhereNothingCouldBeChecked(isPrivate: Bool) async throws {
        try await withFixture { fixture in
            let scene = PullScene(
                fixture, FileCAS(Self.file, servesManifests: isPrivate), originRate: isPrivate ? 1_500_000 : nil)
            let tracker = TestTracker.knowing([:])
            let secret = try #require(SwarmSecret([UInt8](repeating: 5, count: 32)))
            try await SwarmPeers.with(
                [], discoveries: [try Self.tracker(tracker)], xorbTrackers: try Self.tracker(tracker)
            ) {
                $0.isExclusive = !isPrivate
                $0.secret = secret
                $0.patience = .seconds(5)
            } _: { peers in
                if isPrivate {
                    _ = try await scene.pull(from: peers.forPrivateFiles)
                    #expect(try scene.isRight)
                } else {
                    let error = await #expect(throws: TransferError.self) { _ = try await scene.pull(from: peers) }
                    #expect(error?.code == .noPeers && error?.message == "no peer has come within 5 seconds")
                }
            }
            let id = isPrivate ? SwarmID.file(Self.file.hash, secret: secret) : .file(Self.file.hash)
            #expect(tracker.swarms.joined == [id])
        }
    }

    @Test func peersOnlyGivesUpWhenNobodyComes() async throws {
        try await withFixture { fixture in
            let scene = PullScene(fixture, FileCAS(Self.file))
            #expect(SwarmPeers.Settings().patience == .seconds(20))
            let tracker = TestTracker.working([])
            let discovery = try Self.tracker(tracker)
            let start = ContinuousClock.now
            let error = await #expect(throws: TransferError.self) {
                try await SwarmPeers.with([], discoveries: [discovery]) {
                    $0.isExclusive = true
                    $0.patience = .seconds(4)
                } _: {
                    _ = try await scene.pull(from: $0)
                }
            }
            let time = start.duration(to: .now)
            #expect(time > .seconds(4) && time < .seconds(18))
            #expect(error?.code == .noPeers && error?.message == "no peer has come within 4 seconds")
            #expect(error?.hint?.contains("SHOAL_P2P_WAIT") == true)
            // At once, after one second and after two more; and goodbye.
            #expect((3...5).contains(tracker.all.count), "\(tracker.all.count)")
        }
    }
}
