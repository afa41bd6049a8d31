public import SwarmWire

/// How much of a file can be had here.
public struct SeedHolding: Sendable, Hashable {
    /// Bytes of the whole file.
    public var size: UInt64
    /// Chunks of the whole file.
    public var chunkCount: UInt32
    /// The chunks that are here, by their numbers in the file.
    public var ranges: ChunkRanges
    /// Whether the file's manifest is known; else only the chunk lists of the xorbs that these chunks are from.
    public var hasManifest: Bool

    public init(size: UInt64, chunkCount: UInt32, ranges: ChunkRanges, hasManifest: Bool = true) {
        self.size = size
        self.chunkCount = chunkCount
        self.ranges = ranges
        self.hasManifest = hasManifest
    }
}
