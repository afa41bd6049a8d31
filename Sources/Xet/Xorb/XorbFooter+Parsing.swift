extension XorbFooter {
    /// The size of the largest footer, length field included: how much of an object's end to read to have it whole.
    public static let maximumSize = fixedSize + sizePerChunk * XetLimits.maximumXorbChunks + lengthFieldSize

    /// Reads the footer of a complete object, or of the end of one.
    ///
    /// - Parameters:
    ///   - object: bytes that end where the object ends and hold the whole footer.
    ///   - offset: where these bytes start in the object. The chunks must end exactly where the footer starts.
    /// - Throws: when there is no well-formed footer, or it contradicts itself or the object's length.
    public init(parsing object: UnsafeRawBufferPointer, at offset: UInt64 = 0) throws(XetFormatError) {
        let end = object.count - Self.lengthFieldSize
        guard end >= 0 else {
            throw XetFormatError(.truncated, at: offset, "the object is too short for a xorb footer")
        }
        var tail = ByteCursor(object, base: offset, position: end)
        let size = Int(try tail.u32("the footer length"))
        guard size <= end else {
            throw XetFormatError(
                .lengthOutOfRange, at: offset + UInt64(end),
                "the footer length \(size) exceeds the \(end) bytes before it")
        }
        let start = end - size
        var cursor = ByteCursor(
            UnsafeRawBufferPointer(rebasing: object[start..<end]), base: offset + UInt64(start))
        try self.init(&cursor)
        let footerOffset = offset + UInt64(start)
        guard UInt64(bodyLength) == footerOffset else {
            throw XetFormatError(
                .malformed, at: footerOffset, "the footer starts at \(footerOffset), its chunks end at \(bodyLength)")
        }
    }

    private init(_ cursor: inout ByteCursor) throws(XetFormatError) {
        try cursor.expect(Self.identifier, "the footer's identifier")
        let version = try cursor.byte("the footer's version")
        switch version {
        case 0: try self.init(legacy: &cursor)
        case 1: try self.init(current: &cursor)
        default:
            throw XetFormatError(
                .unsupportedVersion, at: cursor.offset - 1, "the xorb footer has version \(version), known are 0 and 1")
        }
        try checkBoundaries(
            packedEnds, minimumStep: ChunkHeader.size + 1,
            maximumStep: ChunkHeader.size + ChunkHeader.maximumPackedLength, "packed")
        if let unpackedEnds {
            try checkBoundaries(unpackedEnds, minimumStep: 1, maximumStep: XetLimits.maximumChunk, "unpacked")
        }
    }

    private init(current cursor: inout ByteCursor) throws(XetFormatError) {
        let hash: XorbHash = try cursor.hash("the xorb hash")
        try cursor.expect(Self.hashesIdentifier, "the hashes section's identifier")
        try Self.expectVersion(0, of: "hashes", &cursor)
        let count = try Self.count(
            &cursor, size: cursor.bytes.count, fixed: Self.fixedSize, perChunk: Self.sizePerChunk)
        let hashes = try Self.hashes(count, &cursor)
        try cursor.expect(Self.boundariesIdentifier, "the boundaries section's identifier")
        let versionOffset = cursor.offset
        let version = try cursor.byte("the boundaries section's version")
        guard version <= 1 else {
            throw XetFormatError(
                .unsupportedVersion, at: versionOffset,
                "the boundaries section has version \(version), known are 0 and 1")
        }
        try cursor.expect(u32: UInt32(count), "the count of boundaries")
        let packed = try Self.words(count, &cursor, "the packed boundaries")
        let unpacked = try Self.words(count, &cursor, "the unpacked boundaries")
        try cursor.expect(u32: UInt32(count), "the count at the footer's end")
        try cursor.expect(u32: UInt32(52 + 40 * count), "the offset of the hashes section")
        try cursor.expect(u32: UInt32(40 + 8 * count), "the offset of the boundaries section")
        let nonce = try cursor.u32("the nonce")
        _ = try cursor.take(12, "the footer's reserved bytes")
        self.init(
            xorbHash: hash, chunkHashes: hashes, packedEnds: packed, unpackedEnds: version == 0 ? nil : unpacked,
            nonce: nonce)
    }

    private init(legacy cursor: inout ByteCursor) throws(XetFormatError) {
        let hash: XorbHash = try cursor.hash("the xorb hash")
        let count = try Self.count(
            &cursor, size: cursor.bytes.count, fixed: Self.legacyFixedSize, perChunk: Self.legacySizePerChunk)
        let packed = try Self.words(count, &cursor, "the packed boundaries")
        let hashes = try Self.hashes(count, &cursor)
        _ = try cursor.take(16, "the footer's reserved bytes")
        self.init(xorbHash: hash, chunkHashes: hashes, packedEnds: packed, unpackedEnds: nil)
    }

    private static func expectVersion(
        _ expected: UInt8, of section: StaticString, _ cursor: inout ByteCursor,
    ) throws(XetFormatError) {
        let offset = cursor.offset
        let version = try cursor.byte("a section's version")
        guard version == expected else {
            throw XetFormatError(
                .unsupportedVersion, at: offset, "the \(section) section has version \(version), not \(expected)")
        }
    }

    /// Reads a chunk count, which the footer's size must confirm before anything is allocated.
    private static func count(
        _ cursor: inout ByteCursor, size: Int, fixed: Int, perChunk: Int,
    ) throws(XetFormatError) -> Int {
        let offset = cursor.offset
        let count = Int(try cursor.u32("the chunk count"))
        guard (1...XetLimits.maximumXorbChunks).contains(count), size == fixed + perChunk * count else {
            throw XetFormatError(
                .countOutOfRange, at: offset, "a footer of \(size) bytes cannot describe \(count) chunks")
        }
        return count
    }

    private static func hashes(_ count: Int, _ cursor: inout ByteCursor) throws(XetFormatError) -> [ChunkHash] {
        let start = try cursor.take(32 * count, "the chunk hashes")
        return (0..<count).map { ChunkHash(loading: start + 32 * $0) }
    }

    private static func words(
        _ count: Int, _ cursor: inout ByteCursor, _ what: StaticString,
    ) throws(XetFormatError) -> [UInt32] {
        let start = try cursor.take(4 * count, what)
        return (0..<count).map { (start + 4 * $0).littleEndian(UInt32.self) }
    }

    private func checkBoundaries(
        _ ends: [UInt32], minimumStep: Int, maximumStep: Int, _ what: StaticString,
    ) throws(XetFormatError) {
        var previous = 0
        for (index, end) in ends.enumerated() {
            guard (minimumStep...maximumStep).contains(Int(end) - previous) else {
                throw XetFormatError(
                    .lengthOutOfRange, at: 0, "the \(what) boundaries of chunk \(index) are \(previous) and \(end)")
            }
            previous = Int(end)
        }
    }
}
