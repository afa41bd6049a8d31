import SwarmWire
import TestSupport
import Testing

@testable import SwarmTracker

@Suite("Tracker registry") struct TrackerRegistryTests {
    private static let swarm = SwarmID(bytes: [UInt8](repeating: 7, count: 20)) ?? .none

    private static func swarm(_ number: Int) -> SwarmID {
        SwarmID(bytes: (0..<20).map { UInt8(truncatingIfNeeded: number >> ($0 % 8 * 8)) }) ?? .none
    }

    private static func peer(
        _ number: Int, at address: String? = nil, port: UInt16 = 6881, key: [UInt8]? = nil, capacity: Int? = nil
    ) -> AnnouncingPeer {
        let id = PeerID(bytes: (0..<20).map { UInt8(truncatingIfNeeded: number >> ($0 % 8 * 8)) }) ?? .random()
        let text = address ?? "20.\(number >> 16 & 255).\(number >> 8 & 255).\(number & 255)"
        let remote = IPLiteral(text) ?? .v4([1, 1, 1, 1])
        var peer = AnnouncingPeer(id: id, port: port, origin: AnnounceOrigin(remote: remote))
        peer.key = key
        peer.capacity = capacity
        return peer
    }

    /// Announces and returns the neighbours by number, which the addresses of ``peer(_:)`` tell.
    @discardableResult
    private static func announce(
        _ registry: TrackerRegistry, _ peer: AnnouncingPeer, _ activity: PeerActivity = .leeching,
        in swarm: SwarmID = swarm, wanted: Int = 50, now: Int = 0
    ) throws -> SwarmGrant {
        let answers = registry.announce(peer, [(swarm, activity)], wanted: wanted, now: now)
        guard case .granted(let grant)? = answers.first, answers.count == 1 else {
            throw Refused(answer: "\(answers)")
        }
        return grant
    }

    private struct Refused: Error { var answer: String }

    private static func addresses(_ grant: SwarmGrant) -> [String] {
        grant.peers.map { "\($0.literal):\($0.port)" }
    }

    /// The reason of a refusal.
    private static func refusal(
        _ registry: TrackerRegistry, _ peer: AnnouncingPeer, in swarm: SwarmID = swarm, now: Int = 0
    ) -> String? {
        guard case .refused(let reason)? = registry.announce(peer, [(swarm, .leeching)], wanted: 9, now: now).first
        else { return nil }
        return reason
    }

    // MARK: A small swarm

    @Test("peers learn of each other, never of themselves, and are counted")
    func small() throws {
        let registry = TrackerRegistry(seed: 1)
        let first = try Self.announce(registry, Self.peer(1), .seeding)
        #expect(first.peers.isEmpty && first.counts == SwarmCounts(complete: 1, incomplete: 0, downloads: 0))
        let second = try Self.announce(registry, Self.peer(2))
        #expect(Self.addresses(second) == ["20.0.0.1:6881"])
        #expect(second.counts == SwarmCounts(complete: 1, incomplete: 1, downloads: 0))
        #expect(second.peers.first?.peerID == Self.peer(1).id.bytes)
        #expect(Self.addresses(try Self.announce(registry, Self.peer(1), .seeding)) == ["20.0.0.2:6881"])
        #expect(try Self.announce(registry, Self.peer(2), wanted: 0).peers.isEmpty)
        #expect(registry.figures == TrackerFigures(swarms: 1, peers: 2, memberships: 2))

        // Once each, however often it is said.
        for _ in 0..<3 { try Self.announce(registry, Self.peer(2), .completed) }
        let done = try Self.announce(registry, Self.peer(2), .seeding)
        #expect(done.counts == SwarmCounts(complete: 2, incomplete: 0, downloads: 1))
        #expect(registry.scrape([Self.swarm, Self.swarm(99)]) == [done.counts, nil])

        let gone = try Self.announce(registry, Self.peer(1), .stopped)
        #expect(gone.counts == SwarmCounts(complete: 1, incomplete: 0, downloads: 1) && gone.peers.isEmpty)
        #expect(try Self.announce(registry, Self.peer(3)).peers.count == 1)
        // One that was never there may stop, too.
        try Self.announce(registry, Self.peer(77), .stopped)
        #expect(registry.figures == TrackerFigures(swarms: 1, peers: 2, memberships: 2))
    }

