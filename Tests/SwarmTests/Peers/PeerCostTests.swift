import Logging
import NIOCore
import SwarmWire
import Testing
import Xet

@testable import Swarm

/// What a peer may cost, where the other suites do not try it.
@Suite(.timeLimit(.minutes(1)), .serialized) struct PeerCostTests {
    @Test func connectionsAreCountedByAddress() {
        var limits = PeerLimits()
        limits.connectionsPerAddress = 2
        limits.connections = 4
        let table = ConnectionTable(limits: limits)
        let (near, far, other) = (
            PeerAddress(host: "127.0.0.1", port: 1), PeerAddress(host: "192.0.2.1", port: 1),
            PeerAddress(host: "2001:db8::1", port: 1)
        )
        #expect(table.enter(far))
        #expect(table.enter(PeerAddress(host: "192.0.2.1", port: 2)))
        #expect(!table.enter(far))
        #expect(table.enter(other))
        #expect(table.enter(near))
        #expect(!table.enter(near))
        table.leave(far)
        #expect(table.enter(far))
        #expect(table.count == 4)
    }

    @Test func anIdleConnectionIsKeptAliveByBothAndClosedByOne() async throws {
        let file = MemoryFile(count: 100_000, seed: 1)
        var limits = PeerLimits()
        limits.idleTimeout = .milliseconds(400)
        try await PeerPair.with(MemoryLibrary(file), limits: limits, leecherLimits: limits) { pair in
            let peer = try await pair.leecher.connect(to: pair.address)
            try await Task.sleep(for: .milliseconds(1200))
            let id = peer.request(0..<1, of: peer.want(FileKey(file.hash)))
            #expect(try await peer.firstRun(id) == file.bytes(of: 0..<1))
            // One that says nothing at all is closed.
            let mute = try await RawPeer.connect(to: pair.address)
            mute.send(RawPeer.zestGreeting)
            #expect(try await mute.isClosed())
        }
    }

    @Test func uploadsKeepToTheirLimit() async throws {
        let file = MemoryFile(count: 4 << 20, seed: 2)
        var limits = PeerLimits()
        limits.uploadBytesPerSecond = 4 << 20
        try await PeerPair.with(MemoryLibrary(file), limits: limits) { pair in
            let peer = try await pair.leecher.connect(to: pair.address)
            let tag = peer.want(FileKey(file.hash))
            _ = try await peer.firstAvailability()
            let start = ContinuousClock.now
            var left = Set((0..<4 as Range<UInt32>).map { peer.request($0 * 16..<$0 * 16 + 16, of: tag) })
            for await event in peer.events {
                if case .run(let id, _, _, _) = event { left.remove(id) }
                if left.isEmpty { break }
            }
            #expect(ContinuousClock.now - start >= .milliseconds(800))
        }
    }

    @Test func otherPeersAreNamed() async throws {
        let file = MemoryFile(count: 100_000, seed: 3)
        try await PeerPair.with(MemoryLibrary(file)) { pair in
            let peer = try await pair.leecher.connect(to: pair.address)
            var iterator = pair.listener.connections.makeAsyncIterator()
            let incoming = try #require(await iterator.next())
            let tag = peer.want(FileKey(file.hash))
            _ = try await peer.firstAvailability()
            let others = [PeerAddress(host: "192.0.2.7", port: 99)]
            incoming.tell(FileKey(file.hash), added: others)
            let named = try await peer.first { event -> [PeerAddress]? in
                if case .peers(tag, let added, _) = event { added } else { nil }
            }
            #expect(named == others)
        }
    }
}
