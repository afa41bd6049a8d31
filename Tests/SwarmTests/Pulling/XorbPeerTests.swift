import NIOCore
import SwarmWire
import Synchronization
import TestSupport
import Testing
import Transfer
import Xet

@testable import Swarm

/// Pulls from peers of zest's kind, which know xorbs and no files.
@Suite(.serialized, .timeLimit(.minutes(2))) struct XorbPeerTests {
    private static let file = MemoryFile(count: 24_000_000, seed: 6)

    /// Peers alone bring all of the file; the hub tells only what it is made of.
    @Test(arguments: [(FakeZest.Manner.whole, 1), (.whole, 5), (.parts, 1), (.parts, 5)])
    func xorbsAndPartsOfThemMakeAFile(manner: FakeZest.Manner, parts: Int) async throws {
        try await withFixture { fixture in
            let scene = PullScene(fixture, FileCAS(Self.file, parts: parts))
            try await FakeZest.with(Self.file, manner) { peers, addresses in
                let statistics = try await SwarmPeers.with(addresses) {
                    $0.isExclusive = true
                } _: {
                    try await scene.pull(from: $0)
                }
                #expect(statistics.peerBytes >= 24_000_000 && statistics.networkBytes == statistics.peerBytes)
                #expect(statistics.trust == .manifest)
                // Exactly the hub's ranges, and where all has come with the first none is asked for again.
                let ranges = Set(scene.cas.ranges.map { UInt32($0.lowerBound)..<UInt32($0.upperBound) })
                let asked = peers[0].asked.withLock { $0 }
                #expect(asked.count == (manner == .whole ? 1 : parts) && ranges.isSuperset(of: asked))
            }
            #expect(try scene.isRight)
            #expect(scene.cas.requests.withLock { $0["data"] } == nil)
        }
    }

    @Test func severalPeersShareTheParts() async throws {
        try await withFixture { fixture in
            let scene = PullScene(fixture, FileCAS(Self.file, parts: 12))
            try await FakeZest.with(Self.file, .parts, .missing, .parts) { peers, addresses in
                _ = try await SwarmPeers.with(addresses) {
                    $0.isExclusive = true
                } _: {
                    try await scene.pull(from: $0)
                }
                for peer in peers { #expect(peer.asked.withLock { !$0.isEmpty }) }
                #expect(peers[0].asked.withLock { $0.count } + peers[2].asked.withLock { $0.count } <= 14)
            }
            #expect(try scene.isRight)
        }
    }

    @Test func whatOnePeerHasNotAnotherBrings() async throws {
        try await withFixture { fixture in
            let scene = PullScene(fixture, FileCAS(Self.file, parts: 3))
            try await withPeers([MemoryLibrary(Self.file)]) { others, _ in
                try await FakeZest.with(Self.file, .half) { _, addresses in
                    let statistics = try await SwarmPeers.with(addresses + others) {
                        $0.isExclusive = true
                    } _: {
                        try await scene.pull(from: $0)
                    }
                    #expect(statistics.peerBytes >= 24_000_000)
                }
            }
            #expect(try scene.isRight)
        }
    }

    @Test func aSlowHubIsHelped() async throws {
        try await withFixture { fixture in
            let scene = PullScene(fixture, FileCAS(Self.file, parts: 8), originRate: 2_000_000)
            let time = try await FakeZest.with(Self.file, .parts) { _, addresses in
                try await SwarmPeers.with(addresses) { peers in
                    try await ContinuousClock().measure {
                        let statistics = try await scene.pull(from: peers)
                        #expect(statistics.peerBytes > 12_000_000)
                    }
                }
            }
            #expect(try scene.isRight)
            // Alone the hub would take twelve seconds.
            #expect(time < .seconds(11))
        }
    }

    /// Whatever it does, it costs less than three seconds, and the file is right.
    @Test(arguments: FakeZest.Manner.allCases, [1, 6])
    func noPeerCostsMuch(manner: FakeZest.Manner, parts: Int) async throws {
        try await withFixture { fixture in
            let scene = PullScene(fixture, FileCAS(Self.file, parts: parts), originRate: 12_000_000)
            let time = try await FakeZest.with(Self.file, manner) { peers, addresses in
                let time = try await SwarmPeers.with(addresses) { pulling in
                    try await ContinuousClock().measure { _ = try await scene.pull(from: pulling) }
                }
                // A liar is not asked again.
                if [.lying, .garbage, .truncated, .elsewhere, .unasked, .leaving].contains(manner) {
                    #expect(peers[0].asked.withLock { $0.count } <= 2)
                }
                return time
            }
            #expect(try scene.isRight)
            // The hub alone takes two; a slow machine may take longer.
            #expect(time < .seconds(9), "\(manner)")
        }
    }

    @Test(arguments: [FakeZest.Manner.lying, .garbage, .missing, .silent, .half])
    func whoBringsNothingRightIsNoSource(manner: FakeZest.Manner) async throws {
        try await withFixture { fixture in
            let scene = PullScene(fixture, FileCAS(Self.file))
            let error = await #expect(throws: TransferError.self) {
                try await FakeZest.with(Self.file, manner) { _, addresses in
                    try await SwarmPeers.with(addresses) {
                        $0.isExclusive = true
                        $0.patience = .seconds(3)
                    } _: {
                        _ = try await scene.pull(from: $0)
                    }
                }
            }
            #expect(error?.code == .noPeers && error?.hint != nil)
            // What was right is kept, and no more.
            let statistics = try await scene.pull(from: nil)
            #expect(manner == .half ? statistics.resumedBytes > 8_000_000 : statistics.resumedBytes == 0)
            #expect(try scene.isRight)
        }
    }

    /// Nothing of it can be checked before all of it is there, but something comes.
    @Test func aSlowPeerIsWaitedForWhereThereIsNobodyElse() async throws {
        try await withFixture { fixture in
            let file = MemoryFile(count: 1_200_000, seed: 7)
            let scene = PullScene(fixture, FileCAS(file))
            let time = try await FakeZest.with(file, .trickling) { _, addresses in
                try await SwarmPeers.with(addresses) {
                    $0.isExclusive = true
                    $0.patience = .seconds(2)
                } _: { peers in
                    try await ContinuousClock().measure { _ = try await scene.pull(from: peers) }
                }
            }
            #expect(try scene.isRight)
            #expect(time > .seconds(4))
        }
    }

    @Test func whatCannotBeCheckedIsNotTaken() async throws {
        try await withFixture { fixture in
            let scene = PullScene(fixture, FileCAS(Self.file, servesManifests: false))
            try await FakeZest.with(Self.file, .whole) { peers, addresses in
                let error = await #expect(throws: TransferError.self) {
                    try await SwarmPeers.with(addresses) {
                        $0.isExclusive = true
                    } _: {
                        _ = try await scene.pull(from: $0)
                    }
                }
                #expect(error?.code == .noPeers)
                let statistics = try await SwarmPeers.with(addresses) { try await scene.pull(from: $0) }
                #expect(statistics.peerBytes == 0)
                #expect(peers[0].asked.withLock { $0.isEmpty })
            }
            #expect(try scene.isRight)
        }
    }

    @Test func ofPrivateFilesTheyLearnNothing() async throws {
        let secret = try #require(SwarmSecret([UInt8](repeating: 1, count: 32)))
        try await FakeZest.with(Self.file, .whole) { peers, addresses in
            try await SwarmPeers.with(addresses) { pulling in
                let open = pulling.join(FileKey(Self.file.hash), .everybody)
                try await eventually { open.memberCount > 0 }
                #expect(open.xorbPeers.areHere)
                let hidden = pulling.join(FileKey(Self.file.hash, secret: secret), .secretHolders)
                try await Task.sleep(for: .milliseconds(100))
                #expect(hidden.memberCount == 0)
                await open.leave()
                await hidden.leave()
            }
        }
    }
}
