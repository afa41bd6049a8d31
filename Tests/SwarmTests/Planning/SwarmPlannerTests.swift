import Swarm
import Testing

/// Each rule of the plan, alone.
struct SwarmPlannerTests {
    private static let pieces = 64
    private static let pieceBytes = 1 << 20

    private func planner(usesOrigin: Bool = true, seed: UInt64 = 1) -> SwarmPlanner {
        let layout = PieceLayout(
            lengths: [UInt32](repeating: UInt32(Self.pieceBytes), count: Self.pieces), pieceBytes: Self.pieceBytes)
        var settings = PlannerSettings()
        settings.usesOrigin = usesOrigin
        return SwarmPlanner(layout: layout, have: PieceSet(capacity: Self.pieces), settings: settings, seed: seed)
    }

    private func asked(_ actions: [PlanAction], of source: PlanSource? = nil) -> [PlannedRun] {
        actions.compactMap { action in
            guard case .ask(let run) = action, source == nil || run.source == source else { return nil }
            return run
        }
    }

    private func cancelled(_ actions: [PlanAction]) -> [PlannedRun] {
        actions.compactMap { if case .cancel(let run) = $0 { run } else { nil } }
    }

    // MARK: Where only wholes prove themselves

    /// Four wholes of sixteen pieces.
    private func planner(missing: Range<Int>) -> SwarmPlanner {
        let bytes = UInt64(16 * Self.pieceBytes)
        let layout = PieceLayout(
            stretches: (0..<4).map {
                PieceLayout.Stretch(
                    chunks: $0 * 16..<$0 * 16 + 16, bytes: UInt64($0) * bytes..<UInt64($0 + 1) * bytes, whole: $0)
            },
            pieceChunks: 1)
        var have = PieceSet(capacity: Self.pieces)
        have.insert(0..<missing.lowerBound)
        have.insert(missing.upperBound..<Self.pieces)
        return SwarmPlanner(layout: layout, have: have, settings: PlannerSettings().forWholes, seed: 3)
    }

    private static let tenths = (0...200).map { Double($0) / 10 }

    @Test func theOriginIsAskedForAWhole() {
        var planner = planner(missing: 0..<Self.pieces)
        _ = planner.join(roundTrip: 0.01, now: 0)
        var actions: [PlanAction] = []
        for time in Self.tenths.prefix(20) { actions += planner.plan(time) }
        let runs = asked(actions, of: .origin)
        #expect(runs.map(\.pieces.count) == [16])
        #expect(runs[0].pieces.lowerBound.isMultiple(of: 16))
        #expect(actions.contains(.expect([runs[0].pieces])))
    }

    @Test func othersWaitWhileTwoFetchWholes() {
        var planner = planner(missing: 0..<Self.pieces)
        let peers = (0..<3).map { _ in planner.join(roundTrip: 0.01, now: 0) }
        var first: PlannedRun?
        for time in Self.tenths where first == nil {
            for peer in peers.prefix(2) { planner.expects(peer, peer * 16..<peer * 16 + 16, now: time) }
            first = asked(planner.plan(time), of: .origin).first
        }
        // Nothing has come for long: then one more may.
        #expect(first.map { $0.sentAt >= PlannerSettings().wholePatience && $0.sentAt < 19 } == true)
        #expect(first.map { $0.pieces.lowerBound >= 32 } == true)
    }

    @Test func aPeerThatHasAllOfAWholeIsAskedOnceItIsKnownWhatIsInIt() {
        var planner = planner(missing: 16..<32)
        let peer = planner.join(roundTrip: 0.01, now: 0)
        planner.expects(peer, 16..<32, now: 0)
        let before = asked(planner.plan(0))
        #expect(before.isEmpty)
        planner.settle(16..<32) { UInt64($0) * UInt64(Self.pieceBytes) }
        planner.has(peer, 16..<32, now: 0.1)
        let after = asked(planner.plan(0.1), of: .peer(peer))
        #expect(after.count == 2)
        // Of the other three, nobody else has anything.
        #expect(planner.isSoleSource)
        planner.has(peer, 0..<Self.pieces, now: 0.2)
        #expect(!planner.isSoleSource)
    }

