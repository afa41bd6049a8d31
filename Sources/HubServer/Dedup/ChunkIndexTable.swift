import GRDB
import Xet

/// The index of chunks that clients may ask for: those whose hash says so, and the first of each file
/// (xet-protocol §5.5). It is a hint: an answer is checked against the xorb's own list of chunks.
enum ChunkIndexTable {
    /// Where a chunk with a given first word of its hash is.
    struct Place: Hashable {
        var xorb: Int64
        var position: UInt32
    }

    /// Adds the chunks of a xorb that are eligible by their hash.
    static func add(eligibleChunksOf index: XorbIndex, id: Int64, in database: Database) throws {
        for (position, hash) in index.chunkHashes.enumerated() where hash.isGlobalDedupEligible {
            try add(hash, xorb: id, position: UInt32(position), in: database)
        }
    }

    /// Adds one chunk, whatever its hash.
    static func add(_ chunk: ChunkHash, xorb: Int64, position: UInt32, in database: Database) throws {
        try database.cachedStatement(
            sql: "INSERT OR IGNORE INTO chunk_index (word, xorb, position) VALUES (?, ?, ?)"
        ).execute(arguments: [Int64(bitPattern: chunk.w0), xorb, Int64(position)])
    }

    /// Places where the chunk may be.
    static func places(of chunk: ChunkHash, limit: Int, in database: Database) throws -> [Place] {
        try Row.fetchAll(
            database.cachedStatement(
                sql: "SELECT xorb, position FROM chunk_index WHERE word = ? ORDER BY xorb LIMIT ?"),
            arguments: [Int64(bitPattern: chunk.w0), limit]
        ).map { Place(xorb: $0["xorb"], position: UInt32(clamping: $0["position"] as Int64)) }
    }
}
