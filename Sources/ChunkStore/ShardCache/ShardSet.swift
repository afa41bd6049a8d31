public import Xet

/// The shards of a cache, opened for one piece of work: finds chunks in all of them.
public struct ShardSet: Sendable {
    /// A chunk that a shard lists.
    public struct Hit: Sendable {
        public var xorb: XorbHash
        /// The chunk's index in the xorb.
        public var chunk: UInt32
        fileprivate var record: UInt32
        fileprivate var shard: MappedShard
        fileprivate var key: HashingKey

        /// Whether the shard came from a query to the CAS.
        public var isFromQuery: Bool { !key.isZero }
    }

    private struct Group: Sendable {
        var key: HashingKey
        var shards: [MappedShard]
    }

    /// Shards of one key together, so that a look-up hashes once per key; plain ones first.
    private var groups: [Group] = []
    private var ignored: Set<XorbHash> = []
    private var used: Set<String> = []

    /// No shards at all.
    public init() {}

    init(_ shards: [MappedShard]) { for shard in shards { add(shard) } }

    public var isEmpty: Bool { groups.isEmpty }

    /// Shards that gave an answer.
    var usedPaths: Set<String> { used }

    public mutating func add(_ shard: MappedShard) {
        if let index = groups.firstIndex(where: { $0.key == shard.view.key }) {
            groups[index].shards.append(shard)
        } else {
            groups.insert(Group(key: shard.view.key, shards: [shard]), at: shard.view.key.isZero ? 0 : groups.count)
        }
    }

    /// Never gives answers that lead to these xorbs.
    public mutating func ignore(_ xorbs: some Sequence<XorbHash>) { ignored.formUnion(xorbs) }

    /// Finds a chunk by its plain hash. Allocates nothing unless a shard answers for the first time.
    public mutating func find(_ hash: ChunkHash) -> Hit? {
        var index = 0
        while index < groups.count {
            let key = groups[index].key
            let sought = ChunkHashing.keyed(hash, key: key)
            var unsound: MappedShard?
            for shard in groups[index].shards {
                guard let place = shard.view.find(sought) else { continue }
                guard noteUse(of: shard) else {
                    unsound = shard
                    break
                }
                if !ignored.isEmpty, ignored.contains(place.xorb) { continue }
                return Hit(xorb: place.xorb, chunk: place.chunk, record: place.record, shard: shard, key: key)
            }
            if let unsound {
                groups[index].shards.removeAll { $0 === unsound }
            } else {
                index += 1
            }
        }
        return nil
    }

    /// Whether the `distance`-th chunk after a hit, in the same xorb, is this one.
    public func continues(_ hit: Hit, by distance: Int, with chunk: Chunk) -> Bool {
        guard let index = UInt32(exactly: Int(hit.chunk) + distance) else { return false }
        return hit.shard.view.chunk(index, of: hit.record)
            == Chunk(hash: ChunkHashing.keyed(chunk.hash, key: hit.key), length: chunk.length)
    }

    /// The recipe of a file that was registered at the CAS, verification included.
    public mutating func file(_ hash: FileHash) -> ShardFile? {
        for group in groups where group.key.isZero {
            for shard in group.shards {
                guard let file = shard.view.file(hash), file.verification?.count == file.segments.count,
                    noteUse(of: shard)
                else { continue }
                if file.segments.contains(where: { ignored.contains($0.xorb) }) { continue }
                return file
            }
        }
        return nil
    }

    /// Chunks of a xorb, where a plain shard lists all of them.
    public mutating func chunks(_ range: Range<UInt32>, of xorb: XorbHash) -> [Chunk]? {
        for group in groups where group.key.isZero {
            for shard in group.shards {
                guard let record = shard.view.record(of: xorb), shard.view.chunkCount(of: record) >= range.upperBound,
                    noteUse(of: shard)
                else { continue }
                let chunks = range.compactMap { shard.view.chunk($0, of: record) }
                if chunks.count == range.count, chunks.allSatisfy({ !$0.hash.isZero }) { return chunks }
            }
        }
        return nil
    }

    /// All that a plain shard lists of a xorb, from the one that knows most. Chunks that it does not know have the hash
    /// zero; the xorb may have more than are listed.
    public mutating func allChunks(of xorb: XorbHash) -> [Chunk] {
        var best: [Chunk] = []
        for group in groups where group.key.isZero {
            for shard in group.shards {
                guard let record = shard.view.record(of: xorb), noteUse(of: shard) else { continue }
                let chunks = (0..<shard.view.chunkCount(of: record)).compactMap { shard.view.chunk($0, of: record) }
                if chunks.count(where: { !$0.hash.isZero }) > best.count(where: { !$0.hash.isZero }) { best = chunks }
            }
        }
        return best
    }

    /// - Returns: false when the shard's file is damaged; it is removed then.
    private mutating func noteUse(of shard: MappedShard) -> Bool {
        if used.contains(shard.path) { return true }
        guard shard.isSound() else {
            ShardCache.remove(shard)
            return false
        }
        used.insert(shard.path)
        return true
    }
}
