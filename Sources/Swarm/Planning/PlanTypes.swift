/// Where a run of pieces is asked for.
package enum PlanSource: Hashable, Sendable {
    /// The hub's storage.
    case origin
    /// A peer, by the number that ``SwarmPlanner/join(roundTrip:now:)`` gave it.
    case peer(Int)
}

/// A run of pieces that was asked for and has not come yet.
package struct PlannedRun: Sendable, Hashable {
    package var id: Int
    package var source: PlanSource
    package var pieces: Range<Int>
    package var bytes: Int
    package var sentAt: Double
    /// Whether somebody else is asked for the pieces as well.
    package var isDuplicate: Bool
    /// Given up for late; it is still welcome.
    var isLate = false
    /// Bytes of it that have come.
    var received = 0
    /// The unit that it was asked for as; nil where pieces can be asked for as they are.
    var unit: Int?
}

/// What is to be done now.
package enum PlanAction: Sendable, Hashable {
    /// Ask for a run of pieces.
    case ask(PlannedRun)
    /// Somebody else was faster.
    case cancel(PlannedRun)
    /// Have nothing more to do with a peer: it sent wrong bytes, or is silent for good.
    case drop(peer: Int, isLiar: Bool)
    /// Tell peers that these pieces will be here soon, so that they fetch others.
    case expect([Range<Int>])
    /// Tell peers that somebody in the swarm has these pieces, or will have them.
    case rumour([Range<Int>])
}

/// How a run ended that did not come whole.
package enum RunFailure: Sendable, Hashable {
    /// Not now; asking again after some seconds may help.
    case refused(retryAfter: Double)
    /// The peer no longer has what it said.
    case gone
    /// The bytes are wrong.
    case corrupt
    /// The connection or the request failed.
    case broken
    /// It was cancelled, by us.
    case cancelled
    /// It could not be sent: no memory is free for it.
    case deferred
}
