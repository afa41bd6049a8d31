public import SwarmWire
public import Xet

/// What became different about the content of a library. It says nothing about who may have it: ask the library for
/// the holding as a given audience sees it.
public enum SeedChange: Sendable, Hashable {
    /// More of a file is here: the chunks that were not here before.
    case gained(FileHash, ChunkRanges)
    /// These chunks of a file will be here soon; as hearsay: others have them or will.
    case coming(FileHash, ChunkRanges, isHearsay: Bool)
    /// All of a file is here.
    case completed(FileHash)
    /// All or a part of a file is gone, or who may have it is different: ask again.
    case lost(FileHash)
    /// More happened than was kept for a slow listener: ask again about everything.
    case many
}
