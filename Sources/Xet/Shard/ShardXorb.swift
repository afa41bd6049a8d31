/// A chunk as a shard lists it (xet-protocol §4.3).
public struct ShardChunk: Hashable, Sendable {
    /// Keyed when the shard is.
    public var hash: ChunkHash
    /// Where the chunk starts in the xorb's unpacked content, in bytes.
    public var offset: UInt32
    /// Bytes of the chunk.
    public var length: UInt32
    /// Set by servers for the first chunk of a file, which may be asked for although its hash does not say so.
    public var isGlobalDedupEligible: Bool

    public init(hash: ChunkHash, offset: UInt32, length: UInt32, isGlobalDedupEligible: Bool = false) {
        self.hash = hash
        self.offset = offset
        self.length = length
        self.isGlobalDedupEligible = isGlobalDedupEligible
    }
}

/// A xorb and its chunks as a shard lists them (xet-protocol §4.3).
public struct ShardXorb: Hashable, Sendable {
    public var hash: XorbHash
    public var chunks: [ShardChunk]
    /// Bytes of the unpacked content.
    public var unpackedLength: UInt32
    /// Bytes of the body; zero where the writer does not say, as uploaders do.
    public var packedLength: UInt32

    public init(hash: XorbHash, chunks: [ShardChunk], unpackedLength: UInt32, packedLength: UInt32 = 0) {
        self.hash = hash
        self.chunks = chunks
        self.unpackedLength = unpackedLength
        self.packedLength = packedLength
    }

    /// Lists the chunks of a xorb in order.
    public init(hash: XorbHash, chunks: some Sequence<Chunk>, packedLength: UInt32 = 0) {
        var offset: UInt32 = 0
        let listed = chunks.map { chunk in
            defer { offset += chunk.length }
            return ShardChunk(hash: chunk.hash, offset: offset, length: chunk.length)
        }
        self.init(hash: hash, chunks: listed, unpackedLength: offset, packedLength: packedLength)
    }

    /// Throws `hashMismatch` unless the chunks make up the xorb. Only for shards without a key.
    public func verify() throws(XetFormatError) {
        let found = XorbHash(of: chunks.lazy.map { Chunk(hash: $0.hash, length: $0.length) })
        guard found == hash else {
            throw XetFormatError(.hashMismatch, at: 0, "the shard names xorb \(hash), its chunks make up \(found)")
        }
    }
}
