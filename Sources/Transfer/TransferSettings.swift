public import Transport

/// The limits of a transfer engine.
public struct TransferSettings: Sendable {
    /// Bytes held in buffers at once, over all files and both directions.
    public var memoryBudget = 64 << 20
    /// Ranged requests in flight at once to one host, over all files: so many at first.
    public var startingConnections = 16
    /// And so many at most, where more bring more.
    public var maximumConnections = 64
    /// File bytes planned by one reconstruction request.
    public var planWindow: UInt64 = 256 << 20
    /// File bytes that a stream fetches at a time; it holds two such windows.
    public var streamWindow: UInt64 = 8 << 20
    /// Tries without any progress before a transfer gives up.
    public var fruitlessTries = 6
    /// How often a single request is repeated, and how patiently.
    public var retries = RetryPolicy()
    /// Longest wait for the head of a reply to a request for a file's bytes.
    public var replyTimeout: Duration = .seconds(30)
    /// Bytes of a file without Xet hash that one request asks for; smaller files come whole.
    public var plainRangeBytes: UInt64 = 16 << 20
    /// Ranges of one file without Xet hash that are fetched at once.
    public var plainStreams = 8
    /// Silence in the middle of a range after which its connection is given up and the rest asked for over another.
    public var stallTimeout: Duration = .seconds(10)
    /// Silence while a file is sent, or before the reply to it: a store may think about a part for a while.
    public var uploadPatience: Duration = .seconds(300)
    /// How long a connection may be far slower than the others before another is tried in its place.
    public var slowStreamPatience: Duration = .seconds(4)
    /// Unpacked bytes after which a push starts a new xorb, at most 64 MiB.
    public var xorbBytes = 32 << 20
    /// The folder that remembers what was hashed, pushed and pulled, so that it is neither read nor sent nor fetched
    /// again; nil for none.
    public var stateFolder: String?
    /// Bytes on disk that this may take; 0 remembers nothing.
    public var indexBytes = 2 << 30
    /// Whether a push asks the CAS about chunks that it does not know.
    public var asksAboutChunks = true
    /// New bytes of a push after which files are read, not looked at: then reading costs less than copying what is new.
    var copiedBytes: UInt64 = 128 << 20
    /// What bytes that come from peers share with those that come by HTTP; nil for no limit.
    package var downloadLimit: BandwidthLimit?
    /// What bytes that go to peers share with those that go by HTTP; nil for no limit.
    package var uploadLimit: BandwidthLimit?

    public init() {}
}
