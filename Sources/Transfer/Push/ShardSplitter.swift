internal import ChunkStore
internal import Xet

/// Spreads the files and xorbs of a push over shards that are far below the format's 64 MiB: one at a time is in memory,
/// however large the push.
struct ShardSplitter {
    /// What goes into one shard.
    struct Part {
        fileprivate(set) var files: [ShardFile] = []
        fileprivate(set) var xorbs: [StoredXorb] = []

        /// Makes the shard, which copies all chunk lists.
        var shard: Shard { Shard(files: files, xorbs: xorbs.map(\.listed)) }
    }

    private static let fullAt = 4 << 20
    private static let recordBytes = 48

    private var parts: [Part] = []
    private var current = Part()
    private var bytes = 0
    private var seen: Set<FileHash> = []

    init(xorbs: [StoredXorb]) {
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
        parts.append(current)
        current = Part()
        bytes = 0
    }

    /// The parts in the order in which they are uploaded; none when there is nothing to register.
    consuming func finish() -> [Part] {
        if !current.files.isEmpty || !current.xorbs.isEmpty { parts.append(current) }
        return parts
    }
}
