public import SwarmWire

/// How much of a file can be had here.
public struct SeedHolding: Sendable, Hashable {
    /// Bytes of the whole file.
    public var size: UInt64
    /// Chunks of the whole file.
    public var chunkCount: UInt32
    /// The chunks that are here, by their numbers in the file.
    public var ranges: ChunkRanges

    public init(size: UInt64, chunkCount: UInt32, ranges: ChunkRanges) {
        self.size = size
        self.chunkCount = chunkCount
        self.ranges = ranges
    }
}