    @Test func aWholeThatNobodyCouldProveIsFetchedByEverybody() {
        var planner = planner(missing: 0..<16)
        let peer = planner.join(roundTrip: 0.01, now: 0)
        var runs: [PlannedRun] = []
        var promises = 0
        for time in Self.tenths.prefix(90) {
            // It has fetched it, and has nothing to give.
            if time <= 2 { planner.expects(peer, 0..<16, now: time) }
            let actions = planner.plan(time)
            runs += asked(actions, of: .origin)
            promises += actions.count { if case .expect = $0 { true } else { false } }
        }
        #expect(!runs.isEmpty)
        #expect(runs.allSatisfy { $0.sentAt > 6.9 && $0.sentAt < 8 })
        #expect(promises == 0)
    }

    // MARK: Where all chunks are known

    @Test func withoutPeersTheOriginIsAskedForEverythingAtOnce() {
        var planner = planner()
        let runs = asked(planner.plan(0), of: .origin)
        #expect(runs.reduce(0) { $0 + $1.pieces.count } == Self.pieces)
        #expect(runs.count <= 2)
        let later = asked(planner.plan(1))
        #expect(later.isEmpty)
    }

    @Test func aPeerThatComesEndsTheOriginsLonelyWork() {
        var planner = planner()
        let alone = asked(planner.plan(0))
        planner.progressed(alone[0].id, pieces: alone[0].pieces.prefix(2), now: 0.1)
        let peer = planner.join(roundTrip: 0.01, now: 0.1)
        planner.has(peer, 0..<Self.pieces, now: 0.1)
        let actions = planner.plan(0.1)
        #expect(Set(cancelled(actions).map(\.id)) == Set(alone.map(\.id)))
        #expect(asked(actions, of: .peer(peer)).count == 2)
        // What had come is not asked for again.
        #expect(asked(actions).allSatisfy { !$0.pieces.overlaps(alone[0].pieces.prefix(2)) })
    }

    @Test func withoutOriginNobodyIsAskedWhenNobodyHasAnything() {
        var planner = planner(usesOrigin: false)
        let peer = planner.join(roundTrip: 0.01, now: 0)
        let before = asked(planner.plan(0))
        #expect(before.isEmpty)
        planner.has(peer, 3..<4, now: 1)
        let after = asked(planner.plan(1))
        #expect(after.map(\.pieces) == [3..<4])
    }

    @Test func theRarestPiecesComeFirst() {
        var planner = planner(usesOrigin: false)
        let (first, second) = (planner.join(roundTrip: 0.01, now: 0), planner.join(roundTrip: 0.01, now: 0))
        planner.has(second, 0..<Self.pieces, now: 0)
        for piece in 0..<Self.pieces where piece != 17 && piece != 40 { planner.has(first, piece..<piece + 1, now: 0) }
        let runs = asked(planner.plan(0), of: .peer(second))
        #expect(Set(runs.map(\.pieces)) == [17..<18, 40..<41])
    }

    @Test func whatSomebodyWaitsForComesFirst() {
        for seed in 0..<8 as Range<UInt64> {
            var planner = planner(usesOrigin: false, seed: seed)
            let peer = planner.join(roundTrip: 0.01, now: 0)
            planner.has(peer, 0..<Self.pieces, now: 0)
            planner.head = 20
            let runs = asked(planner.plan(0), of: .peer(peer))
            #expect(!runs.isEmpty && runs.allSatisfy { (20..<24).contains($0.pieces.lowerBound) })
        }
        // Alone with the origin, the first run begins there, and the rest follows.
        var alone = planner()
        alone.head = 30
        let runs = asked(alone.plan(0), of: .origin)
        #expect(runs.first?.pieces.lowerBound == 30 && runs.reduce(0) { $0 + $1.pieces.count } == Self.pieces)
        // Beyond the end nothing is urgent.
        var done = planner(usesOrigin: false)
        let peer = done.join(roundTrip: 0.01, now: 0)
        done.has(peer, 0..<4, now: 0)
        done.head = Self.pieces - 1
        #expect(asked(done.plan(0)).map(\.pieces).allSatisfy { $0.upperBound <= 4 })
    }

