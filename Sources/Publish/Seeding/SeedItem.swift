package import PublishWire

/// A torrent whose files lie on this machine, and which may be given away.
package struct SeedItem: Sendable, Hashable {
    /// Tells it from all others, and stays the same: `model/org/name@version`.
    package var key: String
    /// `org/name`.
    package var name: String
    package var version: String
    /// `model` or `dataset`.
    package var kind: String
    package var hashes: InfoHashes
    /// Repositories of hubs that have the same files, as rules name them: a rule for one counts for this too.
    package var sources: [String] = []
    /// The `.torrent`.
    package var torrentFile: String
    /// Where the engine's resume data is kept.
    package var resumeFile: String
    /// The folder in which the paths of the torrent are.
    package var folder: String
    /// Where files lie that lie elsewhere: absolute, by path in the torrent.
    package var places: [String: String] = [:]
    /// Without pads.
    package var size: Int64
    /// Whether the DHT and other peers may know of it.
    package var isPublic = true
    /// When its files were hashed, in nanoseconds since 1970; nil when nobody knows.
    package var hashedAt: Int64?
    package var goal = SeedGoal()

    package init(
        key: String, name: String, version: String, kind: String = "model", hashes: InfoHashes, torrentFile: String,
        resumeFile: String, folder: String, size: Int64
    ) {
        self.key = key
        self.name = name
        self.version = version
        self.kind = kind
        self.hashes = hashes
        self.torrentFile = torrentFile
        self.resumeFile = resumeFile
        self.folder = folder
        self.size = size
    }
}

/// When enough has been given.
package struct SeedGoal: Sendable, Hashable {
    /// Bytes given per byte of the torrent; nil for ever.
    package var ratio: Double?
    /// How long it is seeded; nil for ever.
    package var time: Duration?

    package init(ratio: Double? = nil, time: Duration? = nil) {
        self.ratio = ratio
        self.time = time
    }

    func isReached(given: Int64, size: Int64, seconds: Double) -> Bool {
        if let ratio, ratio > 0, size > 0, Double(given) >= ratio * Double(size) { return true }
        if let time, time > .zero, seconds >= time / .seconds(1) { return true }
        return false
    }
}

/// How far something may be given.
package enum SeedReach: Sendable, Hashable, Comparable {
    case nobody
    /// Told to local discovery alone: not to the DHT, to other peers or to trackers.
    case neighbours
    case everybody
}

/// What there is to be given: the registry, in all but tests.
package protocol SeedSource: Sendable {
    /// What is to be given now.
    func items() async throws -> [SeedItem]
    /// Remembers that one is not to be given any more.
    func stopSeeding(_ item: SeedItem) async throws
}
