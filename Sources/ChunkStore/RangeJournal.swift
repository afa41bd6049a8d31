/// A piece of a partial file that was written, with a checksum of its bytes.
public struct RangeRecord: Hashable, Sendable {
    public var range: Range<UInt64>
    /// CRC-64/NVME of the piece's bytes.
    public var checksum: UInt64

    public init(range: Range<UInt64>, checksum: UInt64) {
        self.range = range
        self.checksum = checksum
    }
}

/// The append-only list of pieces that a partial file without chunk hashes already has.
///
/// As with ``Journal`` a record may outlive its bytes in a power cut, so a reader compares the checksum of what is on the
/// disk before it believes a record; the content is proved by the hash of the whole file alone. The first torn record
/// ends the list.
///
/// Layout: a header (`SHOALRJ1`, file size, length of the content id, the id's text), then 32-byte records: start u64,
/// length u64, checksum of the bytes u64, checksum of the record u64; integers little-endian.
public final class RangeJournal: Sendable {
    static let magic: [UInt8] = Array("SHOALRJ1".utf8)
    static let recordSize = 32
    private static let longestPiece: UInt64 = 1 << 30

    private let file: RandomAccessFile

    /// Opens the journal of a file for appending, starting a new one when it is missing or belongs to other content.
    /// - Parameter content: what names the content, such as its SHA-256 in hex.
    /// - Returns: the journal, and the records that an earlier run left in it.
    public static func open(
        path: String, content: String, size: UInt64
    ) throws -> (journal: RangeJournal, records: [RangeRecord]) {
        let file = try RandomAccessFile(path: path, access: .append)
        var header = magic
        withUnsafeBytes(of: size.littleEndian) { header += $0 }
        withUnsafeBytes(of: UInt64(content.utf8.count).littleEndian) { header += $0 }
        header += Array(content.utf8)
        var found = [UInt8](repeating: 0, count: header.count)
        let got = try found.withUnsafeMutableBytes { try file.read(into: $0, at: 0) }
        guard got == header.count, found == header else {
            try file.truncate(to: 0)
            try header.withUnsafeBytes { try file.append($0) }
            return (RangeJournal(file: file), [])
        }
        let (records, end) = try read(file, from: UInt64(header.count), size: size)
        // A torn tail would misalign everything appended after it.
        try file.truncate(to: end)
        return (RangeJournal(file: file), records)
    }

    private init(file: RandomAccessFile) { self.file = file }

    /// Appends a record in one write.
    public func append(_ record: RangeRecord) throws {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Self.recordSize)
        for word in [record.range.lowerBound, UInt64(record.range.count), record.checksum, Self.seal(record)] {
            withUnsafeBytes(of: word.littleEndian) { bytes += $0 }
        }
        try bytes.withUnsafeBytes { try file.append($0) }
    }

    private static func read(
        _ file: RandomAccessFile, from start: UInt64, size: UInt64
    ) throws -> (records: [RangeRecord], end: UInt64) {
        var records: [RangeRecord] = []
        var position = start
        var block = [UInt8](repeating: 0, count: recordSize * 1024)
        while true {
            let got = try block.withUnsafeMutableBytes { try file.read(into: $0, at: position) }
            for index in 0..<got / recordSize {
                guard let record = block.withUnsafeBytes({ parse($0, at: index * recordSize) }),
                    record.range.upperBound <= size
                else { return (records, position) }
                records.append(record)
                position += UInt64(recordSize)
            }
            if got < block.count { return (records, position) }
        }
    }

    private static func parse(_ bytes: UnsafeRawBufferPointer, at start: Int) -> RangeRecord? {
        let words = (0..<4).map {
            UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: start + $0 * 8, as: UInt64.self))
        }
        guard words[0] < 1 << 62, (1...longestPiece).contains(words[1]) else { return nil }
        let record = RangeRecord(range: words[0]..<words[0] + words[1], checksum: words[2])
        return seal(record) == words[3] ? record : nil
    }

    /// Mixes the fields so that a torn or shifted record is noticed.
    private static func seal(_ record: RangeRecord) -> UInt64 {
        var mixed: UInt64 = 0x5348_4F41_4C52_4A31
        for word in [record.range.lowerBound, record.range.upperBound, record.checksum] {
            mixed = (mixed ^ word) &* 0xBF58_476D_1CE4_E5B9
            mixed ^= mixed >> 29
        }
        return mixed
    }
}
