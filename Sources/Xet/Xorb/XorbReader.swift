/// One chunk inside a xorb body. Its payload points into the body and dies with it.
public struct PackedChunk {
    public var header: ChunkHeader
    /// Where the header starts, in bytes from the start of the xorb.
    public var offset: UInt64
    public var payload: UnsafeRawBufferPointer

    /// Where the chunk ends, in bytes from the start of the xorb.
    public var end: UInt64 { offset + UInt64(ChunkHeader.size + payload.count) }
}

/// Walks over the chunks of a xorb body, or of a range of one that starts and ends between chunks.
public struct XorbReader {
    private let bytes: UnsafeRawBufferPointer
    private let baseOffset: UInt64
    private let acceptsFooter: Bool
    /// Where the next chunk starts in the bytes; after the last chunk, where the chunk list ends.
    public private(set) var position = 0

    /// - Parameters:
    ///   - bytes: the body; it must outlive the reader and all chunks read.
    ///   - baseOffset: where the bytes start in the xorb, for errors and chunk offsets.
    ///   - acceptsFooter: whether a footer's mark ends the chunk list, as in uploads; otherwise it is an error, as in
    ///     downloads.
    public init(_ bytes: UnsafeRawBufferPointer, baseOffset: UInt64 = 0, acceptsFooter: Bool = false) {
        self.bytes = bytes
        self.baseOffset = baseOffset
        self.acceptsFooter = acceptsFooter
    }

    /// The next chunk, or nil at the end of the chunk list.
    public mutating func next() throws(XetFormatError) -> PackedChunk? {
        let rest = UnsafeRawBufferPointer(rebasing: bytes[position...])
        if rest.isEmpty || acceptsFooter && ChunkHeader.isFooterMark(rest) {
            return nil
        }
        let offset = baseOffset + UInt64(position)
        let header = try ChunkHeader(parsing: rest, at: offset)
        let size = ChunkHeader.size + header.packedLength
        guard size <= rest.count else {
            throw XetFormatError(
                .truncated, at: offset + UInt64(ChunkHeader.size),
                "the xorb ends inside a chunk: \(header.packedLength) bytes needed, \(rest.count - ChunkHeader.size) left"
            )
        }
        position += size
        return PackedChunk(
            header: header, offset: offset, payload: UnsafeRawBufferPointer(rebasing: rest[ChunkHeader.size..<size]))
    }
}
