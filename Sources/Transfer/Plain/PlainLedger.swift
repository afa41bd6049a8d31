internal import ChunkStore
internal import Synchronization
internal import Xet

/// What of a file without chunk hashes is on disk, and the hash of its start.
///
/// The hash grows with the contiguous start of the file: bytes that arrive there are hashed in memory, those that came
/// early are read back, a little with every write, so that at the end no second pass over the file is left.
final class PlainLedger: Sendable {
    private struct State {
        var coverage = CoverageMap()
        var journal: RangeJournal?
        /// Taken out while a thread is hashing.
        var progress: HashProgress?
    }

    let file: RandomAccessFile
    let size: UInt64
    private let expected: ContentID
    private let journalPath: String?
    private let state: Mutex<State>
    private let leftovers: Mutex<[RangeRecord]>

    private static let readBytes = 256 << 10

    init(file: RandomAccessFile, journalPath: String?, expected: ContentID, size: UInt64) throws {
        self.file = file
        self.size = size
        self.expected = expected
        self.journalPath = journalPath
        let opened = try journalPath.map { try RangeJournal.open(path: $0, content: "\(expected)", size: size) }
        state = Mutex(
            State(journal: opened?.journal, progress: HashProgress(hasher: ContentHasher(for: expected, size: size))))
        leftovers = Mutex(opened?.records ?? [])
    }

    var coveredBytes: UInt64 { state.withLock { $0.coverage.total } }
    var gaps: [Range<UInt64>] { state.withLock { $0.coverage.gaps(in: 0..<size) } }

    /// The parts of a range that are not on disk yet.
    func gaps(in range: Range<UInt64>) -> [Range<UInt64>] { state.withLock { $0.coverage.gaps(in: range) } }

    /// Takes over the pieces of an earlier run whose bytes are still those that were written.
    /// - Returns: the bytes taken over.
    func resume() throws -> UInt64 {
        let records = leftovers.withLock { records in
            defer { records = [] }
            return records
        }
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.readBytes, alignment: 64)
        defer { buffer.deallocate() }
        for record in records where try checksum(of: record.range, with: buffer) == record.checksum {
            state.withLock { $0.coverage.insert(record.range) }
        }
        return coveredBytes
    }

    private func checksum(of range: Range<UInt64>, with buffer: UnsafeMutableRawBufferPointer) throws -> UInt64? {
        var checksum = CRC64NVME()
        var position = range.lowerBound
        while position < range.upperBound {
            let wanted = Int(min(UInt64(buffer.count), range.upperBound - position))
            let slot = UnsafeMutableRawBufferPointer(rebasing: buffer[..<wanted])
            guard try file.read(into: slot, at: position) == wanted else { return nil }
            checksum.update(UnsafeRawBufferPointer(slot))
            position += UInt64(wanted)
        }
        return checksum.value
    }

    /// Notes bytes that were just written, and moves the hash on.
    func wrote(_ bytes: UnsafeRawBufferPointer, at offset: UInt64) throws {
        let range = offset..<offset + UInt64(bytes.count)
        state.withLock { $0.coverage.insert(range) }
        guard let progress = takeProgress() else { return }
        defer { putBack(progress) }
        if range.contains(progress.frontier) {
            let known = Int(progress.frontier - offset)
            progress.hasher.update(UnsafeRawBufferPointer(rebasing: bytes[known...]))
            progress.frontier = range.upperBound
        }
        try catchUp(progress, atMost: 2 * bytes.count)
    }

    /// Puts a piece on record; its bytes are written.
    func journal(_ record: RangeRecord) throws {
        guard let journal = state.withLock({ $0.journal }) else { return }
        try journal.append(record)
    }

    /// Hashes some of what is left when all is on disk; call it until it says true.
    func finishHash() throws -> Bool {
        guard let progress = takeProgress() else { return false }
        defer { putBack(progress) }
        try catchUp(progress, atMost: 16 << 20)
        return progress.frontier == size
    }

    /// Whether all bytes are there and hash to the content id.
    var isRight: Bool {
        state.withLock { $0.progress.map { $0.frontier == size && $0.hasher.matches(expected) } ?? false }
    }

    /// Forgets everything that was fetched.
    func restart() throws {
        let fresh = HashProgress(hasher: ContentHasher(for: expected, size: size))
        try file.truncate(to: 0)
        let journal = try journalPath.map { path in
            try RandomAccessFile(path: path, access: .append).truncate(to: 0)
            return try RangeJournal.open(path: path, content: "\(expected)", size: size).journal
        }
        state.withLock { $0 = State(journal: journal, progress: fresh) }
    }

    private func takeProgress() -> HashProgress? {
        state.withLock { state in
            defer { state.progress = nil }
            return state.progress
        }
    }

    private func putBack(_ progress: HashProgress) { state.withLock { $0.progress = progress } }

    /// Reads back and hashes what lies at the frontier already.
    private func catchUp(_ progress: HashProgress, atMost limit: Int) throws {
        var left = limit
        while left > 0, progress.frontier < size {
            let ahead = progress.frontier..<size
            let end = state.withLock { $0.coverage.gaps(in: ahead).first?.lowerBound ?? size }
            guard end > progress.frontier else { return }
            let wanted = Int(min(UInt64(min(left, Self.readBytes)), end - progress.frontier))
            let slot = UnsafeMutableRawBufferPointer(rebasing: progress.buffer[..<wanted])
            let got = try file.read(into: slot, at: progress.frontier)
            guard got == wanted else {
                throw TransferError(code: .badReply, message: "\(file.path) lost bytes that were written to it")
            }
            progress.hasher.update(UnsafeRawBufferPointer(slot))
            progress.frontier += UInt64(wanted)
            left -= wanted
        }
    }

    /// The hash of the file's first `frontier` bytes.
    ///
    /// Proof of `@unchecked Sendable`: it is either in the ledger's locked state or in the hands of the one thread that
    /// took it out.
    private final class HashProgress: @unchecked Sendable {
        var hasher: ContentHasher
        var frontier: UInt64 = 0
        /// For reading back; a file that comes in order never needs it, and untouched pages cost nothing.
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: PlainLedger.readBytes, alignment: 64)

        init(hasher: ContentHasher) { self.hasher = hasher }

        deinit { buffer.deallocate() }
    }
}
