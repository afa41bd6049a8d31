public import Xet

/// A xorb that a CAS has, with its chunks in order. Whoever keeps one shares the list with the others.
public struct StoredXorb: Hashable, Sendable {
    public var hash: XorbHash
    public var chunks: [Chunk]
    /// Bytes of the body.
    public var packedLength: UInt32

    public init(hash: XorbHash, chunks: [Chunk], packedLength: UInt32) {
        self.hash = hash
        self.chunks = chunks
        self.packedLength = packedLength
    }

    init(_ listed: ShardXorb) {
        self.init(
            hash: listed.hash, chunks: listed.chunks.map { Chunk(hash: $0.hash, length: $0.length) },
            packedLength: listed.packedLength)
    }

    /// As shards list it; a copy.
    public var listed: ShardXorb { ShardXorb(hash: hash, chunks: chunks, packedLength: packedLength) }
}
