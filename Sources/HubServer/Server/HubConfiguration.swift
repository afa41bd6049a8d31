/// How a hub runs.
public struct HubConfiguration: Sendable {
    /// The folder for database and objects; made when it is missing.
    public var dataDirectory: String
    /// The address to listen on.
    public var host = "127.0.0.1"
    /// The port to listen on; 0 takes a free one.
    public var port = 8080
    /// The base of all absolute URLs in replies, without a final slash; nil builds them from each request.
    public var publicURL: String?
    /// Whether clients may fetch file manifests, the chunk lists that let them verify each chunk on arrival.
    public var servesManifests = true
    /// How long a Xet token is good for.
    public var tokenLifetime: Duration = .seconds(3600)
    /// The longest body of one LFS upload request in bytes, for clients that can send a file in parts.
    public var lfsPartSize: UInt64 = 256 << 20
    /// How long the signed URLs of LFS uploads and downloads are good for.
    public var lfsURLLifetime: Duration = .seconds(24 * 3600)
    /// How long requests in flight may take to finish once the hub is asked to stop.
    public var shutdownGrace: Duration = .seconds(10)
    /// How long a connection may stay open with nothing under way, or with a request that does not get on.
    public var idleTimeout: Duration = .seconds(120)
    /// How many requests callers may make.
    public var rateLimits = RateLimits.standard
    /// Where a line per request goes; nil writes none.
    public var accessLog: AccessLogSettings?
    /// The tracker under `/announce` and `/scrape`; nil for none. Its state stands in the data folder.
    public var tracker: TrackerSettings? = TrackerSettings()
    /// Whether everybody may read `/metrics`, not only admins and processes of this machine.
    public var opensMetrics = false
    /// How often the hub collects what nothing leads to any more; nil for never.
    public var garbageInterval: Duration? = .seconds(86_400)
    /// What was uploaded or asked for within this time is kept. No dedup answer is valid for longer.
    public var garbageGrace = GarbageOptions.defaultGrace
    /// Bytes per second of stored objects that are read again and checked; 0 for none.
    public var scrubRate = 4 << 20

    public init(dataDirectory: String) { self.dataDirectory = dataDirectory }
}
