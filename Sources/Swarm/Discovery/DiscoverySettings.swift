/// How patiently and how often peers are looked for.
public struct DiscoverySettings: Sendable, Hashable {
    /// Longest wait for a tracker's answer.
    public var trackerTimeout: Duration = .seconds(10)
    /// The pause after a tracker's first failure; doubles each time, with jitter.
    public var firstRetry: Duration = .seconds(5)
    public var longestRetry: Duration = .seconds(900)
    /// When a node that needs peers asks a tracker again, the first time; doubles each time, up to `longestSearch`.
    public var firstSearch: Duration = .seconds(1)
    public var longestSearch: Duration = .seconds(30)
    /// The bounds within which a tracker's wish for an interval is met.
    public var shortestInterval: Duration = .seconds(10)
    public var longestInterval: Duration = .seconds(3600)
    /// Requests that one tracker gets at once when it takes no batches.
    public var parallelAnnounces = 4
    /// Time that is left for telling trackers goodbye.
    public var farewell: Duration = .seconds(2)
    /// What trackers are told that this program is.
    public var userAgent = "shoal"
    /// Peers wanted from one announce.
    public var wantedPeers = 50

    public init() {}
}
