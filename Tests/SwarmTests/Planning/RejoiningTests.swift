import Testing

@testable import Swarm

/// Peers that come, go and come again.
@Suite struct RejoiningTests {
    private func planner() -> SwarmPlanner {
        let layout = PieceLayout(lengths: [UInt32](repeating: 1 << 20, count: 64), pieceBytes: 1 << 20)
        var settings = PlannerSettings()
        settings.usesOrigin = false
        return SwarmPlanner(layout: layout, have: PieceSet(capacity: 64), settings: settings, seed: 1)
    }

    @Test("a peer that goes and comes again is asked again, and costs no memory each time")
    func comingAndGoing() {
        var planner = planner()
        let peer = planner.join(roundTrip: 0.01, now: 0)
        for round in 1...200 {
            let now = Double(round)
            planner.has(peer, 0..<64, now: now)
            let asked = planner.plan(now).contains { if case .ask = $0 { true } else { false } }
            #expect(asked)
            planner.leave(peer, now: now)
            #expect(planner.peerCount == 0 && planner.openRuns.isEmpty)
            let isIdle = planner.plan(now + 0.5).isEmpty
            #expect(isIdle)
            planner.rejoin(peer, now: now + 0.5)
            #expect(planner.peerCount == 1 && planner.knownPeers == 1)
        }
        // What it had before, it has to tell again.
        let isIdle = planner.plan(300).isEmpty
        #expect(isIdle)
    }

    @Test("one that never left does not join twice")
    func once() {
        var planner = planner()
        let peer = planner.join(roundTrip: 0.01, now: 0)
        planner.has(peer, 0..<64, now: 0)
        planner.rejoin(peer, now: 1)
        #expect(planner.peerCount == 1)
        let asked = planner.plan(1).contains { if case .ask = $0 { true } else { false } }
        #expect(asked)
    }

    @Test("hearsay of one peer stays that of one, however often it comes")
    func hearsay() {
        var planner = planner()
        let (first, second) = (planner.join(roundTrip: 0.01, now: 0), planner.join(roundTrip: 0.01, now: 0))
        planner.hears(first, 3..<4, now: 0)
        planner.leave(first, now: 0)
        planner.rejoin(first, now: 1)
        planner.hears(first, 3..<4, now: 1)
        #expect(!planner.rumours.pieces.contains(3))
        planner.hears(second, 3..<4, now: 1)
        #expect(planner.rumours.pieces.contains(3))
    }
}
