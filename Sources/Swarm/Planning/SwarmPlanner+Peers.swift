extension SwarmPlanner {
    /// Bytes that one run from a peer should have.
    func runBytes(_ peer: Int) -> Int {
        guard let rate = peers[peer].meter.rate else { return 1 }
        return min(settings.largestRun, Int(rate * settings.runTime))
    }

    /// Bytes that may be on their way from a peer.
    private func window(_ peer: Int) -> Int {
        guard let rate = peers[peer].meter.rate else { return 1 }
        return min(
            settings.largestWindow, peers[peer].mostInFlight, Int(rate * (peers[peer].roundTrip + settings.windowSlack))
        )
    }

    private func hasRoom(_ peer: Int, _ now: Double) -> Bool {
        let state = peers[peer]
        guard !state.isSilent, state.notBefore <= now else { return false }
        guard state.lackedUnits == nil else { return hasRoomForUnit(peer) }
        guard peerBytesInFlight < settings.budget else { return false }
        return state.runs.count < settings.leastRequests || state.bytesInFlight < window(peer)
    }

    /// Gives something to do to all peers that have room.
    mutating func fillPeers(_ now: Double) {
        guard !restless.isEmpty else { return }
        // Who has little can be asked for little else: it chooses first, and who has everything last.
        let order = restless.sorted { (peers[$0].pieces.count, $0) < (peers[$1].pieces.count, $1) }
        restless = []
        var waiting = order
        while !waiting.isEmpty {
            // One run each in turn, so that the first does not take what another needs.
            waiting = waiting.filter { hasRoom($0, now) && askPeer($0, now) }
        }
    }

    /// - Returns: whether there was something to ask for.
    private mutating func askPeer(_ peer: Int, _ now: Double) -> Bool {
        guard peers[peer].lackedUnits == nil else { return askForUnit(peer, now) }
        let pieces = peers[peer].pieces
        var dice = random
        guard let piece = choose(using: &dice, from: { pieces.words[$0] & open($0) }) else { return false }
        if head == nil, peers[peer].isSeed, othersBringSoon(piece, now) { return false }
        random = dice
        let run = extend(piece, upTo: runBytes(peer)) { pieces.contains($0) }
        let isRare = rarity.count(of: piece) <= 1
        if isRare { promises.append(run) }
        ask(.peer(peer), for: run, bytes: layout.length(of: run), isDuplicate: false, now: now)
        return true
    }

    /// Whether a seed should be spared a piece, because those who are still taking the file themselves have it or will
    /// have it, and bring all that is missing in a moment.
    private func othersBringSoon(_ piece: Int, _ now: Double) -> Bool {
        var (seeds, rate) = (0, 0.0)
        for peer in connected where peers[peer].isCounted && peers[peer].lackedUnits == nil {
            if peers[peer].isSeed {
                seeds += 1
            } else if peers[peer].notBefore <= now {
                rate += peers[peer].meter.rate ?? 0
            }
        }
        guard rarity.count(of: piece) > seeds || claimed.contains(piece) else { return false }
        return Double(bytesLeft) <= rate * settings.shortTime
    }

    /// Whether all that peers have is here or on its way.
    var isStarved: Bool {
        let orphans = rarity.orphans
        return !have.words.indices.contains { open($0) & ~orphans.words[$0] & mask($0) != 0 }
    }

    /// The bits of a word that stand for pieces.
    func mask(_ word: Int) -> UInt64 {
        let last = layout.count - word << 6
        return last >= 64 ? .max : (1 << UInt64(last)) - 1
    }

    /// What to ask for next of some pieces: soon what is waited for, else the rarest.
    func choose(using dice: inout PlanRandom, from candidates: (Int) -> UInt64) -> Int? {
        for window in headWindows {
            let piece = rarest(using: &dice) { candidates($0) & Self.bits(of: window, in: $0) }
            if let piece { return piece }
        }
        return rarest(using: &dice, of: candidates)
    }

    /// What comes next for somebody who reads in order: a little that is urgent, then so much that nodes that read at the
    /// same time still have different pieces.
    var headWindows: [Range<Int>] {
        guard let head, head < layout.count else { return [] }
        return [head..<min(head + 4, layout.count), head..<min(head + max(32, layout.count / 8), layout.count)]
    }

    /// The bits of a word that stand for pieces in a range.
    static func bits(of range: Range<Int>, in word: Int) -> UInt64 {
        let part = range.clamped(to: word << 6..<(word + 1) << 6)
        guard !part.isEmpty else { return 0 }
        let bits: UInt64 = part.count == 64 ? .max : 1 << UInt64(part.count) - 1
        return bits << UInt64(part.lowerBound & 63)
    }

    /// The rarest of some pieces; what others are about to have counts as less rare.
    func rarest(using random: inout PlanRandom, of candidates: (Int) -> UInt64) -> Int? {
        rarity.rarest(postponing: claimed, using: &random, candidates: candidates)
    }

    /// Adds open neighbours to a piece that are as rare as it is.
    func extend(_ piece: Int, upTo bytes: Int, _ fits: (Int) -> Bool) -> Range<Int> {
        let rarest = rarity.count(of: piece)
        func takes(_ other: Int) -> Bool {
            !have.contains(other) && !assigned.contains(other) && rarity.count(of: other) <= rarest
                && claimed.contains(other) == claimed.contains(piece) && fits(other)
        }
        var run = piece..<piece + 1
        while run.upperBound < layout.count, layout.length(of: run.lowerBound..<run.upperBound + 1) <= bytes,
            takes(run.upperBound)
        {
            run = run.lowerBound..<run.upperBound + 1
        }
        while run.lowerBound > 0, layout.length(of: run.lowerBound - 1..<run.upperBound) <= bytes,
            takes(run.lowerBound - 1)
        {
            run = run.lowerBound - 1..<run.upperBound
        }
        return run
    }
}