    @Test func nodesThatBeginTogetherChooseDifferentPieces() {
        var first: Set<Range<Int>> = []
        for seed in 1...16 {
            var planner = planner(usesOrigin: false, seed: UInt64(seed) &* 0x9E37_79B9)
            let peer = planner.join(roundTrip: 0.01, now: 0)
            planner.has(peer, 0..<Self.pieces, now: 0)
            first.formUnion(asked(planner.plan(0)).map(\.pieces))
        }
        #expect(first.count > 20)
    }

    @Test func aFasterPeerIsAskedForMoreAtOnce() {
        var planner = planner(usesOrigin: false)
        let peer = planner.join(roundTrip: 0.1, now: 0)
        planner.has(peer, 0..<Self.pieces, now: 0)
        var open = asked(planner.plan(0))
        #expect(open.count == 2)
        var time = 0.0
        for _ in 0..<6 {
            // Runs get longer when they come fast.
            let run = open.removeFirst()
            time += Double(run.bytes) / 50e6
            planner.completed(run.id, now: time)
            open += asked(planner.plan(time))
        }
        // 50 MB/s and 200 ms: 10 MB.
        let inFlight = open.reduce(0) { $0 + $1.bytes }
        #expect(inFlight >= 6 << 20)
        #expect(inFlight <= 16 << 20)
    }

    @Test func whatOthersSayTheyFetchIsLeftToThem() {
        var planner = planner()
        _ = planner.plan(0)
        let peer = planner.join(roundTrip: 0.01, now: 0)
        planner.expects(peer, 0..<60, now: 0)
        let runs = asked(planner.plan(0), of: .origin)
        #expect(!runs.isEmpty)
        #expect(runs.allSatisfy { $0.pieces.lowerBound >= 60 })
    }

    @Test func promisesThatAreNotKeptAreForgotten() {
        var planner = planner()
        let peer = planner.join(roundTrip: 0.01, now: 0)
        planner.expects(peer, 0..<Self.pieces, now: 0)
        let early = asked(planner.plan(0.1), of: .origin)
        #expect(early.isEmpty)
        var late: [PlannedRun] = []
        for step in 2...80 { late += asked(planner.plan(Double(step) / 10), of: .origin) }
        #expect(!late.isEmpty)
    }

    @Test func aBoasterDelaysNobodyForLong() {
        var planner = planner()
        let peer = planner.join(roundTrip: 0.01, now: 0)
        var firstRun: Double?
        for step in 0...300 where firstRun == nil {
            let now = Double(step) / 10
            planner.expects(peer, 0..<Self.pieces, now: now)
            if !asked(planner.plan(now), of: .origin).isEmpty { firstRun = now }
        }
        #expect((firstRun ?? .infinity) < 25)
    }

    @Test func oneWitnessOfARumourIsNotEnough() {
        var planner = planner()
        planner.swarmSize = 20
        let (first, second) = (planner.join(roundTrip: 0.01, now: 0), planner.join(roundTrip: 0.01, now: 0))
        planner.hears(first, 0..<Self.pieces, now: 0)
        let believing = planner
        let runs = asked(planner.plan(0), of: .origin)
        #expect(!runs.isEmpty)
        planner = believing
        planner.hears(second, 0..<Self.pieces, now: 0)
        let none = asked(planner.plan(0), of: .origin)
        #expect(none.isEmpty)
    }

    @Test func aSilentPeerLosesItsPiecesWithinThreeSeconds() {
        var planner = planner()
        let (silent, good) = (planner.join(roundTrip: 0.01, now: 0), planner.join(roundTrip: 0.01, now: 0))
        planner.has(silent, 0..<Self.pieces, now: 0)
        planner.has(good, 0..<Self.pieces, now: 0)
        let lost = Set(asked(planner.plan(0), of: .peer(silent)).flatMap(\.pieces))
        #expect(!lost.isEmpty)
        var time = 0.0
        while !planner.isComplete, time < 60 {
            time += 0.05
            for run in planner.openRuns where run.source != .peer(silent) { planner.completed(run.id, now: time) }
            _ = planner.plan(time)
        }
        #expect(planner.isComplete)
        #expect(time < 3)
    }

