/// A complete shard read where it lies, through its lookup tables: a look-up copies and allocates nothing
/// (xet-protocol §4.4).
///
/// Only the frame is checked when the view is made. Each record is checked against the shard's bounds when it is read,
/// so that damaged bytes give wrong answers at worst, never a crash. The bytes must outlive the view.
public struct ShardView {
    /// Where a chunk lies.
    public struct Place: Hashable, Sendable {
        public var xorb: XorbHash
        /// The chunk's index in the xorb.
        public var chunk: UInt32
        /// The xorb's header, counted in records from the start of its section; for ``ShardView/chunk(_:of:)``.
        public var record: UInt32
    }

    private let bytes: UnsafeRawBufferPointer
    private let footer: ShardFooter
    /// The xorbs' records.
    private let xorbSection: Range<Int>

    /// Checks the header, the footer and the bounds of the tables.
    /// - Throws: ``XetFormatError``; `malformed` for a shard in upload form, or one with records but no tables.
    public init(_ bytes: UnsafeRawBufferPointer) throws(XetFormatError) {
        var cursor = ByteCursor(bytes)
        try cursor.expect(ShardLayout.tag, "the shard's tag")
        let version = try cursor.u64("the shard's version")
        guard version == ShardLayout.version else {
            throw XetFormatError(
                .unsupportedVersion, at: 32, "the shard has version \(version), not \(ShardLayout.version)")
        }
        guard try cursor.u64("the shard's footer size") == UInt64(ShardLayout.footerSize) else {
            throw XetFormatError(.malformed, at: 40, "the shard has no footer, so it has no lookup tables")
        }
        let footer = try ShardFooter(parsingEndOf: bytes)
        let first = UInt64(ShardLayout.headerSize)
        let end = [footer.fileLookup, footer.xorbLookup, footer.chunkLookup].reduce(UInt64(footer.position)) {
            $1.rows > 0 ? min($0, $1.offset) : $0
        }
        guard footer.xorbSection >= first, footer.xorbSection <= end,
            (footer.xorbSection - first) % UInt64(ShardLayout.recordSize) == 0
        else {
            throw XetFormatError(
                .malformed, at: UInt64(footer.position + 16), "the xorb section starts at \(footer.xorbSection)")
        }
        try footer.checkLookups(after: footer.xorbSection)
        xorbSection = Int(footer.xorbSection)..<Int(end)
        // A section holds at least its end mark; more than that without a table could not be found.
        guard xorbSection.count >= ShardLayout.recordSize,
            footer.chunkLookup.rows > 0 || xorbSection.count < 2 * ShardLayout.recordSize
        else { throw XetFormatError(.malformed, at: UInt64(footer.position + 64), "the shard has no lookup table") }
        self.bytes = bytes
        self.footer = footer
    }

    /// The key of the chunk hashes; zero when they are plain.
    public var key: HashingKey { footer.key }
    /// Unix seconds after which the shard must not be used.
    public var expiry: UInt64 { footer.expiry }
    /// Chunks in the lookup table.
    public var chunkCount: Int { Int(footer.chunkLookup.rows) }

    /// Finds a chunk by its hash as the shard lists it: keyed, when ``key`` is not zero.
    public func find(_ hash: ChunkHash) -> Place? {
        let size = ShardLayout.chunkLookupRowSize
        var row = lowerBound(hash.w0, in: footer.chunkLookup, rowSize: size)
        let rows = Int(footer.chunkLookup.rows)
        while row < rows {
            let position = Int(footer.chunkLookup.offset) + row * size
            guard load(UInt64.self, position) == hash.w0 else { return nil }
            let (record, index) = (load(UInt32.self, position + 8), load(UInt32.self, position + 12))
            if let chunk = chunk(index, of: record), chunk.hash == hash, let xorb: XorbHash = self.hash(record) {
                return Place(xorb: xorb, chunk: index, record: record)
            }
            row += 1
        }
        return nil
    }

