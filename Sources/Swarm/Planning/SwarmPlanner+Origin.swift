extension SwarmPlanner {
    /// Asks the origin for what it should bring.
    mutating func askOrigin(_ now: Double) {
        guard settings.usesOrigin, origin.notBefore <= now else { return }
        guard !connected.isEmpty else { return askOriginForAll(now) }
        if origin.isAlone {
            // There is somebody to share the work with: only what has come so far counts.
            origin.isAlone = false
            for id in origin.runs {
                if let run = runs[id] { actions.append(.cancel(run)) }
                finish(id, now)
            }
            awakenAll()
            fillPeers(now)
        }
        // Wholes that take long are better had one after the other.
        if Double(layout.largestWhole) <= (origin.meter.rate ?? 0) * settings.wholeTime || layout.wholePieces == 0 {
            origin.adapt(most: settings.mostOriginSlots, least: settings.originSlots, now)
        }
        while origin.runs.count < origin.slots, let runs = originRuns(now) {
            for run in runs {
                if !solitary.contains(run.lowerBound) {
                    promises.append(run)
                    for piece in run { rumours.know(piece, now) }
                }
                if layout.whole(of: run.lowerBound) != nil { wholeRuns.insert(nextRun) }
                ask(.origin, for: run, bytes: layout.length(of: run), isDuplicate: false, now: now)
            }
        }
    }

    /// Without peers the origin is asked for everything at once, which it does best; from a place by chance, so that
    /// nodes that do not know each other yet bring different parts.
    private mutating func askOriginForAll(_ now: Double) {
        guard origin.runs.isEmpty else { return }
        origin.isAlone = true
        let start = head.map { min($0, layout.count - 1) } ?? random.below(layout.count)
        for part in [start..<layout.count, 0..<start] {
            guard let first = part.first(where: { !have.contains($0) }),
                let last = part.last(where: { !have.contains($0) })
            else { continue }
            let run = first..<last + 1
            var bytes = 0
            for piece in run where !have.contains(piece) { bytes += layout.length(of: piece..<piece + 1) }
            ask(.origin, for: run, bytes: bytes, isDuplicate: false, now: now)
        }
    }

    var originRunBytes: Int {
        let perSlot = (origin.meter.rate ?? 0) / Double(origin.slots)
        return min(settings.largestOriginRun, Int(perSlot * settings.originRunTime))
    }

    /// What the origin should bring next, as one run, or as several where only all of them can be passed on.
    private mutating func originRuns(_ now: Double) -> [Range<Int>]? {
        let bytes = originRunBytes
        let orphans = rarity.orphans
        let isFetcher = isFetcher(now)
        if isFetcher {
            for window in headWindows {
                let piece = window.first { piece in
                    let (word, bit) = (piece >> 6, 1 << UInt64(piece & 63) as UInt64)
                    return bit & open(word) & orphans.words[word] & ~claimed.words[word] & ~rumours.pieces.words[word]
                        != 0
                }
                if let piece, let runs = runs(from: piece, upTo: bytes, now) { return runs }
            }
            let words = orphans.words.count
            let start = random.below(words)
            for step in 0..<words {
                let word = (start + step) % words
                let bits = open(word) & orphans.words[word] & ~claimed.words[word] & ~rumours.pieces.words[word]
                guard bits != 0 else { continue }
                let piece = word << 6 + RarityIndex.randomBit(of: bits, using: &random)
                if let runs = runs(from: piece, upTo: bytes, now) { return runs }
                break
            }
        }
        guard isOriginWorthwhile(now, isFetcher) else { return nil }
        var dice = random
        guard let piece = choose(using: &dice, from: { open($0) & ~orphans.words[$0] }) else { return nil }
        random = dice
        return [extend(piece, upTo: bytes) { _ in true }]
    }

    /// What is to be asked of the origin beginning with a piece that nobody has; nil when it is not this node's turn.
    private mutating func runs(from piece: Int, upTo bytes: Int, _ now: Double) -> [Range<Int>]? {
        guard let whole = layout.whole(of: piece) else {
            return [
                extend(piece, upTo: bytes) {
                    layout.whole(of: $0) == nil && solitary.contains($0) == solitary.contains(piece)
                        && !rumours.pieces.contains($0)
                }
            ]
        }
        guard mayFetchWhole(now) else { return nil }
        wholeTurn = nil
        var runs: [Range<Int>] = []
        for part in whole {
            for piece in part where !have.contains(piece) && !assigned.contains(piece) {
                if let last = runs.last, last.upperBound == piece {
                    runs[runs.count - 1] = last.lowerBound..<piece + 1
                } else {
                    runs.append(piece..<piece + 1)
                }
            }
        }
        return runs
    }

    /// Whether it is this node's turn to ask the origin for something that can be passed on only as a whole. When many
    /// do so at once, all have their wholes at the end, and nobody has anything to give before.
    private mutating func mayFetchWhole(_ now: Double) -> Bool {
        let others = connected.count { number in
            peers[number].claims.keys.contains { layout.whole(of: $0) != nil }
        }
        let waits = idleSince.map { max(0, now - $0) } ?? 0
        guard others < settings.wholeFetchers + Int(waits / settings.wholePatience) else {
            wholeTurn = nil
            return false
        }
        // Who does so already goes on. Of those who wait, one begins, and the others hear of it.
        guard wholeRuns.isEmpty, now - lastWhole > 1 else { return true }
        let turn = wholeTurn ?? now + min(10, 0.4 * Double(connected.count + 1 - others)) * random.fraction()
        wholeTurn = turn
        return now >= turn
    }

    /// Bytes per second that peers bring together.
    func peerRate(_ now: Double) -> Double {
        var meter = peerMeter
        meter.note(0, now)
        return meter.rate ?? 0
    }

    /// Whether the origin should bring what peers have too, because they are slow.
    private func isOriginWorthwhile(_ now: Double, _ isFetcher: Bool) -> Bool {
        // In a large swarm that begins, peers have nothing yet: give them time.
        if isLarge, !isFetcher, now - (firstPeerAt ?? now) < settings.largeSwarmStart { return false }
        // As long as there is something that nobody can give, that comes first.
        guard layout.wholePieces == 0 else { return false }
        guard let rate = origin.meter.rate else { return isFetcher && !layout.hasWholes }
        let peers = peerRate(now)
        guard peers < settings.originShare * rate else { return false }
        // What peers bring in a moment needs no help.
        return peers == 0 || Double(bytesLeft) > peers * settings.shortTime
    }

    /// Bytes that are not here yet, more or less.
    var bytesLeft: Int { (layout.count - have.count) * layout.length(of: 0..<1) }

    var isLarge: Bool { swarmSize > settings.originFetchers }

    /// Whether it is this node's turn to ask the origin for what nobody has. In a small swarm it always is; in a large
    /// one it is drawn by lot every few seconds, with better chances for those who get nothing.
    private func isFetcher(_ now: Double) -> Bool {
        guard isLarge else { return true }
        var draw = PlanRandom(seed: lot &+ UInt64(max(0, now) / 4 + Double(lot & 0xFF) / 256) &* 0x2545_F491_4F6C_DD1D)
        var chance = Double(settings.originFetchers) / Double(swarmSize)
        if let idleSince {
            var idle = now - idleSince
            while idle >= 3, chance < 1 {
                chance *= 2
                idle -= 3
            }
        }
        return draw.fraction() < chance
    }
}
