import HostilePeers
import Logging
import NIOCore
import SwarmWire
import Synchronization
import TestSupport
import Testing
import Transfer
import Transport
import Xet
import XetClient

@testable import Swarm

/// Pulls with real connections between peers in this process.
@Suite(.serialized) struct SwarmPullTests {
    private static let file = MemoryFile(count: 24_000_000, seed: 5)

    /// An address at which nobody listens.
    private static let nobody = PeerAddress(host: "127.0.0.1", port: 1)

    @Test func peersAloneBringAFileAndItsManifest() async throws {
        try await withFixture { fixture in
            let scene = PullScene(fixture, FileCAS(Self.file))
            try await withPeers([MemoryLibrary(Self.file), MemoryLibrary(Self.file)]) { addresses, _ in
                let statistics = try await SwarmPeers.with(addresses) {
                    $0.isExclusive = true
                } _: {
                    try await scene.pull(from: $0)
                }
                #expect(statistics.peerBytes >= 24_000_000)
                #expect(statistics.networkBytes == statistics.peerBytes)
                #expect(statistics.trust == .manifest)
            }
            #expect(try scene.isRight)
            #expect(scene.cas.requests.withLock { $0.isEmpty })
        }
    }

    @Test func peersKeepToTheLimitOfWhatMayCome() async throws {
        try await withFixture { fixture in
            let scene = PullScene(fixture, FileCAS(Self.file), limit: 8_000_000)
            let time = try await withPeers([MemoryLibrary(Self.file)]) { addresses, _ in
                try await SwarmPeers.with(addresses) {
                    $0.isExclusive = true
                } _: { peers in
                    try await ContinuousClock().measure { _ = try await scene.pull(from: peers) }
                }
            }
            #expect(try scene.isRight)
            #expect(time > .seconds(2.5) && time < .seconds(8))
        }
    }

    @Test func aSlowHubAndAPeerShareTheWork() async throws {
        try await withFixture { fixture in
            let scene = PullScene(fixture, FileCAS(Self.file), originRate: 2_000_000)
            let time = try await withPeers([MemoryLibrary(Self.file)]) { addresses, _ in
                try await SwarmPeers.with(addresses) { peers in
                    try await ContinuousClock().measure {
                        let statistics = try await scene.pull(from: peers)
                        #expect(statistics.peerBytes > 12_000_000)
                    }
                }
            }
            #expect(try scene.isRight)
            // Alone the hub would take twelve seconds.
            #expect(time < .seconds(6))
        }
    }

    @Test func aPeersManifestMakesAnOriginOfTermsVerifiable() async throws {
        try await withFixture { fixture in
            let scene = PullScene(fixture, FileCAS(Self.file, servesManifests: false), originRate: 4_000_000)
            try await withPeers([MemoryLibrary(Self.file)]) { addresses, _ in
                let statistics = try await SwarmPeers.with(addresses) { try await scene.pull(from: $0) }
                #expect(statistics.trust == .manifest)
                #expect(statistics.peerBytes > 0)
            }
            #expect(try scene.isRight)
        }
    }

    /// The same, in eight xorbs.
    private static let xorbs = MemoryFile(count: 24_000_000, seed: 5, xorbChunks: 46)

    @Test func listsOfXorbsStandInForAManifest() async throws {
        try await withFixture { fixture in
            let scene = PullScene(fixture, FileCAS(Self.xorbs, servesManifests: false), originRate: 2_000_000)
            let library = MemoryLibrary(Self.xorbs)
            library.state.withLock { $0.hasManifests = false }
            try await withPeers([library]) { addresses, _ in
                let statistics = try await SwarmPeers.with(addresses) { try await scene.pull(from: $0) }
                #expect(statistics.trust == .manifest)
                #expect(statistics.peerBytes > 12_000_000)
            }
            #expect(try scene.isRight)
        }
    }

