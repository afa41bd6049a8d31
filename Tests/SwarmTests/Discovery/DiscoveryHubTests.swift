import Logging
import NIOCore
import SwarmWire
import Synchronization
import Testing

@testable import Swarm

@Suite("Discovery", .timeLimit(.minutes(1))) struct DiscoveryHubTests {
    private static let swarm = SwarmID(bytes: [UInt8](repeating: 3, count: 20)) ?? .none

    private static func address(_ text: String) -> PeerAddress { PeerAddress(text) ?? PeerAddress(host: "?", port: 1) }

    /// A source that says what it is told to.
    private final class Source: PeerDiscovery {
        private let sinks = Mutex<[AsyncStream<[PeerAddress]>.Continuation]>([])
        let ended = Atomic(0)

        func peers(for swarm: SwarmID, announcing state: AnnounceState) -> AsyncStream<[PeerAddress]> {
            AsyncStream { continuation in
                sinks.withLock { $0.append(continuation) }
                continuation.onTermination = { [self] _ in ended.wrappingAdd(1, ordering: .relaxed) }
            }
        }

        func say(_ peers: [String]) {
            for sink in sinks.withLock({ $0 }) { sink.yield(peers.compactMap { PeerAddress($0) }) }
        }

        func finish() { for sink in sinks.withLock({ $0 }) { sink.finish() } }
    }

    @Test("sources are merged; nothing comes twice, and this node never")
    func merging() async throws {
        let (first, second) = (Source(), Source())
        let identity = NodeIdentity(addresses: [IPLiteral("10.0.0.1")].compactMap(\.self))
        identity.noteOwn(try #require(IPLiteral("203.0.113.7")))
        let hub = DiscoveryHub(
            [StaticPeers([Self.address("name.example:1")]), first, second], identity: identity)
        let stream = hub.peers(for: Self.swarm, announcing: AnnounceState(port: 7000))
        first.say(["192.0.2.1:5", "10.0.0.1:7000", "10.0.0.1:7001"])
        second.say(["192.0.2.1:5", "203.0.113.7:7000", "[2001:db8::1]:5"])
        first.finish()
        second.finish()
        var all: [PeerAddress] = []
        for await peers in stream { all += peers }
        #expect(all.count == Set(all).count)
        #expect(
            Set(all.map(\.description))
                == ["name.example:1", "192.0.2.1:5", "10.0.0.1:7001", "[2001:db8::1]:5"])
    }

    @Test("letting go of the merged stream lets go of all sources")
    func ending() async throws {
        let source = Source()
        let hub = DiscoveryHub([source], identity: NodeIdentity(addresses: []))
        let stream = hub.peers(for: Self.swarm, announcing: AnnounceState(port: nil))
        source.say(["192.0.2.1:5"])
        for await _ in stream { break }
        let reader = Task { for await _ in hub.peers(for: Self.swarm, announcing: AnnounceState(port: nil)) {} }
        reader.cancel()
        await reader.value
        while source.ended.load(ordering: .relaxed) < 1 { try await Task.sleep(for: .milliseconds(2)) }
    }

    @Test("a bad address is told again when its time is over, a hostile one never")
    func penalties() async {
        let hub = DiscoveryHub([], identity: NodeIdentity(addresses: []))
        let (dead, evil) = (Self.address("192.0.2.1:5"), Self.address("192.0.2.2:5"))
        let now = ContinuousClock.now
        hub.note(.unreachable, at: dead, now: now)
        hub.note(.hostile, at: evil, now: now)
        #expect(hub.isBad(dead, now: now + .seconds(59)) && !hub.isBad(dead, now: now + .seconds(60)))
        hub.note(.unreachable, at: dead, now: now)
        #expect(hub.isBad(dead, now: now + .seconds(119)) && !hub.isBad(dead, now: now + .seconds(120)))
        for _ in 0..<30 { hub.note(.unreachable, at: dead, now: now) }
        #expect(!hub.isBad(dead, now: now + .seconds(1_801)))
        hub.noteWorking(dead)
        #expect(!hub.isBad(dead, now: now))
        hub.noteWorking(evil)
        hub.note(.unreachable, at: evil, now: now)
        #expect(hub.isBad(evil, now: now + .seconds(1_000_000)))
        // Memory stays bounded, whatever is noted.
        for number in 0..<25_000 {
            hub.note(.unreachable, at: PeerAddress(host: "10.\(number >> 8).0.\(number & 255)", port: 1), now: now)
        }
    }

    @Test("bad addresses are left out of what is found, until they are forgiven")
    func filtering() async throws {
        let source = Source()
        let hub = DiscoveryHub([source], identity: NodeIdentity(addresses: []))
        let bad = Self.address("192.0.2.1:5")
        hub.note(.unreachable, at: bad)
        let stream = hub.peers(for: Self.swarm, announcing: AnnounceState(port: nil))
        var iterator = stream.makeAsyncIterator()
        source.say(["192.0.2.1:5", "192.0.2.2:5"])
        #expect(await iterator.next()?.map(\.description) == ["192.0.2.2:5"])
        hub.noteWorking(bad)
        source.say(["192.0.2.1:5", "192.0.2.2:5"])
        #expect(await iterator.next() == [bad])
    }

    // MARK: The table that everybody reads

    private final class Table: DistributedTable {
        let announced = Mutex<[UInt16]>([])

        func lookUp(_ swarm: SwarmID) -> AsyncStream<[PeerAddress]> {
            AsyncStream { continuation in
                continuation.yield(
                    ["8.8.8.8:5", "10.0.0.1:5", "127.0.0.1:22", "name.example:5"].compactMap { PeerAddress($0) })
                continuation.finish()
            }
        }

        func announce(_ swarm: SwarmID, port: UInt16) async { announced.withLock { $0.append(port) } }
    }

    @Test("only open swarms get into the table, and nothing in it leads into the local network")
    func table() async throws {
        let table = Table()
        let discovery = DistributedDiscovery(table)
        for reach in [SwarmReach.secret, .named, .local] {
            for await _ in discovery.peers(for: Self.swarm, announcing: AnnounceState(port: 1, reach: reach)) {
                Issue.record("a peer")
            }
        }
        #expect(table.announced.withLock { $0.isEmpty })
        for await peers in discovery.peers(for: Self.swarm, announcing: AnnounceState(port: 77)) {
            #expect(peers.map(\.description) == ["8.8.8.8:5"])
            while table.announced.withLock({ $0.isEmpty }) { try await Task.sleep(for: .milliseconds(2)) }
            break
        }
        #expect(table.announced.withLock { $0 } == [77])
    }

    // MARK: Peer exchange

    @Test("connections tell of each other, at most once a minute and fifty at a time")
    func exchange() throws {
        let exchange = PeerExchange()
        let now = ContinuousClock.now
        let far = try #require(IPLiteral("8.8.8.8"))
        for number in 1...120 {
            exchange.connected(
                UInt64(number), in: Self.swarm, address: Self.address("20.0.0.\(number):6881"), remote: far)
        }
        exchange.connected(500, in: Self.swarm, address: nil, remote: far)
        exchange.connected(501, in: .none, address: Self.address("9.9.9.9:1"), remote: far)
        exchange.connected(502, in: Self.swarm, address: Self.address("192.168.0.9:1"), remote: far)
        let first = try #require(exchange.message(for: 1, now: now))
        #expect(first.added.count == 50 && first.dropped.isEmpty)
        #expect(exchange.message(for: 1, now: now + .seconds(59)) == nil)
        let second = try #require(exchange.message(for: 1, now: now + .seconds(60)))
        let third = try #require(exchange.message(for: 1, now: now + .seconds(120)))
        let told = Set(first.added + second.added + third.added)
        // Neither itself, nor who does not listen, nor another swarm's, nor one that cannot be reached from there.
        #expect(told == Set((2...120).map { Self.address("20.0.0.\($0):6881") }))
        #expect(exchange.message(for: 1, now: now + .seconds(180)) == nil)
        exchange.disconnected(7)
        let last = try #require(exchange.message(for: 1, now: now + .seconds(240)))
        #expect(last.added.isEmpty && last.dropped == [Self.address("20.0.0.7:6881")])
        #expect(exchange.message(for: 9_999, now: now) == nil)
        // A peer of this site may be told of another one.
        exchange.connected(600, in: Self.swarm, address: nil, remote: IPLiteral("192.168.0.77"))
        var tells: Set<PeerAddress> = []
        for minute in 0..<4 {
            tells.formUnion(exchange.message(for: 600, now: now + .seconds(60 * minute))?.added ?? [])
        }
        #expect(tells.contains(Self.address("192.168.0.9:1")))
    }

    @Test("one look at thousands of connections costs as much as they are, whatever swarms they are of")
    func manyLines() {
        /// - Returns: how long it takes to look at all lines once, with and without news.
        func time(_ swarms: Int, _ lines: Int) -> Duration {
            let exchange = PeerExchange()
            let now = ContinuousClock.now
            var number: UInt64 = 0
            for swarm in 0..<swarms {
                let bytes = [UInt8](repeating: UInt8(swarm >> 8), count: 19) + [UInt8(swarm & 255)]
                for line in 0..<lines {
                    number += 1
                    exchange.connected(
                        number, in: SwarmID(bytes: bytes) ?? .none, address: Self.address("20.0.0.\(line):1"),
                        remote: IPLiteral("8.8.8.8"))
                }
            }
            return ContinuousClock().measure {
                for round in 0..<3 {
                    for line in 1...number { _ = exchange.message(for: line, now: now + .seconds(61 * round)) }
                }
            }
        }
        _ = time(50, 2)
        let (few, many) = (time(200, 2), time(3_200, 2))
        // Sixteen times as many; were all compared with all, it would be 256 times.
        #expect(many < few * 100, "\(few), then \(many)")
    }

    @Test("lines that have nothing to tell are not looked through again before something changes")
    func quietLines() throws {
        let exchange = PeerExchange()
        let now = ContinuousClock.now
        let quiet = 500 as UInt64
        for number in 1...quiet {
            exchange.connected(number, in: Self.swarm, address: nil, remote: IPLiteral("8.8.8.8"))
        }
        func look() -> Duration {
            ContinuousClock().measure {
                for number in 1...quiet { #expect(exchange.message(for: number, now: now) == nil) }
            }
        }
        let (first, again) = (look(), look())
        #expect(again < first / 4, "\(first), then \(again)")
        // Somebody who can be told of is heard of all the same.
        exchange.connected(quiet + 1, in: Self.swarm, address: Self.address("20.0.0.1:1"), remote: nil)
        let news = try #require(exchange.message(for: 1, now: now))
        #expect(news.added == [Self.address("20.0.0.1:1")])
    }

    @Test("what comes in is bounded, cleaned and given to those who look")
    func received() async throws {
        let exchange = PeerExchange()
        let now = ContinuousClock.now
        exchange.connected(1, in: Self.swarm, address: nil, remote: IPLiteral("8.8.8.8"))
        exchange.connected(2, in: Self.swarm, address: nil, remote: IPLiteral("192.168.0.5"))
        for await _ in exchange.peers(for: Self.swarm, announcing: AnnounceState(port: 1, reach: .named)) {
            Issue.record("a peer")
        }
        var iterator = exchange.peers(for: Self.swarm, announcing: AnnounceState(port: 1)).makeAsyncIterator()
        let told = ["20.0.0.1:5", "10.0.0.1:5", "127.0.0.1:22", "name.example:80"].map(Self.address)
        #expect(exchange.received(added: told, on: 1, now: now) == .taken)
        #expect(await iterator.next()?.map(\.description) == ["20.0.0.1:5"])
        #expect(exchange.received(added: told, on: 2, now: now) == .taken)
        #expect(await iterator.next()?.map(\.description) == ["20.0.0.1:5", "10.0.0.1:5"])
        #expect(exchange.received(added: told, on: 1, now: now + .seconds(30)) == .ignored)
        #expect(exchange.received(added: told, on: 1, now: now + .seconds(31)) == .ignored)
        #expect(exchange.received(added: told, on: 1, now: now + .seconds(32)) == .hostile)
        #expect(exchange.received(added: told, on: 99, now: now) == .ignored)
        let many = (0..<200).map { PeerAddress(host: "30.0.0.\($0)", port: 1) }
        #expect(exchange.received(added: many, on: 2, now: now + .seconds(60)) == .taken)
        #expect(await iterator.next()?.count == 50)
    }

    @Test("an announced state tells those who watch of changes, and of nothing else")
    func states() {
        let state = AnnounceState(port: 1)
        let changes = Atomic(0)
        let observer = state.observe { changes.wrappingAdd(1, ordering: .relaxed) }
        state.update { $0.isSeeding = true }
        state.update { $0.isSeeding = true }
        #expect(changes.load(ordering: .relaxed) == 1)
        state.stopObserving(observer)
        state.update { $0.port = nil }
        #expect(changes.load(ordering: .relaxed) == 1)
        #expect(state.facts == AnnounceState.Facts(port: nil, isSeeding: true, capacity: nil))
    }

    @Test("an alarm ends a sleep, also one that begins later")
    func alarm() async {
        let alarm = Alarm()
        alarm.ring()
        await alarm.wait(until: nil)
        async let sleep: Void = alarm.wait(until: nil)
        alarm.ring()
        await sleep
        await alarm.wait(until: .now + .milliseconds(5))
        let sleeper = Task { await alarm.wait(until: nil) }
        sleeper.cancel()
        await sleeper.value
    }
}
