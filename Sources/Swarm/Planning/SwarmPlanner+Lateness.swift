extension SwarmPlanner {
    /// Frees what silent peers were asked for.
    mutating func checkSilence(_ now: Double) {
        for peer in connected {
            guard let head = peers[peer].runs.first.flatMap({ runs[$0] }) else { continue }
            let silence = now - peers[peer].lastSign
            let usual = peers[peer].meter.rate.map { 2 * Double(head.bytes) / $0 } ?? 0
            guard silence > max(settings.patience, usual) + peers[peer].roundTrip else { continue }
            if !peers[peer].isSilent {
                peers[peer].isSilent = true
                setCounted(peer, false)
                for piece in peers[peer].claims.keys { unclaim(piece) }
                peers[peer].claims = [:]
                for run in peers[peer].runs { makeLate(run) }
                awakenAll()
            }
            if silence > max(settings.lastPatience, 4 * usual) { drop(peer, isLiar: false, now) }
        }
    }

    /// Seconds until a run has come, as things look now.
    private func timeLeft(_ run: PlannedRun, _ now: Double) -> Double {
        guard case .peer(let number) = run.source else {
            let rate = origin.meter.rate ?? 1
            return Double(run.bytes - run.received) / (rate / Double(max(1, origin.runs.count)))
        }
        let peer = peers[number]
        let silence = now - peer.lastSign
        guard let rate = peer.meter.rate else { return max(1, 2 * silence) }
        var ahead = 0
        for id in peer.runs {
            if let run = runs[id] { ahead += max(0, run.bytes - run.received) }
            if id == run.id { break }
        }
        let left = Double(ahead) / rate + peer.roundTrip - silence
        return left > 0 ? left : max(silence, 0.05)
    }

    /// When hardly anything is left, asks a second source for what would come late.
    mutating func askTwice(_ now: Double) {
        guard !runs.isEmpty || !claimed.isEmpty, isNearEnd(now) else { return }
        let late = runs.values.filter { !$0.isLate && !isDoubled($0.pieces) }
            .map { (run: $0, left: timeLeft($0, now)) }
            .sorted { ($0.left, $0.run.id) > ($1.left, $1.run.id) }
        for (run, left) in late where left > 0.25 {
            // Only what of it is not here yet.
            guard let first = run.pieces.first(where: { !have.contains($0) }),
                let last = run.pieces.last(where: { !have.contains($0) })
            else { continue }
            let rest = first..<last + 1
            let bytes = layout.length(of: rest)
            var best: (source: PlanSource, time: Double)?
            for peer in connected where run.source != .peer(peer) {
                let state = peers[peer]
                guard state.lackedUnits == nil, !state.isSilent, state.notBefore <= now,
                    state.runs.count < settings.leastRequests,
                    let rate = state.meter.rate, rest.allSatisfy(state.pieces.contains)
                else { continue }
                let time = Double(state.bytesInFlight + bytes) / rate + state.roundTrip
                if time < best?.time ?? .infinity { best = (.peer(peer), time) }
            }
            if settings.usesOrigin, run.source != .origin, left > (isLarge ? 2 : 0.5), origin.runs.count < origin.slots,
                origin.notBefore <= now,
                let rate = origin.meter.rate
            {
                let time = Double(origin.bytesInFlight + bytes) / rate + 0.25
                if time < best?.time ?? .infinity { best = (.origin, time) }
            }
            guard let best, best.time * 1.5 + 0.1 < left else { continue }
            ask(best.source, for: rest, bytes: bytes, isDuplicate: true, now: now)
        }
    }

    /// Whether everything that is missing is on its way, and it is not much.
    private func isNearEnd(_ now: Double) -> Bool {
        var left = 0
        for word in have.words.indices {
            let missing = ~have.words[word] & mask(word)
            guard missing & ~assigned.words[word] & ~claimed.words[word] == 0 else { return false }
            left += missing.nonzeroBitCount
        }
        let piece = layout.length(of: 0..<1)
        let rate = peerRate(now) + (origin.meter.rate ?? 0)
        return left * piece <= max(8 * piece, Int(rate * 1.5))
    }
}
