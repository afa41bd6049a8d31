internal import ChunkStore
internal import Xet

/// What a pull tells about a CAS, in the form in which pushes remember it.
enum LearntShard {
    /// - Parameters:
    ///   - terms: in the order of the file.
    ///   - list: the file's chunks.
    static func make(terms: [TermLog.Entry], list: ManifestFile, file: XetFileRequest) -> Shard {
        var xorbs: [XorbHash: [Chunk]] = [:]
        var recipe = ShardFileBuilder()
        var end: UInt64 = 0
        for term in terms {
            guard var number = list.index(startingAt: term.range.lowerBound) else { continue }
            let continues = term.range.lowerBound == end
            var position = term.range.lowerBound
            var chunks = xorbs.removeValue(forKey: term.xorb) ?? []
            for index in term.chunks where number < list.chunkCount {
                let chunk = list[number]
                // Chunks of the xorb that no plan has named are unknown: entries that nothing matches.
                while chunks.count <= Int(index) { chunks.append(Chunk(hash: .zero, length: 1)) }
                chunks[Int(index)] = chunk
                if continues { recipe.append(chunk, xorb: term.xorb, index: index) }
                position += UInt64(chunk.length)
                number += 1
            }
            xorbs[term.xorb] = chunks
            if continues, position == term.range.upperBound { end = position }
        }
        let isWhole = end == file.size
        return Shard(
            files: isWhole ? [recipe.finish(fileHash: file.hash, sha256: nil)] : [],
            xorbs: xorbs.map { ShardXorb(hash: $0, chunks: $1) })
    }
}
