import Testing

@testable import Swarm

/// Peers that give units alone, in the plan.
struct UnitPlanTests {
    /// Sixteen pieces in five units, which do not end where pieces do: pieces 3, 6, 9 and 12 are parts of two.
    private static let units = [0..<4, 3..<7, 6..<10, 9..<13, 12..<16]

    private func planner(usesOrigin: Bool = true, groups: [Int] = [0, 1, 2, 3, 4]) -> SwarmPlanner {
        let layout = PieceLayout(lengths: [UInt32](repeating: 1 << 20, count: 16), pieceBytes: 1 << 20)
        var settings = PlannerSettings()
        settings.usesOrigin = usesOrigin
        var planner = SwarmPlanner(layout: layout, have: PieceSet(capacity: 16), settings: settings, seed: 3)
        planner.units = UnitTable(
            zip(Self.units, groups).map { .init(pieces: $0, bytes: 3_670_016, group: $1) })
        return planner
    }

    private func asked(_ actions: [PlanAction]) -> [PlannedRun] {
        actions.compactMap { if case .ask(let run) = $0, case .peer = run.source { run } else { nil } }
    }

    /// A unit has come: the pieces that it has all of are here, and those that another one has brought the rest of.
    private func arrive(_ run: PlannedRun, _ planner: inout SwarmPlanner, now: Double) throws {
        let unit = try #require(run.unit)
        planner.units?.units[unit].isDone = true
        planner.received(.max, of: run.id, now: now)
        for piece in run.pieces {
            let table = try #require(planner.units)
            guard table.units(touching: piece).allSatisfy({ table.units[$0].isDone }) else { continue }
            planner.gain(piece..<piece + 1, now)
        }
        planner.unitCame(run.id, isWhole: true, now: now)
    }

    @Test func theUnitsOfAPiece() {
        let table = UnitTable(Self.units.map { .init(pieces: $0, bytes: 1, group: 0) })
        #expect(
            (0..<16).map { table.units(touching: $0) }.map(\.count) == [1, 1, 1, 2, 1, 1, 2, 1, 1, 2, 1, 1, 2, 1, 1, 1])
        #expect(table.units(touching: 6) == 1..<3 && table.units(touching: 15) == 4..<5)
        #expect(UnitTable([]).units(touching: 0).isEmpty)
    }

    @Test func unitsAreAskedForOnceUntilAllIsHere() throws {
        var planner = planner(usesOrigin: false)
        let peer = planner.join(roundTrip: 0.01, now: 0)
        planner.offersUnits(peer, now: 0)
        var seen: [Int] = []
        var now = 0.0
        while !planner.isComplete, now < 10 {
            for run in asked(planner.plan(now)) {
                #expect(run.pieces == Self.units[run.unit ?? 0])
                seen.append(try #require(run.unit))
            }
            // As many as a peer may be asked for at once.
            #expect(planner.openRuns.count <= 2 && !planner.openRuns.isEmpty)
            try arrive(planner.openRuns[0], &planner, now: now + 0.05)
            now += 0.1
        }
        #expect(planner.isComplete && seen.sorted() == [0, 1, 2, 3, 4])
    }

    @Test func unitsOfOneGroupAreNotAskedForTogether() {
        var planner = planner(groups: [0, 0, 0, 0, 0])
        let peer = planner.join(roundTrip: 0.01, now: 0)
        planner.offersUnits(peer, now: 0)
        let runs = asked(planner.plan(0)) + asked(planner.plan(0.2))
        #expect(runs.count == 1)
    }

    @Test func whatAPeerDoesNotHaveOthersAreAskedFor() throws {
        var planner = planner(usesOrigin: false)
        let (poor, rich) = (planner.join(roundTrip: 0.01, now: 0), planner.join(roundTrip: 0.01, now: 0))
        planner.offersUnits(poor, now: 0)
        planner.offersUnits(rich, now: 0)
        var now = 0.0
        while !planner.isComplete, now < 20 {
            _ = planner.plan(now)
            for run in planner.openRuns where planner.run(run.id) != nil {
                if run.source == .peer(poor) {
                    planner.failed(run.id, .gone, now: now + 0.01)
                } else {
                    try arrive(run, &planner, now: now + 0.05)
                }
            }
            now += 0.1
        }
        #expect(planner.isComplete)
        // Five refusals at most, and then it is left in peace.
        #expect(planner.peers[poor].lackedUnits?.count ?? 0 <= 5)
    }

    @Test func theOriginGetsWhatIsLeftOfAUnitWhenItIsNotWorthIt() {
        var planner = planner()
        // Of a unit of fourteen pieces only its part of the first is missing.
        planner.units = UnitTable([
            .init(pieces: 0..<3, bytes: 3 << 20, group: 0, isDone: true),
            .init(pieces: 2..<16, bytes: 14 << 20, group: 1),
        ])
        planner.gain(0..<2, 0)
        planner.gain(3..<16, 0)
        let peer = planner.join(roundTrip: 0.01, now: 0)
        planner.offersUnits(peer, now: 0)
        let actions = planner.plan(0)
        #expect(asked(actions).isEmpty)
        #expect(planner.openRuns.map(\.source) == [.origin] && planner.openRuns.map(\.pieces) == [2..<3])
    }

    @Test func whatIsSlowIsAskedOfTheOriginWhenNothingElseIsLeft() {
        var planner = planner()
        planner.units = UnitTable([.init(pieces: 0..<16, bytes: 16 << 20, group: 0)])
        let peer = planner.join(roundTrip: 0.01, now: 0)
        planner.offersUnits(peer, now: 0)
        var now = 0.0
        var firstOrigin: Double?
        while now < 6, firstOrigin == nil {
            _ = planner.plan(now)
            // A little comes all the time, so it is not silent.
            if let run = planner.openRuns.first(where: { $0.unit != nil }) {
                planner.received(7_000, of: run.id, now: now)
            }
            if planner.openRuns.contains(where: { $0.source == .origin }) { firstOrigin = now }
            now += 0.1
        }
        #expect((firstOrigin ?? 99) > 1.9 && (firstOrigin ?? 99) < 2.6)
        // What comes late is welcome.
        #expect(planner.openRuns.contains { $0.unit == 0 })
    }
}
