/// Peers that give units alone: nobody knows what they have before they are asked, and what they give is large.
extension SwarmPlanner {
    /// Bytes of units of one peer that may be on their way while another is asked for, and of all peers together.
    private static let unitWindow = 8 << 20
    private static let unitBudget = 64 << 20

    /// A peer that is connected gives units alone; it is hoped that it has all of them.
    mutating func offersUnits(_ peer: Int, now: Double) {
        guard let units, !peers[peer].isGone else { return }
        peers[peer].lackedUnits = []
        for unit in units.units { has(peer, unit.pieces, now: now) }
    }

    func hasRoomForUnit(_ peer: Int) -> Bool {
        let state = peers[peer]
        guard !state.isSlowWithUnits, state.runs.count < settings.leastRequests,
            state.runs.isEmpty || state.bytesInFlight < Self.unitWindow
        else { return false }
        return runs.values.reduce(0) { $1.unit != nil && !$1.isLate ? $0 + $1.bytes : $0 } < Self.unitBudget
    }

    /// - Returns: whether there was something to ask for.
    mutating func askForUnit(_ peer: Int, _ now: Double) -> Bool {
        guard let units else { return false }
        let busy = Set(peers[peer].runs.compactMap { runs[$0]?.unit }.map { units.units[$0].group })
        while true {
            let pieces = peers[peer].pieces
            var dice = random
            guard let piece = choose(using: &dice, from: { pieces.words[$0] & open($0) }) else { return false }
            random = dice
            let candidates = candidates(for: piece, from: peer, units)
            guard !candidates.isEmpty else {
                forget(piece, of: peer)
                continue
            }
            guard let number = candidates.first(where: { !busy.contains(units.units[$0].group) }) else { return false }
            let unit = units.units[number]
            ask(.peer(peer), for: unit.pieces, bytes: unit.bytes, isDuplicate: false, unit: number, now: now)
            return true
        }
    }

    /// The units that would bring a part of a piece and are worth it: where the origin can be asked too, not for a small
    /// part of what would come.
    private func candidates(for piece: Int, from peer: Int, _ table: UnitTable) -> [Int] {
        table.units(touching: piece).filter { number in
            let unit = table.units[number]
            guard mayHave(number, peer, table) else { return false }
            guard settings.usesOrigin else { return true }
            var useful = 0
            for piece in unit.pieces where !have.contains(piece) && !assigned.contains(piece) {
                useful += layout.length(of: piece..<piece + 1)
            }
            return useful * 4 >= min(unit.bytes, layout.length(of: unit.pieces))
        }
    }

    /// Whether it is hoped that a peer has a unit of which something is missing.
    private func mayHave(_ number: Int, _ peer: Int, _ table: UnitTable) -> Bool {
        !table.units[number].isDone && peers[peer].lackedUnits?.contains(number) != true
    }

    private mutating func forget(_ piece: Int, of peer: Int) {
        if peers[peer].pieces.remove(piece), peers[peer].isCounted { rarity.remove(piece) }
    }

    /// A peer does not have a unit, or not all of it.
    mutating func lacks(_ number: Int, _ peer: Int) {
        guard let units, peers[peer].lackedUnits?.insert(number).inserted == true else { return }
        for piece in units.units[number].pieces {
            if !units.units(touching: piece).contains(where: { mayHave($0, peer, units) }) { forget(piece, of: peer) }
        }
    }

    /// Bytes of a run have come, which nobody has looked at yet.
    mutating func received(_ bytes: Int, of id: Int, now: Double) {
        guard let run = runs[id] else { return }
        let counted = min(bytes, run.bytes - run.received)
        noteBytes(counted, of: run, now)
        runs[id]?.received += counted
    }

    /// A peer sends something.
    mutating func isAlive(_ peer: Int, now: Double) {
        if !peers[peer].isSilent { peers[peer].lastSign = now }
    }

    /// A peer's answer has come, and is right as far as it goes; which pieces it has brought is told by ``gain(_:_:)``.
    /// - Parameter isWhole: whether nothing of the unit is missing any more.
    mutating func unitCame(_ id: Int, isWhole: Bool, now: Double) {
        guard let run = runs[id] else { return }
        noteBytes(run.bytes - run.received, of: run, now)
        finish(id, now)
        if case .peer(let peer) = run.source {
            peers[peer].isSlowWithUnits = false
            if !isWhole, let unit = run.unit { lacks(unit, peer) }
        }
        // Pieces that it has brought a part of are open again.
        awakenAll()
    }

    /// When nothing else is left to do, the origin gets what units should have brought by now: nobody knows whether those
    /// who send them tell the truth before all of it has come. Nor are they asked for more until then.
    mutating func releaseSlowUnits(_ now: Double) {
        guard settings.usesOrigin, units != nil, origin.runs.isEmpty,
            !have.words.indices.contains(where: { open($0) & mask($0) != 0 })
        else { return }
        let slow = runs.values.filter { $0.unit != nil && !$0.isLate && now - $0.sentAt > settings.patience }
        for run in slow {
            makeLate(run.id)
            if case .peer(let peer) = run.source { peers[peer].isSlowWithUnits = true }
        }
        if !slow.isEmpty { awakenAll() }
    }
}