    @Test("a peer that is silent for two intervals is gone")
    func expiry() throws {
        let registry = TrackerRegistry(seed: 1)
        try Self.announce(registry, Self.peer(1), now: 0)
        try Self.announce(registry, Self.peer(2), now: 200)
        #expect(try Self.announce(registry, Self.peer(3), now: 269).peers.count == 2)
        #expect(try Self.announce(registry, Self.peer(3), now: 285).peers.count == 1)
        registry.sweep(now: 10_000)
        #expect(registry.figures == TrackerFigures(swarms: 0, peers: 0, memberships: 0))
        // Downloads are remembered for a day.
        try Self.announce(registry, Self.peer(1), .completed, now: 10_000)
        registry.sweep(now: 20_000)
        #expect(registry.scrape([Self.swarm]) == [SwarmCounts(complete: 0, incomplete: 0, downloads: 1)])
        registry.sweep(now: 20_000 + 86_400)
        #expect(registry.scrape([Self.swarm]) == [nil])
    }

    @Test("nobody can speak for another peer")
    func identity() throws {
        let registry = TrackerRegistry(seed: 1)
        try Self.announce(registry, Self.peer(1, key: [1, 2]), .seeding)
        // Somebody who knows the id, but not the key, and calls from elsewhere.
        try Self.announce(registry, Self.peer(1, at: "66.6.6.6"), .stopped)
        try Self.announce(registry, Self.peer(1, at: "66.6.6.6", key: [9]), .stopped)
        #expect(registry.scrape([Self.swarm])[0]?.complete == 1)
        // The peer itself, at another address, and then at one of the other family: it has both.
        let moved = try Self.announce(registry, Self.peer(1, at: "30.0.0.1", key: [1, 2]), .seeding)
        #expect(moved.counts.complete == 1)
        try Self.announce(registry, Self.peer(1, at: "2001:db8::1", key: [1, 2]), .seeding)
        #expect(registry.figures == TrackerFigures(swarms: 1, peers: 1, memberships: 1))
        #expect(Self.addresses(try Self.announce(registry, Self.peer(2))) == ["30.0.0.1:6881"])
        #expect(
            Self.addresses(try Self.announce(registry, Self.peer(3, at: "2001:db8::3"))).contains("2001:db8::1:6881"))
        // Without a key the address is what a peer is known by.
        try Self.announce(registry, Self.peer(4), .seeding)
        try Self.announce(registry, Self.peer(4, at: "66.6.6.6"), .stopped)
        #expect(registry.scrape([Self.swarm])[0]?.complete == 2)
    }

    // MARK: Addresses

    @Test("addresses are told to those who can reach them")
    func scopes() throws {
        let registry = TrackerRegistry(seed: 1)
        for (number, address) in ["127.0.0.1", "10.1.1.1", "8.8.8.8", "fd00::1", "fe80::1", "2001:db8::1"].enumerated()
        {
            try Self.announce(registry, Self.peer(100 + number, at: address))
        }
        func told(_ address: String, local: String? = nil) throws -> Set<String> {
            var asker = Self.peer(50, at: address)
            asker.origin.local = local.flatMap { IPLiteral($0) }
            let grant = try Self.announce(registry, asker)
            try Self.announce(registry, asker, .stopped)
            return Set(grant.peers.map { "\($0.literal)" })
        }
        #expect(try told("9.9.9.9") == ["8.8.8.8", "2001:db8::1"])
        #expect(try told("2001:db8::9") == ["8.8.8.8", "2001:db8::1"])
        #expect(try told("192.168.1.1") == ["8.8.8.8", "2001:db8::1", "10.1.1.1", "fd00::1"])
        #expect(
            try told("127.0.0.1") == ["8.8.8.8", "2001:db8::1", "10.1.1.1", "fd00::1", "fe80::1", "127.0.0.1"])
        #expect(try told("fe80::7") == ["8.8.8.8", "2001:db8::1", "10.1.1.1", "fd00::1", "fe80::1"])
        // A peer on the tracker's machine is where the asker found the tracker.
        #expect(try told("192.168.1.1", local: "192.168.1.77").contains("192.168.1.77"))
        #expect(try told("9.9.9.9", local: "7.7.7.7") == ["8.8.8.8", "2001:db8::1", "7.7.7.7"])
        #expect(try !told("192.168.1.1", local: "fd00::2").contains("fd00::2"))
    }

    @Test("what a peer says of its own address counts inside a site only")
    func stated() throws {
        let registry = TrackerRegistry(seed: 1)
        var liar = Self.peer(1)
        liar.stated = [IPLiteral("9.9.9.9"), IPLiteral("2001:db8::9")].compactMap(\.self)
        try Self.announce(registry, liar)
        #expect(Self.addresses(try Self.announce(registry, Self.peer(2))) == ["20.0.0.1:6881"])
        var inside = Self.peer(3, at: "172.17.0.2")
        inside.stated = [IPLiteral("9.9.9.9"), IPLiteral("fd00::9"), IPLiteral("0.0.0.0")].compactMap(\.self)
        try Self.announce(registry, inside)
        #expect(Self.addresses(try Self.announce(registry, Self.peer(2))).contains("9.9.9.9:6881"))
        #expect(Self.addresses(try Self.announce(registry, Self.peer(5, at: "fd00::5"))).contains("fd00::9:6881"))
    }

    @Test("a peer that does not listen is counted and not told")
    func deaf() throws {
        let registry = TrackerRegistry(seed: 1)
        #expect(try Self.announce(registry, Self.peer(1, port: 0)).counts.incomplete == 1)
        let grant = try Self.announce(registry, Self.peer(2))
        #expect(grant.peers.isEmpty && grant.counts.incomplete == 2)
    }

    // MARK: The graph

    @Test("a large swarm is a sparse regular graph: ten neighbours, connected, of small diameter, and stable")
    func graph() throws {
        let registry = TrackerRegistry(seed: 42)
        let count = 2_000
        for number in 0..<count { try Self.announce(registry, Self.peer(number)) }
        func neighbours() throws -> [Set<Int>] {
            try (0..<count).map { number in
                let grant = try Self.announce(registry, Self.peer(number))
                #expect(grant.peers.count <= 10)
                return Set(grant.peers.map { $0.literal.bytes.reduce(0) { $0 << 8 | Int($1) } & 0xFFFFFF })
            }
        }
        let graph = try neighbours()
        #expect(try neighbours() == graph)
        var degrees = [Int](repeating: 0, count: count)
        for (number, others) in graph.enumerated() {
            #expect(others.count == 10 && !others.contains(number))
            for other in others { degrees[other] += 1 }
        }
        // Two rings may have the same pair side by side, and then a third peer takes the place; hardly ever more.
        #expect(degrees.allSatisfy { (8...12).contains($0) }, "\(degrees.min() ?? 0)...\(degrees.max() ?? 0)")
        var distance = [Int](repeating: -1, count: count)
        distance[0] = 0
        var front = [0]
        while !front.isEmpty {
            var next: [Int] = []
            for node in front {
                for other in graph[node] where distance[other] < 0 {
                    distance[other] = distance[node] + 1
                    next.append(other)
                }
            }
            front = next
        }
        #expect(!distance.contains(-1))
        #expect(distance.max() ?? 99 <= 6)
        // One that comes changes its surroundings only.
        try Self.announce(registry, Self.peer(count))
        let changed = try zip(neighbours(), graph).filter { $0 != $1 }.count
        #expect((1...14).contains(changed), "\(changed)")
        // In another swarm the same pairs are neighbours.
        for number in 0..<count { try Self.announce(registry, Self.peer(number), in: Self.swarm(5)) }
        try Self.announce(registry, Self.peer(count), in: Self.swarm(5))
        let here = try Self.announce(registry, Self.peer(7))
        let there = try Self.announce(registry, Self.peer(7), in: Self.swarm(5))
        #expect(Set(Self.addresses(here)) == Set(Self.addresses(there)))
    }

    @Test("seeds come first, and a seed without room is passed over")
    func capacity() throws {
        let registry = TrackerRegistry(seed: 3)
        // A hundred others, so that nobody is told of everybody.
        for number in 0..<100 { try Self.announce(registry, Self.peer(number)) }
        var told: [String: Int] = [:]
        // (The first of them may be told to the next, who will connect to it as others do.)
        for number in 200..<204 {
            let grant = try Self.announce(registry, Self.peer(number, capacity: 5), .seeding)
            for address in Self.addresses(grant) { told[address, default: 0] += 1 }
        }
        for number in 1_000..<1_100 {
            let grant = try Self.announce(registry, Self.peer(number))
            for address in Self.addresses(grant) { told[address, default: 0] += 1 }
        }
        // Each seed has room for five; afterwards it may be told as a neighbour, with nobody else at hand, but is not.
        for seed in 200..<204 { #expect((5...7).contains(told["20.0.0.\(seed):6881"] ?? 0), "\(told)") }
        // Room again.
        for number in 200..<204 { try Self.announce(registry, Self.peer(number, capacity: 5), .seeding) }
        let grant = try Self.announce(registry, Self.peer(2_000))
        #expect(Self.addresses(grant).prefix(2).allSatisfy { $0.hasPrefix("20.0.0.20") })
    }

    @Test("peers without room come last also where there are few")
    func smallCapacity() throws {
        let registry = TrackerRegistry(seed: 3)
        for number in 0..<10 { try Self.announce(registry, Self.peer(number, capacity: number < 5 ? 0 : 9)) }
        let grant = try Self.announce(registry, Self.peer(99), wanted: 5)
        #expect(Set(Self.addresses(grant)) == Set((5..<10).map { "20.0.0.\($0):6881" }))
        #expect(try Self.announce(registry, Self.peer(99), wanted: 10).peers.count == 10)
    }

    @Test("members come, change and go in any order, and the rings stay right")
    func churn() throws {
        var generator = SplitMix64(seed: 11)
        let registry = TrackerRegistry(seed: 5)
        var model: [Int: Bool] = [:]
        for step in 0..<20_000 {
            let number = Int.random(in: 0..<120, using: &generator)
            let isSeed = Bool.random(using: &generator)
            if Int.random(in: 0..<3, using: &generator) == 0 {
                model[number] = nil
                try Self.announce(registry, Self.peer(number), .stopped)
                continue
            }
            model[number] = isSeed
            let grant = try Self.announce(registry, Self.peer(number), isSeed ? .seeding : .leeching)
            let expected = SwarmCounts(
                complete: model.values.count(where: { $0 }), incomplete: model.values.count(where: { !$0 }),
                downloads: 0)
            #expect(grant.counts == expected, "step \(step)")
            let told = grant.peers.map { Int($0.literal.bytes[3]) }
            #expect(Set(told).count == told.count && told.allSatisfy { model[$0] != nil && $0 != number })
            #expect(told.count == min(10, model.count - 1), "step \(step)")
        }
    }

    // MARK: Limits

    @Test("each limit refuses in words, and leaving makes room")
    func limits() throws {
        var limits = TrackerLimits()
        limits.peersPerSwarm = 3
        limits.swarms = 4
        limits.memberships = 8
        limits.membershipsPerNetwork = 5
        let registry = TrackerRegistry(limits: limits, seed: 1)
        for number in 0..<3 { try Self.announce(registry, Self.peer(number)) }
        #expect(Self.refusal(registry, Self.peer(3)) == "the swarm is full")
        // Who is in already is never refused.
        try Self.announce(registry, Self.peer(2))
        for number in 1..<4 { try Self.announce(registry, Self.peer(0), in: Self.swarm(number)) }
        #expect(Self.refusal(registry, Self.peer(0), in: Self.swarm(4)) == "the tracker has too many swarms")
        try Self.announce(registry, Self.peer(0, port: 1), in: Self.swarm(1))
        #expect(
            Self.refusal(registry, Self.peer(0, port: 2), in: Self.swarm(1)) == "too many peers from this address")
        try Self.announce(registry, Self.peer(5), in: Self.swarm(2))
        #expect(Self.refusal(registry, Self.peer(6), in: Self.swarm(2)) == "the tracker is full")
        #expect(registry.figures == TrackerFigures(swarms: 4, peers: 5, memberships: 8))
        try Self.announce(registry, Self.peer(2), .stopped)
        try Self.announce(registry, Self.peer(3))
        // A whole network of IPv6 counts as one.
        let six = TrackerRegistry(limits: limits, seed: 1)
        for number in 0..<3 { try Self.announce(six, Self.peer(number, at: "2001:db8::\(number + 1)")) }
        for number in 0..<2 { try Self.announce(six, Self.peer(number, at: "2001:db8::\(number + 1)"), in: .none) }
        #expect(Self.refusal(six, Self.peer(9, at: "2001:db8::99"), in: .none) == "too many peers from this address")
        #expect(Self.refusal(six, Self.peer(9, at: "2001:db9::99"), in: .none) == nil)
    }

    @Test("a batch is many announces, within its limit")
    func batch() throws {
        var limits = TrackerLimits()
        limits.swarmsPerBatch = 10
        let registry = TrackerRegistry(limits: limits, seed: 1)
        let swarms = (0..<15).map { (id: Self.swarm($0), activity: PeerActivity.seeding) }
        #expect(registry.announce(Self.peer(1), swarms, wanted: 0, now: 0).count == 10)
        #expect(registry.figures == TrackerFigures(swarms: 10, peers: 1, memberships: 10))
        let stops = swarms.prefix(10).map { (id: $0.id, activity: PeerActivity.stopped) }
        _ = registry.announce(Self.peer(1), stops, wanted: 0, now: 0)
        #expect(registry.figures == TrackerFigures(swarms: 0, peers: 0, memberships: 0))
    }

    @Test("the interval grows with the load")
    func interval() throws {
        var limits = TrackerLimits()
        limits.announcesPerSecond = 1
        let registry = TrackerRegistry(limits: limits, seed: 1)
        #expect(registry.interval == 120)
        for number in 0..<500 { try Self.announce(registry, Self.peer(number), in: Self.swarm(number)) }
        #expect(registry.interval == 500)
        // Who was told so has that time, twice.
        try Self.announce(registry, Self.peer(9_999), now: 0)
        registry.sweep(now: 1_000)
        #expect(registry.scrape([Self.swarm])[0]?.incomplete == 1)
    }

    // MARK: State on disk

    @Test("a snapshot restores peers, figures and neighbours")
    func snapshot() throws {
        let registry = TrackerRegistry(seed: 1)
        for number in 0..<300 {
            try Self.announce(
                registry, Self.peer(number, capacity: number % 3), number % 10 == 0 ? .completed : .leeching)
        }
        try Self.announce(registry, Self.peer(1, at: "2001:db8::1", key: [5]), in: Self.swarm(9), now: 100)
        let bytes = registry.snapshot(now: 100, time: 5_000)
        let next = TrackerRegistry(seed: 2)
        try next.restore(bytes, now: 7, time: 5_900)
        #expect(next.figures == registry.figures)
        #expect(next.scrape([Self.swarm]) == registry.scrape([Self.swarm]))
        let here = try Self.announce(registry, Self.peer(17, capacity: 2), now: 101)
        let there = try Self.announce(next, Self.peer(17, capacity: 2), now: 8)
        #expect(Self.addresses(here) == Self.addresses(there))
        // The time that was left: 270 of 120 s twice and 30, less the 100 that had gone by.
        next.sweep(now: 7 + 169)
        #expect(next.figures.memberships == 301)
        next.sweep(now: 7 + 171)
        #expect(next.figures.memberships == 2)
    }

    @Test("of an old snapshot only downloads count, and the limits hold for all")
    func oldSnapshot() throws {
        let registry = TrackerRegistry(seed: 1)
        for number in 0..<30 { try Self.announce(registry, Self.peer(number), .completed) }
        let bytes = registry.snapshot(now: 0, time: 5_000)
        let old = TrackerRegistry(seed: 2)
        try old.restore(bytes, now: 0, time: 5_000 + 3_601)
        #expect(old.figures == TrackerFigures(swarms: 1, peers: 0, memberships: 0))
        #expect(old.scrape([Self.swarm])[0]?.downloads == 30)
        let future = TrackerRegistry(seed: 2)
        try future.restore(bytes, now: 0, time: 4_000)
        #expect(future.figures.peers == 0)
        var limits = TrackerLimits()
        limits.memberships = 10
        let small = TrackerRegistry(limits: limits, seed: 2)
        try small.restore(bytes, now: 0, time: 5_000)
        #expect(small.figures == TrackerFigures(swarms: 1, peers: 10, memberships: 10))
    }

    @Test("a damaged snapshot is refused, whatever the damage")
    func damagedSnapshot() throws {
        let registry = TrackerRegistry(seed: 1)
        for number in 0..<20 { try Self.announce(registry, Self.peer(number)) }
        let bytes = registry.snapshot(now: 0, time: 0)
        let next = TrackerRegistry(seed: 2)
        for place in bytes.indices {
            var damaged = bytes
            damaged[place] ^= 0x10
            #expect(throws: SwarmWireError.self) { try next.restore(damaged, now: 0, time: 0) }
            #expect(throws: SwarmWireError.self) { try next.restore(Array(bytes[..<place]), now: 0, time: 0) }
        }
        #expect(next.figures.peers == 0)
        // Nor do counts that nothing stands behind take memory, with a checksum that is right.
        // (Those of peers, swarms and members: docs/tracker.md, "State".)
        let swarms = 20 + 20 * 79
        for place in [16, swarms, swarms + 4 + 24] {
            var lying = Array(bytes.dropLast(8))
            for offset in 0..<4 { lying[place + offset] = 0xFF }
            let sum = lying.reduce(UInt64(0xCBF2_9CE4_8422_2325)) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
            lying += withUnsafeBytes(of: sum.bigEndian) { Array($0) }
            let sealed = lying
            #expect(throws: SwarmWireError.self) { try next.restore(sealed, now: 0, time: 0) }
        }
    }
}
