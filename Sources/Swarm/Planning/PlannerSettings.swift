/// How a plan is made. Times are seconds.
package struct PlannerSettings: Sendable {
    /// Whether the origin may be asked at all.
    package var usesOrigin = true
    /// What a peer holds in its window beyond the way there and back.
    package var windowSlack = 0.1
    /// Requests that a peer is given at least, so that it is never without one.
    package var leastRequests = 2
    /// What one peer may be asked for at once, in bytes: a little less than peers let anybody queue
    /// (`PeerLimits.queuedBytes`), for their count is not quite ours.
    package var largestWindow = 12 << 20
    /// What all peers may be asked for at once, in bytes.
    package var budget = 32 << 20
    /// Bytes of one request to a peer.
    package var largestRun = 1 << 20
    /// What one request to a peer should take.
    package var runTime = 0.1
    /// What one request to the origin should take.
    package var originRunTime = 0.5
    package var largestOriginRun = 16 << 20
    /// Requests to the origin at once, while there are peers: at first, and at most.
    package var originSlots = 2
    package var mostOriginSlots = 16
    /// Silence after which what a peer was asked for is asked of somebody else.
    package var patience = 2.0
    /// Silence after which a peer is left alone for good.
    package var lastPatience = 20.0
    /// The origin is asked for what peers have too while all of them bring less than so many times what it brings.
    package var originShare = 3.0
    /// How long a node is believed that it will have a piece soon.
    package var claimLife = 3.0
    /// How long it is believed when it says so again and again.
    package var longestClaim = 15.0
    /// Pieces that one node may say it will have soon.
    package var mostClaims = 256
    /// What peers bring within this time is not asked of the origin, nor of seeds what others bring.
    package var shortTime = 3.0
    /// How long it is believed that pieces are somewhere in the swarm of which only others have heard, while peers have
    /// other pieces to bring; and how long when they have not.
    package var rumourLife = 60.0
    package var starvedRumourLife = 3.0
    /// How long a large swarm is given to get going.
    package var largeSwarmStart = 5.0
    /// In a larger swarm not everybody asks the origin, but about so many at a time.
    package var originFetchers = 32

    /// Nodes at once that ask the origin for what can be passed on only as a whole: fewer have it sooner. One more for
    /// each `wholePatience` seconds in which nothing comes.
    package var wholeFetchers = 2
    package var wholePatience = 15.0
    /// More than one whole at once is asked of the origin only where one comes sooner than this.
    package var wholeTime = 5.0

    package init() {}

    /// For files of which only wholes can be passed on: those take their time.
    package var forWholes: PlannerSettings {
        var settings = self
        // What is said waits behind what is sent.
        settings.claimLife = 5
        settings.longestClaim = 60
        settings.mostClaims = 1024
        settings.starvedRumourLife = 10
        settings.originSlots = 1
        settings.originShare = 1
        return settings
    }
}
