public import ChunkStore
internal import NIOPosix
public import Xet

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// Cuts files into chunks when the machine has nothing else to do, so that files that came without a chunk list can be
/// given to others: one thread that runs when no other wants to, at a bounded rate.
///
/// What is found is kept where pulls and pushes keep theirs, so each file is read once. A file whose reading was
/// interrupted is continued where it was.
public final class IdleHasher: Sendable {
    public enum Outcome: Sendable, Hashable {
        /// The list is on the shelf.
        case listed
        /// The file is another one than it was said to be.
        case differs
        /// The file cannot be read, or was changed while it was read.
        case unusable
    }

    private let files: FileTable
    private let shelf: ManifestShelf
    private let folder: String
    private let bytesPerSecond: Int
    private let pool = NIOThreadPool(numberOfThreads: 1)

    /// - Parameters:
    ///   - folder: where it is noted how far reading has come.
    ///   - bytesPerSecond: most that is read.
    public init(files: FileTable, shelf: ManifestShelf, folder: String, bytesPerSecond: Int) {
        self.files = files
        self.shelf = shelf
        self.folder = folder
        self.bytesPerSecond = max(1, bytesPerSecond)
        pool.start()
        pool.submit { _ in ThreadPriority.becomeIdle() }
    }

    deinit { pool.shutdownGracefully { _ in } }

    /// Makes the list of a file.
    /// - Parameters:
    ///   - hash: what the file should be.
    ///   - advanced: told of bytes as they are read.
    /// - Throws: `CancellationError`; nothing is lost then.
    public func list(
        _ path: String, _ hash: FileHash, size: UInt64, advanced: @escaping @Sendable (UInt64) -> Void = { _ in }
    ) async throws -> Outcome {
        let (files, shelf, folder) = (files, shelf, folder)
        // Two tries: what an earlier run noted may be about content that the file does not have any more.
        for _ in 0..<2 {
            let started = try await pool.runIfActive { () -> IdleHashing? in
                guard let identity = FileIdentity(path: path), identity.size == size else { return nil }
                if let known = files.find(path: path, identity: identity), known.fileHash != hash { return nil }
                return try? IdleHashing(path, identity, hash, shelf: shelf, journal: "\(folder)/\(hash).journal")
            }
            guard let job = started else { return .unusable }
            let start = ContinuousClock.now
            var done: UInt64 = 0
            while let bytes = try await pool.runIfActive({ try? job.step() }) ?? nil {
                try Task.checkCancellation()
                advanced(bytes)
                done += bytes
                let due = start + .seconds(1) * (Double(done) / Double(bytesPerSecond))
                if due > .now { try await Task.sleep(until: due, clock: .continuous) }
            }
            let outcome = try await pool.runIfActive { job.finish(noting: files) }
            if outcome != .differs || !job.hasContinued { return outcome }
        }
        return .differs
    }
}

/// The reading of one file.
///
/// Proof of `@unchecked Sendable`: one job at a time uses it, and each is awaited before the next.
private final class IdleHashing: @unchecked Sendable {
    private static let memory = 2 << 20

    private let path: String
    private let identity: FileIdentity
    private let hash: FileHash
    private let file: RandomAccessFile
    private let journal: Journal
    private let journalPath: String
    private let writer: ManifestWriter
    private let began = FileIdentity.now
    private var stream = ChunkStream(capacity: memory)
    private var tree = MerkleTreeBuilder()
    /// Where the next bytes are read, and where the next chunk starts.
    private var position: UInt64 = 0
    private var chunkStart: UInt64 = 0
    private var isComplete = false
    /// Whether it goes on where an earlier run was.
    let hasContinued: Bool

    init(_ path: String, _ identity: FileIdentity, _ hash: FileHash, shelf: ManifestShelf, journal: String) throws {
        self.path = path
        self.identity = identity
        self.hash = hash
        file = try RandomAccessFile(path: path, access: .read)
        journalPath = journal
        try StateFolder(path: String(journal[..<(journal.lastIndex(of: "/") ?? journal.startIndex)])).create()
        let (opened, records) = try Journal.open(path: journal, file: hash, size: identity.size)
        self.journal = opened
        writer = shelf.makeWriter()
        // Chunks end where they end whatever comes before, so reading can start at any of their ends.
        for record in records where record.offset == chunkStart && record.range.upperBound < identity.size {
            chunkStart = record.range.upperBound
            tree.append(record.chunk)
            writer.append(CollectionOfOne(record.chunk))
        }
        position = chunkStart
        hasContinued = chunkStart > 0
    }

    /// Reads the next MiB or two.
    /// - Returns: how many bytes; nil at the end.
    func step() throws -> UInt64? {
        guard !isComplete else { return nil }
        let count = try stream.fill { try file.read(into: $0, at: position) }
        position += UInt64(count)
        isComplete = count == 0
        var records: [JournalRecord] = []
        stream.drain(atEnd: isComplete) { _, chunks in
            for chunk in chunks {
                records.append(JournalRecord(offset: chunkStart, chunk: chunk))
                chunkStart += UInt64(chunk.length)
                tree.append(chunk)
            }
            writer.append(chunks)
        }
        try journal.append(records)
        return isComplete ? nil : UInt64(count)
    }

    func finish(noting files: FileTable) -> IdleHasher.Outcome {
        guard isComplete, FileIdentity(path: path) == identity else { return .unusable }
        unlink(journalPath)
        let found = FileHash(root: tree.finish())
        // What is read a second time tells for certain.
        if found == hash || !hasContinued {
            let sha256 = files.find(path: path, identity: identity)?.sha256
            try? files.note(
                [FileTable.Record(path: path, identity: identity, fileHash: found, sha256: sha256)], began: began)
        }
        guard found == hash else { return .differs }
        writer.finish(hash)
        return .listed
    }
}
