/// How the payload of a chunk is packed (xet-protocol §3.2). The raw value is the scheme byte of the chunk header.
public enum CompressionScheme: UInt8, Sendable, Hashable, CaseIterable {
    /// The bytes as they are.
    case none = 0
    /// One LZ4 frame.
    case lz4 = 1
    /// Bytes grouped by their position modulo 4, then one LZ4 frame: for 16- and 32-bit numbers.
    case byteGroupedLZ4 = 2
    /// Bits grouped by their position in the byte, then one LZ4 frame. Some clients wrote it once and most cannot read
    /// it, so it is decoded but never written.
    case bitSlicedLZ4 = 3
}

/// Which scheme an upload uses.
public enum CompressionPolicy: Sendable, Hashable {
    /// The scheme is predicted from the data (xet-protocol §3.4).
    case automatic
    /// The same scheme for all chunks; a chunk that it does not shrink is stored unpacked all the same.
    case fixed(CompressionScheme)
}
