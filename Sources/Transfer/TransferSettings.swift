public import Transport

/// The limits of a transfer engine.
public struct TransferSettings: Sendable {
    /// Bytes held in buffers at once, over all files and both directions.
    public var memoryBudget = 64 << 20
    /// Ranged requests in flight at once, over all files.
    public var maximumConnections = 16
    /// File bytes planned by one reconstruction request.
    public var planWindow: UInt64 = 256 << 20
    /// File bytes that a stream fetches at a time; it holds two such windows.
    public var streamWindow: UInt64 = 8 << 20
    /// Tries without any progress before a transfer gives up.
    public var fruitlessTries = 4
    /// How often a single request is repeated, and how patiently.
    public var retries = RetryPolicy()
    /// Longest wait for the head of a reply to a request for a file's bytes.
    public var replyTimeout: Duration = .seconds(60)
    /// Bytes of a file without Xet hash that one request asks for; smaller files come whole.
    public var plainRangeBytes: UInt64 = 16 << 20
    /// Ranges of one file without Xet hash that are fetched at once.
    public var plainStreams = 8
    /// Silence in the middle of a range after which its connection is given up, at the latest after twice as long.
    public var stallTimeout: Duration = .seconds(30)
    /// Unpacked bytes after which a push starts a new xorb, at most 64 MiB.
    public var xorbBytes = 32 << 20
    /// The folder that remembers what was hashed, pushed and pulled, so that it is neither read nor sent nor fetched
    /// again; nil for none.
    public var stateFolder: String?
    /// Bytes on disk that this may take; 0 remembers nothing.
    public var indexBytes = 2 << 30
    /// Whether a push asks the CAS about chunks that it does not know.
    public var asksAboutChunks = true

    public init() {}
}