    @Test func aWrongListIsALie() async throws {
        try await withFixture { fixture in
            let scene = PullScene(fixture, FileCAS(Self.xorbs, servesManifests: false), originRate: 8_000_000)
            let library = MemoryLibrary(Self.xorbs)
            library.state.withLock { ($0.hasManifests, $0.spoilsLists) = (false, true) }
            try await withPeers([library]) { addresses, _ in
                let node = try PeerNode(library: LocalSeedLibrary(shelf: nil), logger: PullScene.logger)
                let statistics = try await SwarmPeers.with(addresses, node: node) { try await scene.pull(from: $0) }
                #expect(statistics.peerBytes == 0)
                // It is known again.
                await #expect(throws: (any Error).self) { _ = try await node.connect(to: addresses[0]) }
            }
            #expect(try scene.isRight)
        }
    }

    @Test func aPeerThatTellsNoListsCostsLittle() async throws {
        try await withFixture { fixture in
            let scene = PullScene(fixture, FileCAS(Self.xorbs, servesManifests: false), originRate: 8_000_000)
            let library = MemoryLibrary(Self.xorbs)
            library.state.withLock { ($0.hasManifests, $0.delay) = (false, .seconds(60)) }
            try await withPeers([library]) { addresses, _ in
                try await SwarmPeers.with(addresses) { peers in
                    let time = try await ContinuousClock().measure {
                        let statistics = try await scene.pull(from: peers)
                        #expect(statistics.peerBytes == 0)
                    }
                    // Alone the hub takes three seconds.
                    #expect(time < .seconds(25))
                }
            }
            #expect(try scene.isRight)
        }
    }

    /// The terms of the file are parts of xorbs that have more: nobody can prove them, and nobody waits for others.
    @Test func partsOfXorbsComeFromTheHub() async throws {
        try await withFixture { fixture in
            let cas = FileCAS(Self.xorbs, servesManifests: false, unseenChunks: 3)
            let time = try await ContinuousClock().measure {
                let shares = try await Self.pullTogether(2, fixture, cas, rate: 12_000_000)
                #expect(shares.allSatisfy { $0.peerBytes == 0 })
            }
            // Two copies take four seconds.
            #expect(time < .seconds(20))
        }
    }

    @Test func nodesThatBeginTogetherShareOutWhatTheHubHasNoManifestOf() async throws {
        try await withFixture { fixture in
            let cas = FileCAS(Self.xorbs, servesManifests: false)
            let shares = try await Self.pullTogether(4, fixture, cas, rate: 6_000_000)
            #expect(shares.allSatisfy { $0.trust == .manifest })
            let fromHub = shares.reduce(0) { $0 + $1.networkBytes - $1.peerBytes }
            #expect(Double(fromHub) / 24_000_000 < 2)
        }
    }

    @Test func withoutAnyManifestTheHubBringsTheFileAlone() async throws {
        try await withFixture { fixture in
            let scene = PullScene(fixture, FileCAS(Self.file, servesManifests: false))
            let statistics = try await SwarmPeers.with([Self.nobody]) { try await scene.pull(from: $0) }
            #expect(statistics.trust == .xorb || statistics.trust == .provisional)
            #expect(statistics.peerBytes == 0)
            #expect(try scene.isRight)
        }
    }

    @Test func wrongBytesNeverReachTheFileAndTheLiarIsBanned() async throws {
        try await withFixture { fixture in
            let scene = PullScene(fixture, FileCAS(Self.file), originRate: 8_000_000)
            let liars = (0..<2).map { _ in LyingLibrary(MemoryLibrary(Self.file)) }
            try await withPeers(liars + [MemoryLibrary(Self.file)]) { addresses, _ in
                _ = try await SwarmPeers.with(addresses) { try await scene.pull(from: $0) }
            }
            #expect(try scene.isRight)
            for liar in liars {
                // The window of its first moments, and no more.
                #expect(liar.honest.state.withLock { $0.reads } <= 4)
            }
        }
    }

