/// Finds chunks of one shard in logarithmic time.
public struct ShardChunkIndex: Sendable {
    private struct Entry {
        var truncatedHash: UInt64
        var xorb: UInt32
        var chunk: UInt32
    }

    private let shard: Shard
    private let entries: [Entry]

    /// O(n log n) in the number of chunks, 16 bytes per chunk.
    public init(_ shard: Shard) {
        self.shard = shard
        var entries: [Entry] = []
        entries.reserveCapacity(shard.xorbs.reduce(0) { $0 + $1.chunks.count })
        for (position, xorb) in shard.xorbs.enumerated() {
            for (index, chunk) in xorb.chunks.enumerated() {
                entries.append(Entry(truncatedHash: chunk.hash.w0, xorb: UInt32(position), chunk: UInt32(index)))
            }
        }
        entries.sort { ($0.truncatedHash, $0.xorb, $0.chunk) < ($1.truncatedHash, $1.xorb, $1.chunk) }
        self.entries = entries
    }

    /// The key under which the shard lists its chunks; zero for plain hashes.
    public var key: HashingKey { shard.key }

    /// Finds a chunk by its plain hash.
    public func find(_ hash: ChunkHash) -> ChunkLocation? {
        find(keyed: ChunkHashing.keyed(hash, key: shard.key))
    }

    /// Finds a chunk by its hash as the shard lists it: for callers that ask several shards of one key.
    public func find(keyed hash: ChunkHash) -> ChunkLocation? {
        var low = 0
        var high = entries.count
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].truncatedHash < hash.w0 {
                low = middle + 1
            } else {
                high = middle
            }
        }
        while low < entries.count, entries[low].truncatedHash == hash.w0 {
            let entry = entries[low]
            let xorb = shard.xorbs[Int(entry.xorb)]
            if xorb.chunks[Int(entry.chunk)].hash == hash {
                return ChunkLocation(xorb: xorb.hash, xorbPosition: Int(entry.xorb), chunkIndex: entry.chunk)
            }
            low += 1
        }
        return nil
    }
}
