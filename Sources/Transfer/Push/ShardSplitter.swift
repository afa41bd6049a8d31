internal import Xet

/// Spreads the files and xorbs of a push over as many shards as the size limit asks for.
struct ShardSplitter {
    /// Below the format's 64 MiB, with room for one more entry.
    private static let fullAt = XetLimits.maximumShardBytes / 2
    private static let recordBytes = 48

    private var shards: [Shard] = []
    private var current: Shard
    private var bytes = 0
    private var seen: Set<FileHash> = []

    init(xorbs: [ShardXorb]) {
        current = Shard(files: [], xorbs: [])
        for xorb in xorbs {
            makeRoom()
            current.xorbs.append(xorb)
            bytes += (1 + xorb.chunks.count) * Self.recordBytes
        }
    }

    /// Adds a file once, however often its content occurs in the push.
    mutating func add(_ file: ShardFile) {
        guard seen.insert(file.fileHash).inserted else { return }
        makeRoom()
        current.files.append(file)
        bytes += (2 + 2 * file.segments.count) * Self.recordBytes
    }

    private mutating func makeRoom() {
        guard bytes >= Self.fullAt else { return }
        shards.append(current)
        current = Shard(files: [], xorbs: [])
        bytes = 0
    }

    /// The shards in the order in which they are uploaded; none when there is nothing to register.
    consuming func finish() -> [Shard] {
        if !current.files.isEmpty || !current.xorbs.isEmpty { shards.append(current) }
        return shards
    }
}