    @Test func aSilentPeerIsLeftInTheEnd() {
        var planner = planner(usesOrigin: false)
        let peer = planner.join(roundTrip: 0.01, now: 0)
        planner.has(peer, 0..<Self.pieces, now: 0)
        var dropped: Double?
        for step in 0...400 where dropped == nil {
            let now = Double(step) / 10
            if planner.plan(now).contains(.drop(peer: peer, isLiar: false)) { dropped = now }
        }
        #expect((dropped ?? .infinity) < 30)
        #expect(planner.peerCount == 0)
    }

    @Test func aLiarIsDroppedAtOnceAndItsPiecesGoToOthers() {
        var planner = planner(usesOrigin: false)
        let (liar, good) = (planner.join(roundTrip: 0.01, now: 0), planner.join(roundTrip: 0.01, now: 0))
        planner.has(liar, 0..<Self.pieces, now: 0)
        let run = asked(planner.plan(0), of: .peer(liar))[0]
        planner.has(good, run.pieces, now: 0.1)
        planner.failed(run.id, .corrupt, now: 0.1)
        let actions = planner.plan(0.1)
        #expect(actions.contains(.drop(peer: liar, isLiar: true)))
        #expect(asked(actions).map(\.source) == [.peer(good)])
        #expect(asked(actions).first?.pieces == run.pieces)
    }

    @Test func whoRefusesIsAskedAgainNotBeforeItSays() {
        var planner = planner(usesOrigin: false)
        let peer = planner.join(roundTrip: 0.01, now: 0)
        planner.has(peer, 0..<Self.pieces, now: 0)
        for run in asked(planner.plan(0)) { planner.failed(run.id, .refused(retryAfter: 2), now: 0.1) }
        var again: Double?
        for step in 1...50 where again == nil {
            let now = Double(step) / 10
            if !asked(planner.plan(now)).isEmpty { again = now }
        }
        #expect(again.map { (2.1...2.4).contains($0) } == true)
    }

    @Test func whoRefusesMoreWhileItSendsIsAskedForLessWithoutAPause() {
        var planner = planner(usesOrigin: false)
        let peer = planner.join(roundTrip: 0.01, now: 0)
        planner.has(peer, 0..<Self.pieces, now: 0)
        // So fast that its window has many runs.
        planner.settings.largestRun = Self.pieceBytes
        var now = 0.0
        for _ in 0..<2 {
            for run in asked(planner.plan(now)) { planner.completed(run.id, now: now + 0.001) }
            now += 0.001
        }
        let runs = asked(planner.plan(now))
        #expect(runs.count > 3)
        for run in runs.dropFirst(3) { planner.failed(run.id, .refused(retryAfter: 2), now: now) }
        // It has as much to do as it takes.
        #expect(asked(planner.plan(now + 0.001)).isEmpty)
        // Each answer makes room for a question, long before the two seconds have passed.
        planner.completed(runs[0].id, now: now + 0.002)
        #expect(!asked(planner.plan(now + 0.002)).isEmpty)
    }

    @Test func whatAPeerNoLongerHasIsNotAskedOfItAgain() {
        var planner = planner(usesOrigin: false)
        let peer = planner.join(roundTrip: 0.01, now: 0)
        planner.has(peer, 5..<6, now: 0)
        planner.failed(asked(planner.plan(0))[0].id, .gone, now: 0.1)
        let later = asked(planner.plan(1))
        #expect(later.isEmpty)
    }

