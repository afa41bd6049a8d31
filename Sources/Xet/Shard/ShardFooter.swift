/// The last 200 bytes of a complete shard (xet-protocol §4.5).
struct ShardFooter {
    struct Table {
        var offset: UInt64
        var rows: UInt64
    }

    var xorbSection: UInt64
    var fileLookup: Table
    var xorbLookup: Table
    var chunkLookup: Table
    var key: HashingKey
    var creation: UInt64
    var expiry: UInt64
    /// Sum of the xorbs' packed lengths.
    var storedBytesOnDisk: UInt64
    /// Sum of the files' sizes.
    var materializedBytes: UInt64
    /// Sum of the xorbs' unpacked lengths.
    var storedBytes: UInt64
    /// Where the footer starts in the shard.
    var position: Int
}

extension ShardFooter {
    init(parsingEndOf shard: UnsafeRawBufferPointer) throws(XetFormatError) {
        let position = shard.count - ShardLayout.footerSize
        guard position >= ShardLayout.headerSize else {
            throw XetFormatError(.truncated, at: UInt64(shard.count), "the shard is too short for its footer")
        }
        var cursor = ByteCursor(shard, position: position)
        let version = try cursor.u64("the footer's version")
        guard version == ShardLayout.footerVersion else {
            throw XetFormatError(
                .unsupportedVersion, at: UInt64(position), "the shard's footer has version \(version), not 1")
        }
        let fileSection = try cursor.u64("the file section's offset")
        guard fileSection == UInt64(ShardLayout.headerSize) else {
            throw XetFormatError(
                .malformed, at: UInt64(position + 8), "the footer places the file section at \(fileSection), not 48")
        }
        xorbSection = try cursor.u64("the xorb section's offset")
        fileLookup = try Table(&cursor)
        xorbLookup = try Table(&cursor)
        chunkLookup = try Table(&cursor)
        key = try cursor.hash("the footer's key")
        creation = try cursor.u64("the creation time")
        expiry = try cursor.u64("the expiry time")
        _ = try cursor.take(48, "the footer's reserved fields")
        storedBytesOnDisk = try cursor.u64("the stored bytes on disk")
        materializedBytes = try cursor.u64("the materialized bytes")
        storedBytes = try cursor.u64("the stored bytes")
        let ownOffset = try cursor.u64("the footer's offset")
        guard ownOffset == UInt64(position) else {
            throw XetFormatError(
                .malformed, at: UInt64(position + 192),
                "the footer places itself at \(ownOffset), it starts at \(position)")
        }
        self.position = position
    }

    /// Throws if a lookup table that has rows lies outside the space between the records and the footer.
    func checkLookups(after start: UInt64) throws(XetFormatError) {
        try check(fileLookup, rowSize: ShardLayout.lookupRowSize, after: start, field: 24)
        try check(xorbLookup, rowSize: ShardLayout.lookupRowSize, after: start, field: 40)
        try check(chunkLookup, rowSize: ShardLayout.chunkLookupRowSize, after: start, field: 56)
    }

    private func check(
        _ table: Table, rowSize: Int, after start: UInt64, field: Int,
    ) throws(XetFormatError) {
        guard table.rows > 0 else { return }
        let end = UInt64(position)
        let isInside =
            table.offset >= start && table.offset <= end && table.rows <= (end - table.offset) / UInt64(rowSize)
        guard isInside else {
            throw XetFormatError(
                .countOutOfRange, at: UInt64(position + field),
                "a lookup table of \(table.rows) rows at \(table.offset) does not lie between \(start) and \(end)")
        }
    }

    func write(to writer: inout ByteWriter) {
        writer.u64(ShardLayout.footerVersion)
        writer.u64(UInt64(ShardLayout.headerSize))
        writer.u64(xorbSection)
        for table in [fileLookup, xorbLookup, chunkLookup] {
            writer.u64(table.offset)
            writer.u64(table.rows)
        }
        writer.hash(key)
        writer.u64(creation)
        writer.u64(expiry)
        writer.zeros(48)
        writer.u64(storedBytesOnDisk)
        writer.u64(materializedBytes)
        writer.u64(storedBytes)
        writer.u64(UInt64(position))
    }
}

extension ShardFooter.Table {
    fileprivate init(_ cursor: inout ByteCursor) throws(XetFormatError) {
        offset = try cursor.u64("a lookup table's offset")
        rows = try cursor.u64("a lookup table's row count")
    }
}
