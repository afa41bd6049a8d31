import SwarmWire
import Testing

@testable import Swarm

/// When a tracker is told of which swarm.
@Suite("Tracker seats") struct TrackerSeatsTests {
    private static func swarm(_ number: UInt8) -> SwarmID {
        SwarmID(bytes: [UInt8](repeating: number, count: 20)) ?? .none
    }

    @Test("a tracker's wish to be left alone is granted, by header and by answer")
    func wishes() {
        var seats = TrackerSeats(settings: .init())
        let now = ContinuousClock.now
        let number = seats.join(Self.swarm(1), AnnounceState(port: 1), now: now) { _ in }
        #expect(seats.nextTime() == now)
        #expect(seats.failed(retryAfter: 400, now: now) >= .seconds(320))
        #expect(seats.isQuiet(now: now + .seconds(319)) && seats.nextTime() ?? now > now + .seconds(319))
        #expect(seats.succeeded(interval: 99_999, minimumInterval: 1) == .seconds(3600))
        #expect(seats.succeeded(interval: 0, minimumInterval: nil) == .seconds(10))
        #expect(seats.minimumInterval == nil && !seats.isQuiet(now: now))
        seats.refused(number, retryAfter: 600, now: now)
        #expect(seats.due(now: now + .seconds(599), limit: 9).isEmpty)
        #expect(seats.due(now: now + .seconds(721), limit: 9).count == 1)
        // It was never told, so there is nothing to take back.
        seats.leaveAll()
        #expect(seats.farewells.isEmpty)
        for _ in 0..<20 { _ = seats.failed(retryAfter: nil, now: now) }
        #expect((Duration.seconds(720)...Duration.seconds(1080)).contains(seats.failed(retryAfter: nil, now: now)))
    }

    @Test("who lacks something and found nobody asks again soon; seeds wait for the interval")
    func schedule() {
        var seats = TrackerSeats(settings: .init())
        let now = ContinuousClock.now
        let leeching = AnnounceState(port: 1)
        let leecher = seats.join(Self.swarm(1), leeching, now: now) { _ in }
        let seed = seats.join(Self.swarm(2), AnnounceState(port: 1, isSeeding: true), now: now) { _ in }
        #expect(seats.due(now: now, limit: 9).map(\.number) == [leecher, seed])
        #expect(seats.due(now: now, limit: 1).map(\.number) == [leecher])
        seats.noteTold(seats.due(now: now, limit: 9).map { ($0.number, $0.facts) }, now: now)
        seats.schedule(leecher, after: .seconds(120), foundPeers: false, now: now)
        seats.schedule(seed, after: .seconds(120), foundPeers: false, now: now)
        #expect(seats.due(now: now + .milliseconds(990), limit: 9).isEmpty)
        #expect(seats.due(now: now + .milliseconds(1110), limit: 9).map(\.number) == [leecher])
        seats.schedule(leecher, after: .seconds(120), foundPeers: true, now: now)
        #expect(seats.due(now: now + .seconds(107), limit: 9).isEmpty)
        #expect(seats.due(now: now + .seconds(121), limit: 9).count == 2)
        // Room that comes or goes is told when the tracker may be asked again, an end at once.
        leeching.update { $0.capacity = 0 }
        seats.noteChanges(now: now + .seconds(1))
        #expect(seats.due(now: now + .seconds(29), limit: 9).isEmpty)
        #expect(seats.due(now: now + .seconds(30), limit: 9).map(\.number) == [leecher])
        leeching.update { $0.isSeeding = true }
        seats.noteChanges(now: now + .seconds(2))
        #expect(seats.due(now: now + .seconds(2), limit: 9).map(\.number) == [leecher])
    }

    @Test("who needs peers asks after 1, 2, 4, 8, 16 and then every 30 seconds, until there are enough")
    func search() {
        for (batchSize, wish, expected) in [
            (100, 30, [1, 2, 4, 8, 16, 30, 30]), (0, nil, [1, 2, 4, 8, 16, 30, 30]),
            (0, 20, [20, 20, 20, 20, 20, 30, 30]),
            (0, 900, [120, 120]),
        ] as [(Int, Int?, [Int])] {
            var seats = TrackerSeats(settings: .init())
            var now = ContinuousClock.now
            let state = AnnounceState(port: 1)
            state.note(isSupplied: false)
            let number = seats.join(Self.swarm(1), state, now: now) { _ in }
            for pause in expected {
                seats.noteTold([(number, state.facts)], now: now)
                seats.batchSize = batchSize
                let interval = seats.succeeded(interval: 120, minimumInterval: wish)
                // Those whom the tracker names have nothing, as far as is known.
                seats.schedule(number, after: interval, foundPeers: true, now: now)
                let due = seats.nextTime() ?? now
                #expect(due >= now + .seconds(pause) * 0.89 && due <= now + .seconds(pause) * 1.11, "\(wish ?? 0)")
                now = due
            }
            // A peer that has everything ends it, and its end begins it anew.
            seats.noteTold([(number, state.facts)], now: now)
            seats.schedule(number, after: .seconds(120), foundPeers: true, now: now)
            state.note(isSupplied: true)
            seats.noteChanges(now: now)
            #expect(seats.nextTime() ?? now >= now + .seconds(108))
            state.note(isSupplied: false)
            seats.noteChanges(now: now + .seconds(50))
            let soon = wish == 900 ? now + .seconds(121) : now + .seconds(50)
            #expect(seats.nextTime() ?? now <= soon)
        }
    }
}