    @Test func liarsAloneAreNoSource() async throws {
        try await withFixture { fixture in
            let scene = PullScene(fixture, FileCAS(Self.file))
            await #expect(throws: TransferError.self) {
                let honest = MemoryLibrary(Self.file)
                try await withPeers([LyingLibrary(honest), LyingLibrary(honest, liesAboutManifests: true)]) {
                    addresses, _ in
                    try await SwarmPeers.with(addresses) {
                        $0.isExclusive = true
                        $0.patience = .seconds(3)
                    } _: {
                        _ = try await scene.pull(from: $0)
                    }
                }
            }
        }
    }

    @Test func aSilentPeerCostsLessThanThreeSeconds() async throws {
        try await withFixture { fixture in
            let scene = PullScene(fixture, FileCAS(Self.file), originRate: 12_000_000)
            let silent = MemoryLibrary(Self.file)
            silent.state.withLock { $0.delay = .seconds(3600) }
            let time = try await withPeers([silent]) { addresses, _ in
                try await SwarmPeers.with(addresses) { peers in
                    try await ContinuousClock().measure { _ = try await scene.pull(from: peers) }
                }
            }
            #expect(try scene.isRight)
            // The hub alone takes two.
            #expect(time < .seconds(5))
        }
    }

    @Test func aPeerThatVanishesIsDoneWithout() async throws {
        try await withFixture { fixture in
            let scene = PullScene(fixture, FileCAS(Self.file), originRate: 6_000_000)
            let slow = MemoryLibrary(Self.file)
            slow.state.withLock { $0.delay = .milliseconds(100) }
            try await withPeers([slow]) { addresses, listeners in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask {
                        try await Task.sleep(for: .milliseconds(700))
                        await listeners[0].close()
                    }
                    _ = try await SwarmPeers.with(addresses) { try await scene.pull(from: $0) }
                    try await group.waitForAll()
                }
            }
            #expect(try scene.isRight)
        }
    }

    @Test func peersOnlyWithNobodySaysSoAtOnce() async throws {
        try await withFixture { fixture in
            let scene = PullScene(fixture, FileCAS(Self.file))
            let start = ContinuousClock.now
            let error = await #expect(throws: TransferError.self) {
                try await SwarmPeers.with([Self.nobody]) {
                    $0.isExclusive = true
                } _: {
                    _ = try await scene.pull(from: $0)
                }
            }
            #expect(error?.code == .noPeers)
            #expect(error?.hint != nil)
            #expect(start.duration(to: .now) < .seconds(5))
            #expect(scene.cas.requests.withLock { $0.isEmpty })
        }
    }

    @Test func peersThatHaveOnlyAPartAreNotEnough() async throws {
        try await withFixture { fixture in
            let scene = PullScene(fixture, FileCAS(Self.file))
            let half = MemoryLibrary()
            half.add(Self.file, ranges: ChunkRanges(0..<Self.file.chunkCount / 2))
            let error = await #expect(throws: TransferError.self) {
                try await withPeers([half]) { addresses, _ in
                    try await SwarmPeers.with(addresses) {
                        $0.isExclusive = true
                        $0.patience = .seconds(2)
                    } _: {
                        _ = try await scene.pull(from: $0)
                    }
                }
            }
            #expect(error?.code == .noPeers)
            // What came is kept for the next run, which the hub completes.
            let statistics = try await scene.pull(from: nil)
            #expect(statistics.resumedBytes > 8_000_000)
            #expect(try scene.isRight)
        }
    }

    @Test func peersThatDoNotAnswerDelayNothing() async throws {
        try await withFixture { fixture in
            let (first, second) = (FileCAS(Self.file), FileCAS(Self.file))
            let (with, without) = (
                PullScene(fixture, first, name: "with", originRate: 12_000_000),
                PullScene(fixture, second, name: "without", originRate: 12_000_000)
            )
            let clock = ContinuousClock()
            let plain = try await clock.measure { _ = try await without.pull(from: nil) }
            let time = try await SwarmPeers.with([Self.nobody]) { peers in
                try await clock.measure { _ = try await with.pull(from: peers) }
            }
            #expect(time < plain * 1.2 + .milliseconds(100))
            #expect(try with.isRight)
            #expect(first.sentBytes.load(ordering: .relaxed) == second.sentBytes.load(ordering: .relaxed))
        }
    }

    @Test func aCancelledPullEndsSoonAndKeepsWhatCame() async throws {
        try await withFixture { fixture in
            let scene = PullScene(fixture, FileCAS(Self.file), originRate: 4_000_000)
            let slow = MemoryLibrary(Self.file)
            slow.state.withLock { $0.delay = .milliseconds(200) }
            let time = try await withPeers([slow]) { addresses, _ in
                try await SwarmPeers.with(addresses) { peers in
                    let pull = Task { try await scene.pull(from: peers) }
                    try await Task.sleep(for: .seconds(1.5))
                    return await ContinuousClock().measure {
                        pull.cancel()
                        await #expect(throws: CancellationError.self) { _ = try await pull.value }
                    }
                }
            }
            #expect(time < .seconds(1))
            let statistics = try await scene.pull(from: nil)
            #expect(statistics.resumedBytes > 1_000_000)
            #expect(try scene.isRight)
        }
    }

    @Test func nodesThatBeginTogetherGiveEachOtherWhatTheyGet() async throws {
        try await withFixture { fixture in
            let shares = try await Self.pullTogether(4, fixture, FileCAS(Self.file), rate: 6_000_000)
            let fromHub = shares.reduce(0) { $0 + $1.networkBytes - $1.peerBytes }
            // What came, not what was asked for: each begins alone, and asks for all of it.
            #expect(Double(fromHub) / 24_000_000 < 2)
        }
    }

    /// Pulls on several nodes at once that know each other; each must end with the right file.
    /// - Parameter rate: bytes per second that the hub sends to all of them.
    private static func pullTogether(
        _ nodes: Int, _ fixture: Fixture, _ cas: FileCAS, rate: Int
    ) async throws -> [PullStatistics] {
        let transport = LimitedTransport(cas, download: BandwidthLimit(bytesPerSecond: rate), upload: nil)
        let libraries = (0..<nodes).map { _ in LocalSeedLibrary(shelf: nil) }
        let peerNodes = try libraries.map { try PeerNode(library: $0, logger: PullScene.logger) }
        var listeners: [PeerListener] = []
        for node in peerNodes { listeners.append(try await node.listen(host: "127.0.0.1", port: 0)) }
        let addresses = listeners.map { PeerAddress(host: "127.0.0.1", port: $0.address.port) }
        let all = listeners
        let shares = try await withThrowingTaskGroup(of: PullStatistics.self) { group in
            for index in 0..<nodes {
                group.addTask {
                    var others = addresses
                    others.remove(at: index)
                    let scene = PullScene(fixture, cas, name: "node\(index)", over: transport)
                    return try await SwarmPeers.with(
                        others, library: libraries[index], node: peerNodes[index], listener: all[index]
                    ) { peers in
                        let statistics = try await scene.pull(from: peers)
                        // Others may still need what is here.
                        try await Task.sleep(for: .seconds(2))
                        #expect(try scene.isRight)
                        return statistics
                    }
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        for listener in all { await listener.close() }
        return shares
    }

    @Test func whoKnowsOnlyTheSeederHearsOfOthersFromIt() async throws {
        try await withFixture { fixture in
            var limits = PeerLimits()
            limits.exchangePeriod = .milliseconds(100)
            let seeder = try PeerNode(library: MemoryLibrary(Self.file), limits: limits, logger: PullScene.logger)
            let door = try await seeder.listen(host: "127.0.0.1", port: 0)
            let address = PeerAddress(host: "127.0.0.1", port: door.address.port)
            // Somebody who has all of it as well, and asks the seeder for it all the same.
            let other = try PeerNode(library: MemoryLibrary(Self.file), limits: limits, logger: PullScene.logger)
            let otherDoor = try await other.listen(host: "127.0.0.1", port: 0)
            let asking = try await other.connect(to: address)
            _ = asking.want(FileKey(Self.file.hash))
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { await seeder.run() }
                defer { group.cancelAll() }
                // Slow enough for the news to come.
                let scene = PullScene(fixture, FileCAS(Self.file), originRate: 2_000_000)
                let node = try PeerNode(library: LocalSeedLibrary(shelf: nil), logger: PullScene.logger)
                let met = try await SwarmPeers.with([address], node: node) { peers in
                    let request = XetFileRequest(
                        hash: Self.file.hash, size: UInt64(Self.file.bytes.readableBytes), name: "model.bin")
                    let swarm = try #require(peers.join(request) as? SwarmFile)
                    try await eventually { swarm.memberCount >= 2 }
                    let met = swarm.memberCount
                    _ = try await scene.pull(from: peers)
                    await swarm.leave()
                    return met
                }
                #expect(met == 2)
                #expect(try scene.isRight)
            }
            for listener in [door, otherDoor] { await listener.close() }
        }
    }
}
