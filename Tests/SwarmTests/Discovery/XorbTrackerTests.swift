import NIOCore
import NIOHTTP1
import Swarm
import SwarmWire
import Synchronization
import Testing
import Xet

@testable import Swarm

/// A tracker that knows who has which swarm, and counts what it is asked for.
extension TestTracker {
    static func knowing(_ members: [SwarmID: [PeerAddress]], batchSize: Int? = 1_000) -> TestTracker {
        TestTracker { told in
            if let batch = told.batch {
                var reply = BatchReply(interval: 120)
                reply.batchSize = batchSize
                for swarm in batch.leeching {
                    reply.swarms[swarm] = .peers(CompactPeers(members[swarm] ?? []), complete: 0, incomplete: 0)
                }
                return (200, [:], reply.encoded)
            }
            var reply = AnnounceReply(interval: 120)
            reply.batchSize = batchSize
            reply.peers = CompactPeers(told.single.flatMap { members[$0.swarm] } ?? [])
            return (200, [:], reply.encoded())
        }
    }

    /// The swarms that somebody was in, and those that were left.
    var swarms: (joined: Set<SwarmID>, left: Set<SwarmID>) {
        var (joined, left) = (Set<SwarmID>(), Set<SwarmID>())
        for told in all {
            if let batch = told.batch {
                joined.formUnion(batch.leeching + batch.seeding + batch.completed)
                left.formUnion(batch.stopped)
            }
            if let single = told.single {
                if single.event == .stopped { left.insert(single.swarm) } else { joined.insert(single.swarm) }
            }
        }
        return (joined, left)
    }
}

/// Swarms of which there are many for one file.
@Suite("Minor swarms", .timeLimit(.minutes(1))) struct MinorSwarmTests {
    private static func swarm(_ number: Int) -> SwarmID {
        SwarmID.zest(XorbHash(w0: UInt64(number), w1: 0, w2: 0, w3: 0))
    }

    @Test("they are told after all others, and a tracker without batches hears of a part of them")
    func order() {
        var seats = TrackerSeats(settings: .init())
        let now = ContinuousClock.now
        let minor = AnnounceState(port: 1, isSeeding: true, reach: .named, isMinor: true)
        for number in 0..<100 { _ = seats.join(Self.swarm(number), minor, now: now) { _ in } }
        let seed = seats.join(Self.swarm(200), AnnounceState(port: 1, isSeeding: true), now: now) { _ in }
        let leech = seats.join(Self.swarm(201), AnnounceState(port: 1), now: now) { _ in }
        #expect(seats.due(now: now, limit: 4).map(\.number) == [leech, seed, 1, 2])

        seats.batchSize = 1_000
        seats.putOffMinors(now: now)
        #expect(seats.due(now: now, limit: 1_000).count == 102)
        seats.batchSize = 0
        seats.putOffMinors(now: now)
        let due = seats.due(now: now, limit: 1_000)
        #expect(due.count == 2 + TrackerSeats.minorSingles && due.last?.number == UInt64(TrackerSeats.minorSingles))

        // Of those that were told the others are said goodbye to first.
        seats.noteTold(due.map { ($0.number, $0.facts) }, now: now)
        seats.leaveAll()
        #expect(Set(seats.farewells.prefix(2).map(\.swarm)) == [Self.swarm(200), Self.swarm(201)])
        #expect(seats.farewells.count == due.count)
    }

    @Test("the front of a file is looked for first, some xorbs at a time, and again less and less often")
    func search() {
        let xorbs = (0..<100).map { XorbHash(w0: UInt64($0), w1: 0, w2: 0, w3: 0) }
        var search = XorbSearch(due: 2)
        #expect(!search.isDue(1.9) && search.isDue(2))
        #expect(search.begin([]) == nil && !search.isRunning)
        var now = 2.0
        for (round, seconds) in [10.0, 20, 40].enumerated() {
            for window in 0..<XorbSearch.most / XorbSearch.atOnce {
                #expect(search.isDue(now), "\(round) \(window)")
                let begun = search.begin(xorbs)
                let first = window * XorbSearch.atOnce
                #expect(begun?.xorbs == Array(xorbs[first..<first + XorbSearch.atOnce]))
                #expect(begun?.seconds == seconds)
                #expect(!search.isDue(now + 1_000))
                now += seconds
                search.ended(true, now)
            }
        }
        for _ in 0..<100 {
            #expect(search.begin(Array(xorbs.prefix(3)))?.xorbs == Array(xorbs.prefix(3)))
            search.ended(true, now)
        }
        let last = search.begin(xorbs)?.seconds
        #expect(last == 300)
        // Where others are looking, it is tried again soon, for the same.
        search.ended(false, now)
        #expect(!search.isDue(now + 0.9) && search.isDue(now + 1))
    }
}