    @Test func lastPiecesThatComeLateAreAskedForTwiceAndTheLoserIsCancelled() throws {
        var planner = planner(usesOrigin: false)
        let (slow, fast) = (planner.join(roundTrip: 0.01, now: 0), planner.join(roundTrip: 0.01, now: 0))
        planner.has(slow, 0..<Self.pieces, now: 0)
        planner.has(fast, 0..<Self.pieces, now: 0)
        // The slow one needs a second for a piece, the fast one 20 ms.
        var time = 0.0
        var due: [Int: Double] = [:]
        var freeAt: [PlanSource: Double] = [:]
        var doubled: [PlannedRun] = []
        var losers: [PlannedRun] = []
        while !planner.isComplete, time < 60 {
            time += 0.01
            for (id, at) in due where at <= time {
                planner.completed(id, now: time)
                due[id] = nil
            }
            for action in planner.plan(time) {
                switch action {
                case .ask(let run):
                    let pace = run.source == .peer(slow) ? 1.0 : 0.02
                    let end = max(time, freeAt[run.source] ?? 0) + pace * Double(run.pieces.count)
                    freeAt[run.source] = end
                    due[run.id] = end
                    if run.isDuplicate { doubled.append(run) }
                case .cancel(let run):
                    due[run.id] = nil
                    losers.append(run)
                default: break
                }
            }
        }
        #expect(planner.isComplete)
        #expect(time < 2.5)
        #expect(!doubled.isEmpty)
        #expect(doubled.count <= 4)
        #expect(losers.contains { $0.source == .peer(slow) })
    }

    @Test func theOriginHelpsSlowPeersAndLeavesFastOnesAlone() {
        for (seconds, helps) in [(0.5, true), (0.004, false)] {
            var planner = planner()
            let peer = planner.join(roundTrip: 0.01, now: 0)
            planner.has(peer, 0..<Self.pieces, now: 0)
            var open = asked(planner.plan(0))
            // The origin brings 20 MB/s.
            var time = 0.0
            for _ in 0..<30 {
                time += seconds
                for run in open where run.source == .origin && time - run.sentAt >= 0.05 * Double(run.pieces.count) {
                    planner.completed(run.id, now: time)
                }
                if let run = open.first(where: { $0.source == .peer(peer) && planner.run($0.id) != nil }) {
                    planner.completed(run.id, now: time)
                }
                open = planner.openRuns + asked(planner.plan(time))
            }
            let fromOrigin = planner.openRuns.contains { $0.source == .origin }
            #expect(fromOrigin == helps || planner.isComplete)
        }
    }

    @Test func anOriginThatFailsIsLeftAloneForAWhile() {
        var planner = planner()
        let peer = planner.join(roundTrip: 0.01, now: 0)
        let runs = asked(planner.plan(0), of: .origin)
        #expect(!runs.isEmpty)
        for run in runs { planner.failed(run.id, .broken, now: 0.1) }
        let soon = asked(planner.plan(0.2), of: .origin)
        #expect(soon.isEmpty)
        let later = asked(planner.plan(3), of: .origin)
        #expect(!later.isEmpty)
        #expect(planner.peerCount == 1)
        planner.leave(peer, now: 3)
        #expect(planner.peerCount == 0)
    }

    @Test func nothingIsAskedForBeyondTheBudget() {
        var planner = planner(usesOrigin: false)
        planner.settings.budget = 4 << 20
        for _ in 0..<20 {
            let peer = planner.join(roundTrip: 0.01, now: 0)
            planner.has(peer, 0..<Self.pieces, now: 0)
        }
        let bytes = asked(planner.plan(0)).reduce(0) { $0 + $1.bytes }
        #expect(bytes <= 5 << 20)
        #expect(bytes >= 4 << 20)
    }

    @Test func aPeerThatGoesLeavesNothingBehind() {
        var planner = planner(usesOrigin: false)
        let peer = planner.join(roundTrip: 0.01, now: 0)
        planner.has(peer, 0..<Self.pieces, now: 0)
        planner.expects(peer, 0..<Self.pieces, now: 0)
        #expect(!asked(planner.plan(0)).isEmpty)
        planner.leave(peer, now: 0.1)
        #expect(planner.openRuns.isEmpty)
        let other = planner.join(roundTrip: 0.01, now: 0.2)
        planner.has(other, 0..<Self.pieces, now: 0.2)
        let runs = asked(planner.plan(0.2))
        #expect(runs.count == 2)
    }
}
