extension SwarmPlanner {
    private static let mostUnkept = 2

    /// Forgets promises that were not kept.
    mutating func expireClaims(_ now: Double) {
        for peer in connected where !peers[peer].claims.isEmpty {
            var broken = 0
            var unkept: [Range<Int>: Int] = [:]
            for (piece, claim) in peers[peer].claims
            where now - claim.last > settings.claimLife || now - claim.first > settings.longestClaim {
                peers[peer].claims.removeValue(forKey: piece)
                unclaim(piece)
                if now - claim.first > settings.longestClaim {
                    broken += 1
                } else if let part = layout.whole(of: piece)?.first {
                    unkept[part, default: 0] += 1
                }
            }
            if broken > 8 { peers[peer].isBoaster = true }
            // Who has fetched a whole and then has nothing to give could not prove it: the file has only a part of it.
            for (part, count) in unkept {
                guard let whole = layout.whole(of: part.lowerBound), count * 2 > whole.reduce(0, { $0 + $1.count }),
                    // Somebody who has never given anything is not believed so of everything.
                    peers[peer].delivered > 0 || peers[peer].unkeptWholes < Self.mostUnkept
                else { continue }
                peers[peer].unkeptWholes += 1
                abandon(whole)
            }
        }
    }

    /// Tells others what they need not fetch: new runs at once, and all of them again every second.
    mutating func keepPromises(_ now: Double) {
        if now - lastPromise >= 1 {
            lastPromise = now
            promises = runs.values.filter { run in
                !run.isLate && !run.isDuplicate && !solitary.contains(run.pieces.lowerBound)
                    && (run.source == .origin ? !origin.isAlone : isRare(run))
            }.map(\.pieces)
        }
        guard !promises.isEmpty else { return }
        if !connected.isEmpty { actions.append(.expect(promises)) }
        promises = []
    }

    /// Whether this node knows only a part of the swarm.
    private var isSparse: Bool { swarmSize > connected.count + 1 }

    /// Passes on what was heard, and forgets what never came near.
    mutating func spreadRumours(_ now: Double) {
        if isSparse, !rumours.news.isEmpty { actions.append(.rumour(rumours.news)) }
        rumours.news = []
        guard now - lastForgotten >= 0.5 else { return }
        lastForgotten = now
        // Not all of those who starve do so at once.
        let patience = settings.starvedRumourLife * (1 + Double(lot >> 11) * 0x1p-53)
        let isDesperate = starvedSince.map { now - $0 > patience } ?? false
        rumours.forget(rarity.orphans, olderThan: isDesperate ? patience : settings.rumourLife, now)
    }

    private func isRare(_ run: PlannedRun) -> Bool { rarity.count(of: run.pieces.lowerBound) <= 1 }
}
