internal import Xet

/// How a pushed file is put together, in terms of the push's own xorbs.
struct FileRecipe {
    struct Segment {
        var xorb: UInt32
        var chunks: Range<UInt32>
        var length: UInt32
    }

    private(set) var segments: [Segment] = []

    /// Adds the file's next chunk, extending the last segment where it continues there.
    mutating func append(_ place: SessionIndex.Place, length: UInt32) {
        if let last = segments.last, last.xorb == place.xorb, last.chunks.upperBound == place.chunk {
            segments[segments.count - 1].chunks = last.chunks.lowerBound..<place.chunk + 1
            segments[segments.count - 1].length += length
        } else {
            segments.append(Segment(xorb: place.xorb, chunks: place.chunk..<place.chunk + 1, length: length))
        }
    }

    /// The file's entry in a shard, proofs of possession included.
    func shardFile(_ summary: FileSummary, xorbs: [(hash: XorbHash, chunks: [Chunk])]) -> ShardFile {
        ShardFile(
            fileHash: summary.fileHash,
            segments: segments.map {
                ShardSegment(
                    xorb: xorbs[Int($0.xorb)].hash, unpackedLength: $0.length, chunkStart: $0.chunks.lowerBound,
                    chunkEnd: $0.chunks.upperBound)
            },
            verification: segments.map { segment in
                let chunks = xorbs[Int(segment.xorb)].chunks
                return RangeHash(
                    of: chunks[Int(segment.chunks.lowerBound)..<Int(segment.chunks.upperBound)].map(\.hash))
            },
            sha256: summary.sha256)
    }
}
