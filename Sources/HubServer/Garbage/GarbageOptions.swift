/// How a collection runs.
public struct GarbageOptions: Sendable {
    /// Clients remember for three weeks what the hub told them it has; a day more, and none of them is disappointed.
    public static let defaultGrace = Duration.seconds(22 * 86_400)
    /// How long a xorb stays condemned: longer than any signed URL holds and any read takes.
    static let longestReader = Duration.seconds(86_400)

    /// What was uploaded or asked for within this time is kept. Zero is safe: it can cost clients repeated uploads,
    /// never data.
    public var grace = GarbageOptions.defaultGrace
    /// How long commits are kept that no branch or tag leads to any more; nil for `grace`.
    public var retention: Duration?
    /// Stop after about this many deletions; nil for no limit.
    public var maximumDeletes: Int?
    /// Stop after this time; nil for no limit. What is left is the next collection's.
    public var budget: Duration?
    /// Only say what would be done.
    public var isDryRun = false
    /// Also work out how much of the stored bytes no file uses.
    public var measuresWaste = false

    public init() {}

    /// Between condemning and dropping.
    var condemnation: Duration { min(grace, Self.longestReader) }
}

/// What a collection did, or would do.
public struct GarbageReport: Codable, Sendable, Hashable {
    /// Things that were removed.
    public struct Removed: Codable, Sendable, Hashable {
        public var count = 0
        public var bytes: Int64 = 0
        /// Unix seconds at which the oldest of them was last used.
        public var oldest: Int64?

        mutating func add(bytes: Int64, used: Int64? = nil) {
            count += 1
            self.bytes += bytes
            if let used { oldest = min(oldest ?? used, used) }
        }
    }

    /// Xorbs that files use only a part of.
    public struct Waste: Codable, Sendable, Hashable {
        /// Xorbs with chunks that no file uses.
        public var xorbs = 0
        /// Bytes of those chunks, reckoned by their share of each xorb.
        public var bytes: Int64 = 0
        /// Bytes of all xorbs that are in use.
        public var storedBytes: Int64 = 0

        enum CodingKeys: String, CodingKey {
            case xorbs, bytes
            case storedBytes = "stored_bytes"
        }
    }

    public var isDryRun = false
    /// False when the limits ended the collection before its end.
    public var isComplete = true
    public var commits = Removed()
    /// Trees and blobs.
    public var gitObjects = Removed()
    /// Repositories' claims to files and xorbs that none of their commits has.
    public var links = Removed()
    public var files = Removed()
    /// Xorbs that the next collection will drop unless somebody comes back to them.
    public var condemned = Removed()
    public var dropped = Removed()
    /// Uploads that never ended.
    public var uploads = Removed()
    /// What has left the disk.
    public var objects = Removed()
    /// Xorbs that are condemned and not dropped yet.
    public var waiting = Removed()
    public var waste: Waste?
    /// Repositories left alone because some object of theirs cannot be read.
    public var skippedRepos: [String] = []
    public var seconds = 0.0

    public init() {}

    enum CodingKeys: String, CodingKey {
        case isDryRun = "dry_run"
        case isComplete = "complete"
        case commits
        case gitObjects = "git_objects"
        case links, files, condemned, dropped, uploads, objects, waiting, waste
        case skippedRepos = "skipped_repos"
        case seconds
    }
}
