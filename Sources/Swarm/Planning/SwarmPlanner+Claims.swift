extension SwarmPlanner {
    /// Forgets promises that were not kept.
    mutating func expireClaims(_ now: Double) {
        for peer in connected where !peers[peer].claims.isEmpty {
            var broken = 0
            for (piece, claim) in peers[peer].claims
            where now - claim.last > settings.claimLife || now - claim.first > 5 * settings.claimLife {
                peers[peer].claims.removeValue(forKey: piece)
                unclaim(piece)
                if now - claim.first > 5 * settings.claimLife { broken += 1 }
            }
            if broken > 8 { peers[peer].isBoaster = true }
        }
    }

    /// Tells others what they need not fetch: new runs at once, and all of them again every second.
    mutating func keepPromises(_ now: Double) {
        if now - lastPromise >= 1 {
            lastPromise = now
            promises = runs.values.filter { run in
                !run.isLate && !run.isDuplicate && (run.source == .origin ? !origin.isAlone : isRare(run))
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
