import Logging
import NIOCore
import SwarmWire
import Synchronization
import Testing

@testable import Swarm

@Suite("Local discovery", .timeLimit(.minutes(1))) struct LocalDiscoveryTests {
    private static let silent = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    private static func swarm(_ number: Int) -> SwarmID {
        SwarmID(bytes: (0..<20).map { UInt8(truncatingIfNeeded: number &+ $0) }) ?? .none
    }

    @Test("datagrams hold 25 swarms, leave once a minute, and those who lack something go first")
    func pace() throws {
        var searches = LocalSearches(pace: .init(), cookie: "me")
        let now = ContinuousClock.now
        #expect(searches.nextTime() == nil)
        for number in 0..<40 {
            _ = searches.join(
                Self.swarm(number), AnnounceState(port: 7, isSeeding: number < 30), now: now
            ) { _ in }
        }
        // Others that join at the same moment shall come along.
        #expect(searches.datagrams(now: now).isEmpty)
        let start = now + .milliseconds(20)
        let first = try #require(searches.datagrams(now: start).first)
        #expect(first.port == 7 && first.cookie == "me" && first.swarms.count == 25)
        #expect(Set((30..<40).map(Self.swarm)).isSubset(of: first.swarms))
        #expect(searches.datagrams(now: start + .seconds(59)).isEmpty)
        let second = try #require(searches.datagrams(now: start + .seconds(60)).first)
        #expect(Set(first.swarms + second.swarms).count == 40)
        #expect(searches.datagrams(now: start + .seconds(120)).isEmpty)
        #expect(searches.nextTime() == start + .seconds(300))
        #expect(searches.datagrams(now: start + .seconds(300)).first?.swarms.count == 25)
    }

    @Test("a search is answered to its sender, once a minute; its own echo is not")
    func answers() throws {
        var searches = LocalSearches(pace: .init(), cookie: "me")
        let now = ContinuousClock.now
        let found = Mutex<[PeerAddress]>([])
        let seat = searches.join(Self.swarm(1), AnnounceState(port: 7, isSeeding: true), now: now) { _ in }
        _ = searches.join(Self.swarm(2), AnnounceState(port: nil), now: now) { peers in found.withLock { $0 += peers } }
        let sender = try #require(IPLiteral("192.168.0.3"))
        let search = LocalSearch(port: 99, swarms: [Self.swarm(1), Self.swarm(2), Self.swarm(3)], cookie: "you")
        #expect(
            searches.heard(.init(port: 99, swarms: [Self.swarm(1)], cookie: "me"), from: sender, now: now).answer == nil
        )
        let heard = searches.heard(search, from: sender, now: now)
        #expect(heard.peer?.description == "192.168.0.3:99" && heard.deliveries.count == 2)
        // Nobody can connect to a node that does not listen, so it does not answer for its swarm.
        #expect(heard.answer?.swarms == [Self.swarm(1)] && heard.answer?.port == 7 && heard.answer?.cookie == "me")
        let again = searches.heard(search, from: sender, now: now + .seconds(59))
        #expect(again.answer == nil && again.peer != nil)
        #expect(searches.heard(search, from: sender, now: now + .seconds(60)).answer != nil)
        // Somebody who does not listen wants an answer, and is no peer to connect to.
        let deaf = searches.heard(
            .init(port: 1, swarms: [Self.swarm(1)], cookie: nil), from: sender, now: now)
        #expect(deaf.peer == nil && deaf.deliveries.isEmpty && deaf.answer != nil)
        searches.leave(seat)
        #expect(searches.heard(search, from: sender, now: now + .seconds(600)).answer == nil)
        #expect(
            searches.heard(.init(port: 9, swarms: [Self.swarm(8)], cookie: nil), from: sender, now: now).peer == nil)
        for number in 0..<3_000 {
            let other = IPLiteral.v4([10, 0, UInt8(number >> 8), UInt8(number & 255)])
            _ = searches.heard(search, from: other, now: now)
        }
    }

    @Test("networks are told apart by their leading bits")
    func networks() throws {
        func same(_ one: String, _ other: String, _ bits: Int) throws -> Bool {
            LocalAddresses.isSameNetwork(try #require(IPLiteral(one)), try #require(IPLiteral(other)), bits: bits)
        }
        #expect(try same("192.168.1.1", "192.168.1.200", 24) && !same("192.168.1.1", "192.168.2.1", 24))
        #expect(try same("192.168.1.1", "192.168.1.2", 30) && !same("192.168.1.1", "192.168.1.4", 30))
        #expect(try same("fd00::1", "fd00::ffff", 64) && !same("fd00::1", "fd00:0:0:1::1", 64))
        #expect(try !same("192.168.1.1", "fd00::1", 0) && same("10.0.0.1", "8.8.8.8", 0))
        #expect(LocalAddresses.all.contains { $0.isLoopback })
    }

    @Test("two nodes on one machine find each other at once, and a named swarm is not looked for")
    func multicast() async throws {
        var settings = LocalDiscovery.Settings()
        // A port of this test's own: another run may be going on beside it.
        settings.port = UInt16.random(in: 20_000...30_000)
        settings.usesLoopback = true
        let seeder = LocalDiscovery(settings: settings, logger: Self.silent)
        let puller = LocalDiscovery(settings: settings, logger: Self.silent)
        for await _ in seeder.peers(for: Self.swarm(1), announcing: AnnounceState(port: 5, reach: .named)) {
            Issue.record("a peer")
        }
        // The seeder's own datagram goes out before anybody hears it: the puller is answered all the same.
        let seeding = seeder.peers(for: Self.swarm(1), announcing: AnnounceState(port: 4321, isSeeding: true))
        try await DiscoveryHub([seeder], identity: NodeIdentity(addresses: [])).running {
            try await Task.sleep(for: .milliseconds(300))
            await DiscoveryHub([puller], identity: NodeIdentity(addresses: [])).running {
                let state = AnnounceState(port: nil, reach: .secret)
                for await peers in puller.peers(for: Self.swarm(1), announcing: state) {
                    #expect(peers.count == 1 && peers[0].port == 4321)
                    break
                }
            }
        }
        withExtendedLifetime(seeding) {}
    }
}
