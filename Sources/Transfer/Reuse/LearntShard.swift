internal import ChunkStore
internal import Xet

/// What a pull tells about a CAS, in the form in which pushes remember it.
enum LearntShard {
    /// Chunks after which another shard begins: some MiB at a time are in memory, however large the file.
    static let fullAt = 64 << 10

    /// Makes the shards, with the file's recipe in the last if the terms tell all of it.
    /// - Parameters:
    ///   - terms: in the order of the file.
    ///   - list: the file's chunks.
    static func make(
        terms: [TermLog.Entry], list: ManifestFile, file: XetFileRequest, fullAt: Int = fullAt,
        store: (Shard) throws -> Void
    ) rethrows {
        var part = Part()
        var recipe = ShardFileBuilder()
        var end: UInt64 = 0
        var last: XorbHash?
        for term in terms {
            // A segment of the recipe lies in one xorb, and whoever reads it wants its chunks in one list.
            if part.chunkCount >= fullAt, term.xorb != last {
                try store(Shard(xorbs: part.take()))
            }
            last = term.xorb
            guard var number = list.index(startingAt: term.range.lowerBound) else { continue }
            let continues = term.range.lowerBound == end
            var position = term.range.lowerBound
            part.withChunks(of: term.xorb) { chunks in
                for index in term.chunks where number < list.chunkCount {
                    let chunk = list[number]
                    // Chunks of the xorb that no plan has named are unknown: entries that nothing matches.
                    while chunks.count <= Int(index) { chunks.append(Chunk(hash: .zero, length: 1)) }
                    chunks[Int(index)] = chunk
                    if continues { recipe.append(chunk, xorb: term.xorb, index: index) }
                    position += UInt64(chunk.length)
                    number += 1
                }
            }
            if continues, position == term.range.upperBound { end = position }
        }
        let isWhole = end == file.size
        try store(
            Shard(files: isWhole ? [recipe.finish(fileHash: file.hash, sha256: nil)] : [], xorbs: part.take()))
    }

    /// The xorbs of one shard.
    private struct Part {
        private var xorbs: [XorbHash: [Chunk]] = [:]
        private(set) var chunkCount = 0

        mutating func withChunks(of xorb: XorbHash, _ body: (inout [Chunk]) -> Void) {
            var chunks = xorbs.removeValue(forKey: xorb) ?? []
            chunkCount -= chunks.count
            body(&chunks)
            chunkCount += chunks.count
            xorbs[xorb] = chunks
        }

        mutating func take() -> [ShardXorb] {
            defer { self = Part() }
            return xorbs.map { ShardXorb(hash: $0, chunks: $1) }
        }
    }
}
