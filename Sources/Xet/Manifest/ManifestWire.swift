/// The fixed-size records of a manifest's wire form (docs/formats.md). All integers are little-endian.
public enum ManifestWire {
    /// Bytes before the first record: magic (7), version (1), chunk count (8).
    public static let headerSize = 16
    /// Bytes per chunk: hash (32), length (3).
    public static let recordSize = 35
    static let magic = Array("SHOALMF".utf8)
    static let version: UInt8 = 1

    /// The size in bytes of a manifest of `count` chunks.
    public static func size(chunkCount count: Int) -> Int {
        headerSize + count * recordSize
    }

    /// The header of a manifest of `count` chunks.
    public static func header(count: UInt64) -> [UInt8] {
        ByteWriter.array(count: headerSize) { writer in
            writer.bytes(magic)
            writer.byte(version)
            writer.u64(count)
        }
    }

    /// Writes one record, `recordSize` bytes, at `target`.
    public static func store(_ chunk: Chunk, to target: UnsafeMutableRawPointer) {
        chunk.hash.store(to: target)
        target.storeBytes(of: UInt8(truncatingIfNeeded: chunk.length), toByteOffset: 32, as: UInt8.self)
        target.storeBytes(of: UInt8(truncatingIfNeeded: chunk.length >> 8), toByteOffset: 33, as: UInt8.self)
        target.storeBytes(of: UInt8(truncatingIfNeeded: chunk.length >> 16), toByteOffset: 34, as: UInt8.self)
    }

    /// Reads one record of `recordSize` bytes. `offset` is its place in the manifest, for the error.
    public static func load(
        from source: UnsafeRawPointer, at offset: UInt64 = 0,
    ) throws(XetFormatError) -> Chunk {
        let length = (source + 32).littleEndian24()
        guard (1...XetLimits.maximumChunk).contains(length) else {
            throw XetFormatError(
                .lengthOutOfRange, at: offset + 32,
                "a chunk of the manifest is \(length) bytes long, allowed are 1 to \(XetLimits.maximumChunk)")
        }
        return Chunk(hash: ChunkHash(loading: source), length: UInt32(length))
    }

    /// Reads a header of `headerSize` bytes and returns the chunk count it promises.
    static func loadHeader(_ bytes: UnsafeRawBufferPointer) throws(XetFormatError) -> UInt64 {
        var cursor = ByteCursor(bytes)
        try cursor.expect(magic, "the manifest's magic")
        let found = try cursor.byte("the manifest's version")
        guard found == version else {
            throw XetFormatError(
                .unsupportedVersion, at: 7, "the manifest has version \(found), this program reads version \(version)")
        }
        return try cursor.u64("the manifest's chunk count")
    }
}
