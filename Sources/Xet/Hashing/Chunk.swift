/// A chunk of a file: its hash and its unpacked length.
public struct Chunk: Hashable, Sendable {
    public var hash: ChunkHash
    /// Bytes, 1...131072 for chunks that the protocol knows.
    public var length: UInt32

    public init(hash: ChunkHash, length: UInt32) {
        self.hash = hash
        self.length = length
    }
}
