internal import ChunkStore

/// Where verified chunks go: a file on disk, or a stretch of one in memory. Several tasks use it at once, each in ranges
/// of its own.
protocol RandomAccess: Sendable {
    /// Writes all bytes at a position of the file.
    func write(_ bytes: UnsafeRawBufferPointer, at offset: UInt64) throws
    /// Reads up to as many bytes as fit; fewer only at the end.
    /// - Returns: how many bytes were read.
    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: UInt64) throws -> Int
}

extension RandomAccessFile: RandomAccess {}
