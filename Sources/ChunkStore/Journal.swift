public import Xet

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// One chunk that lies verified in a partial file.
public struct JournalRecord: Hashable, Sendable {
    /// Where the chunk starts in the file.
    public var offset: UInt64
    public var chunk: Chunk

    public init(offset: UInt64, chunk: Chunk) {
        self.offset = offset
        self.chunk = chunk
    }

    public var range: Range<UInt64> { offset..<offset + UInt64(chunk.length) }
}

/// The append-only list of chunks that a partial file already has.
///
/// A record is written after its chunk's bytes. No fsync separates the two, so a record may outlive its bytes in a
/// power cut: a reader re-hashes the bytes of each record before it believes it. Records carry a checksum, and the first
/// bad one ends the list: what a kill tore is dropped.
///
/// Layout: a 48-byte header (`SHOALJ01`, file hash, file size), then 48-byte records: offset u64, length u32,
/// checksum u32, chunk hash; integers little-endian.
public final class Journal: Sendable {
    static let magic: [UInt8] = Array("SHOALJ01".utf8)
    static let recordSize = 48

    private let file: RandomAccessFile

    /// Opens the journal of a file for appending, starting a new one when it is missing or belongs to another file.
    /// - Returns: the journal, and the records that an earlier run left in it.
    public static func open(
        path: String, file hash: FileHash, size: UInt64
    ) throws -> (journal: Journal, records: [JournalRecord]) {
        let file = try RandomAccessFile(path: path, access: .append)
        let header = header(hash, size: size)
        let (records, end) = try read(file, expecting: header, size: size)
        if let end {
            // A torn tail would misalign everything appended after it.
            try file.truncate(to: end)
        } else {
            try file.truncate(to: 0)
            try file.append(header)
        }
        return (Journal(file: file), records)
    }

    /// The bytes of a file that a journal notes; nothing is changed, and whether they are still there is not checked.
    public static func coveredBytes(path: String, file hash: FileHash, size: UInt64) -> UInt64 {
        guard let file = try? RandomAccessFile(path: path, access: .read),
            let records = try? read(file, expecting: header(hash, size: size), size: size).records
        else { return 0 }
        var coverage = CoverageMap()
        for record in records { coverage.insert(record.range) }
        return coverage.total
    }

    private static func header(_ hash: FileHash, size: UInt64) -> [UInt8] {
        var header = magic
        header += hash.bytes
        withUnsafeBytes(of: size.littleEndian) { header += $0 }
        return header
    }

    private init(file: RandomAccessFile) { self.file = file }

    /// Appends records in one write.
    public func append(_ records: some Collection<JournalRecord>) throws {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(records.count * Self.recordSize)
        for record in records {
            withUnsafeBytes(of: record.offset.littleEndian) { bytes += $0 }
            withUnsafeBytes(of: record.chunk.length.littleEndian) { bytes += $0 }
            withUnsafeBytes(of: Self.checksum(record).littleEndian) { bytes += $0 }
            bytes += record.chunk.hash.bytes
        }
        try file.append(bytes)
    }

    private static func read(
        _ file: RandomAccessFile, expecting header: [UInt8], size: UInt64
    ) throws -> (records: [JournalRecord], end: UInt64?) {
        let length = try file.length
        var found = [UInt8](repeating: 0, count: header.count)
        let got = try found.withUnsafeMutableBytes { try file.read(into: $0, at: 0) }
        guard got == header.count, found == header else { return ([], nil) }
        // No file has more chunks than its size in smallest chunks, plus a short last one.
        let most = size / UInt64(XetLimits.minimumChunk) + 2
        let count = Int(min((length - UInt64(header.count)) / UInt64(recordSize), most * 4))
        var records: [JournalRecord] = []
        records.reserveCapacity(count)
        var block = [UInt8](repeating: 0, count: recordSize * 1024)
        var position = UInt64(header.count)
        while records.count < count {
            let got = try block.withUnsafeMutableBytes { buffer in
                try file.read(into: buffer, at: position)
            }
            let whole = min(got / recordSize, count - records.count)
            for index in 0..<whole {
                let record = block.withUnsafeBytes { parse($0, at: index * recordSize) }
                guard let record, record.range.upperBound <= size else { return (records, position) }
                records.append(record)
                position += UInt64(recordSize)
            }
            if whole == 0 { break }
        }
        return (records, position)
    }

    private static func parse(_ bytes: UnsafeRawBufferPointer, at start: Int) -> JournalRecord? {
        guard let base = bytes.baseAddress else { return nil }
        let offset = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: start, as: UInt64.self))
        let length = UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: start + 8, as: UInt32.self))
        let sum = UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: start + 12, as: UInt32.self))
        guard (1...XetLimits.maximumChunk).contains(Int(length)), offset < 1 << 62 else { return nil }
        let record = JournalRecord(
            offset: offset, chunk: Chunk(hash: ChunkHash(loading: base + start + 16), length: length))
        return checksum(record) == sum ? record : nil
    }

    /// Mixes the fields so that a torn or shifted record is noticed; the chunk hash itself is proof against the rest.
    private static func checksum(_ record: JournalRecord) -> UInt32 {
        var mixed = record.offset &* 0x9E37_79B9_7F4A_7C15 ^ UInt64(record.chunk.length)
        for word in [record.chunk.hash.w0, record.chunk.hash.w1, record.chunk.hash.w2, record.chunk.hash.w3] {
            mixed = (mixed ^ word) &* 0xBF58_476D_1CE4_E5B9
            mixed ^= mixed >> 29
        }
        return UInt32(truncatingIfNeeded: mixed ^ mixed >> 32)
    }
}