    /// Chunk `index` of the xorb whose header is record `record`; nil when the xorb has no such chunk.
    public func chunk(_ index: UInt32, of record: UInt32) -> Chunk? {
        guard index < chunkCount(of: record), let start = recordStart(UInt64(record) + 1 + UInt64(index)) else {
            return nil
        }
        return bytes.baseAddress.map {
            Chunk(hash: ChunkHash(loading: $0 + start), length: load(UInt32.self, start + 36))
        }
    }

    /// The number of chunks of the xorb whose header is record `record`.
    public func chunkCount(of record: UInt32) -> UInt32 {
        recordStart(UInt64(record)).map { min(load(UInt32.self, $0 + 36), UInt32(XetLimits.maximumXorbChunks)) } ?? 0
    }

    /// The header record of a xorb; nil when the shard does not list it.
    public func record(of xorb: XorbHash) -> UInt32? {
        let size = ShardLayout.lookupRowSize
        var row = lowerBound(xorb.w0, in: footer.xorbLookup, rowSize: size)
        while row < Int(footer.xorbLookup.rows) {
            let position = Int(footer.xorbLookup.offset) + row * size
            guard load(UInt64.self, position) == xorb.w0 else { return nil }
            let record = load(UInt32.self, position + 8)
            if hash(record) == xorb { return record }
            row += 1
        }
        return nil
    }

    /// The recipe of a file; nil when the shard has none, or a damaged one.
    public func file(_ hash: FileHash) -> ShardFile? {
        let size = ShardLayout.lookupRowSize
        var row = lowerBound(hash.w0, in: footer.fileLookup, rowSize: size)
        while row < Int(footer.fileLookup.rows) {
            let position = Int(footer.fileLookup.offset) + row * size
            guard load(UInt64.self, position) == hash.w0 else { return nil }
            let start = ShardLayout.headerSize + Int(load(UInt32.self, position + 8)) * ShardLayout.recordSize
            var cursor = ByteCursor(
                UnsafeRawBufferPointer(rebasing: bytes[..<xorbSection.lowerBound]),
                position: min(start, xorbSection.lowerBound))
            if let file = try? ShardFile(parsing: &cursor), file.fileHash == hash { return file }
            row += 1
        }
        return nil
    }

    private func hash<Kind>(_ record: UInt32) -> XetHash<Kind>? {
        guard let start = recordStart(UInt64(record)), let base = bytes.baseAddress else { return nil }
        return XetHash(loading: base + start)
    }

    /// Where a record of the xorb section starts; nil outside of the section.
    private func recordStart(_ record: UInt64) -> Int? {
        let start = UInt64(xorbSection.lowerBound) + record * UInt64(ShardLayout.recordSize)
        return start + UInt64(ShardLayout.recordSize) <= UInt64(xorbSection.upperBound) ? Int(start) : nil
    }

    /// The first row whose truncated hash is not below `key`. Hashes are spread evenly, so a guess by proportion is
    /// near: a handful of probes where halving needs twenty, each a memory access of its own.
    private func lowerBound(_ key: UInt64, in table: ShardFooter.Table, rowSize: Int) -> Int {
        let offset = Int(table.offset)
        var (low, high) = (0, Int(table.rows))
        var (least, most) = (UInt64.min, UInt64.max)
        var guesses = 8
        while low < high {
            var middle = (low + high) / 2
            if guesses > 0, least < most {
                guesses -= 1
                let share = Double(max(key, least) - least) / Double(most - least)
                middle = low + min(high - low - 1, Int(share * Double(high - low)))
            }
            let value = load(UInt64.self, offset + middle * rowSize)
            if value < key {
                low = middle + 1
                least = max(least, value)
            } else {
                high = middle
                most = min(most, value)
            }
        }
        return low
    }

    /// The caller has checked that the position lies inside.
    private func load<T: FixedWidthInteger & BitwiseCopyable>(_ type: T.Type, _ position: Int) -> T {
        T(littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: T.self))
    }
}
