/// What a tracker allows, so that neither its memory nor its answers grow with what strangers send.
public struct TrackerLimits: Sendable, Hashable {
    /// Seconds between announces of one peer, while there are few of them.
    public var interval = 120
    /// Seconds that a peer should wait at least before it asks again.
    public var minimumInterval = 30
    /// Addresses in an answer: the neighbours of a peer in the swarm's graph (p2p.md §4.2).
    public var neighbours = 10
    /// Swarms with peers, or with downloads to count.
    public var swarms = 200_000
    public var peersPerSwarm = 20_000
    /// Peers of all swarms together, one that is in two counting twice.
    public var memberships = 1_000_000
    /// The same for one IPv4 address, or for one network of 64 bits.
    public var membershipsPerNetwork = 100_000
    /// Swarms in one batch announce.
    public var swarmsPerBatch = 1_000
    /// Swarms in one scrape.
    public var swarmsPerScrape = 200
    /// Announces per second above which the interval grows, to thirty minutes at most.
    public var announcesPerSecond = 500
    /// Seconds for which the downloads of a swarm without peers are remembered.
    public var emptySwarmAge = 86_400

    public init() {}
}
