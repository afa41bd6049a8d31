/// What a peer may cost. The defaults are those of p2p.md §4.4.
public struct PeerLimits: Sendable, Hashable {
    /// How long a dialled address may take to answer.
    public var connectTimeout: Duration = .seconds(3)
    /// How long a peer may take from the first byte to the end of the handshakes.
    public var helloTimeout: Duration = .seconds(10)
    /// How long a connection may be without any message; half of it after our last message we say that we are there.
    public var idleTimeout: Duration = .seconds(120)
    /// How long a peer may leave all of our requests without an answer and without a byte.
    public var answerTimeout: Duration = .seconds(60)
    /// Connections from one IP address; those from this machine do not count.
    public var connectionsPerAddress = 8
    /// Connections from everywhere.
    public var connections = 200
    /// Requests that a peer may have waiting with us, and we with a peer.
    public var outstandingRequests = 256
    /// Bytes of answers that may wait for one peer's socket or be asked for by its requests.
    public var queuedBytes = 16 << 20
    /// Files that one peer may ask about at the same time.
    public var files = 4096
    /// Questions for what we do not have, in a row, before the peer is told goodbye.
    public var missesInARow = 1000
    /// Peers that are served at the same time; others are told to come back.
    public var uploadSlots = 64
    /// Answers that are read from disk at the same time, for all peers together.
    public var concurrentReads = 4
    /// Bytes of chunks per second, for all peers together; nil for no limit.
    public var uploadBytesPerSecond: Int?

    /// How often a peer may ask about one file at the same time: pulls that run beside each other ask each for itself,
    /// and a repository may have the same file at many paths.
    var tagsPerFile = 256
    /// Between two looks at who could be told of whom; how often one peer is told is limited by itself.
    var exchangePeriod: Duration = .seconds(5)

    public init() {}
}
