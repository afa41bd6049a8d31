public import SwarmWire
internal import Synchronization

/// Who is in which swarm, and whom a peer is told about: a sparse random graph (p2p.md §4.2), in bounded memory.
///
/// Time is what the caller says: seconds of any clock that never goes back, from 0 to 2³¹.
public final class TrackerRegistry: Sendable {
    public let limits: TrackerLimits
    private let state: Mutex<TrackerState>

    /// - Parameter seed: a random number, from which the graph is made. Who knew it could choose its neighbours.
    public init(limits: TrackerLimits = TrackerLimits(), seed: UInt64 = .random(in: .min ... .max)) {
        self.limits = limits
        state = Mutex(TrackerState(limits: limits, seed: seed))
    }

    /// Seconds until a peer should announce again.
    public var interval: Int { state.withLock { $0.interval } }

    public var figures: TrackerFigures { state.withLock { $0.figures } }

    /// Notes what a peer does in some swarms.
    ///
    /// - Parameters:
    ///   - swarms: what it does in each; beyond ``TrackerLimits/swarmsPerBatch`` none is looked at.
    ///   - wanted: addresses wanted for each swarm, at most ``TrackerLimits/neighbours`` of which are given.
    /// - Returns: an answer for each swarm, in order.
    public func announce(
        _ peer: AnnouncingPeer, _ swarms: [(id: SwarmID, activity: PeerActivity)], wanted: Int, now: Int
    ) -> [AnnounceAnswer] {
        let rule = HandingRule(peer.origin)
        let now = UInt32(clamping: now)
        return state.withLock { state in
            let number = state.beginAnnounce(peer)
            defer { state.endAnnounce(number) }
            return swarms.prefix(limits.swarmsPerBatch).map { swarm in
                state.announce(number, in: Key20(swarm.id), swarm.activity, wanted: wanted, rule: rule, now: now)
            }
        }
    }

    /// The figures of swarms; nil for one that the tracker does not know.
    public func scrape(_ swarms: [SwarmID]) -> [SwarmCounts?] {
        state.withLock { state in swarms.prefix(limits.swarmsPerScrape).map { state.counts(Key20($0)) } }
    }

    /// Swarms looked through in one go; announces wait for it.
    private static let sweepSize = 2_000

    /// Forgets the peers that have not announced for two intervals.
    public func sweep(now: Int) {
        let ids = state.withLock { Array($0.swarms.keys) }
        var rest = ids[...]
        while !rest.isEmpty {
            let part = rest.prefix(Self.sweepSize)
            rest = rest.dropFirst(Self.sweepSize)
            state.withLock { state in
                for id in part { state.sweep(id, now: UInt32(clamping: now)) }
            }
        }
    }

    // MARK: Keeping it

    /// Everything in the bytes of docs/tracker.md, "State".
    ///
    /// - Parameter time: seconds since 1970, from which a later start tells how old they are.
    public func snapshot(now: Int, time: Int64) -> [UInt8] {
        // A copy costs nothing until the next announce changes what it shares; the lock is free while bytes are made.
        let copy = state.withLock { $0 }
        return TrackerSnapshot.encode(copy, now: UInt32(clamping: now), time: time)
    }

    /// Adds what a snapshot holds. Who was known then gets the time that was left to it: nobody could announce
    /// meanwhile. Of a snapshot that is older than an hour only downloads count.
    ///
    /// - Throws: `SwarmWireError` when the bytes are damaged; then nothing is added.
    public func restore(_ bytes: [UInt8], now: Int, time: Int64) throws(SwarmWireError) {
        let snapshot = try TrackerSnapshot(bytes)
        state.withLock { snapshot.add(to: &$0, now: UInt32(clamping: now), time: time) }
    }
}
