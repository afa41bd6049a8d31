internal import ChunkStore
internal import Logging
internal import NIOPosix
public import Xet

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// The hashes of a local file.
public struct HashedFile: Sendable, Hashable {
    public var size: UInt64
    public var fileHash: FileHash
    /// Only when asked for.
    public var sha256: Xet.SHA256Digest?
    public var chunkCount: UInt64
}

extension TransferEngine {
    public typealias HashResult = Result<HashedFile, any Error>

    /// Small files are hashed in groups, up to this many bytes or files.
    private static let groupBytes: Int64 = 32 << 20
    private static let groupFiles = 512
    /// Groups at work at once.
    private static let groupsAtOnce = 2

    /// Lets this process look at long files where they lie in the page cache, which saves a tenth of the time. A program
    /// decides this, because the process then handles the signal SIGBUS, which says that such a file got shorter.
    public static func allowFileWindows() { FileWindow.allow() }

    /// Hashes a local file as an upload would, in fixed memory.
    /// - Parameter path: a file, or `-` for standard input.
    public func hash(path: String, withSHA256: Bool, observer: any TransferObserver) async throws -> HashedFile {
        let results = try await hash(group: [path], withSHA256: withSHA256, observer: observer)
        guard let result = results[0] else { preconditionFailure("a file that was read to its end has a summary") }
        return try result.get()
    }

    /// Hashes local files. One that cannot be read does not stop the others.
    /// - Parameter report: gets the result of each file, in the order of `paths`, as soon as it and all before it are
    ///   done.
    public func hash(
        paths: [String], withSHA256: Bool, observer: any TransferObserver, report: (HashResult) -> Void
    ) async throws {
        let groups = try await pool.runIfActive { Self.groups(of: paths) }
        try await withThrowingTaskGroup(of: (Int, [Int: HashResult]).self) { tasks in
            var finished: [Int: [Int: HashResult]] = [:]
            var started = 0
            var reported = 0
            while reported < groups.count {
                while started < groups.count, started - reported - finished.count < Self.groupsAtOnce {
                    let number = started
                    tasks.addTask {
                        let files = Array(paths[groups[number]])
                        return (number, try await self.hash(group: files, withSHA256: withSHA256, observer: observer))
                    }
                    started += 1
                }
                guard let (number, results) = try await tasks.next() else { return }
                finished[number] = results
                while let ready = finished.removeValue(forKey: reported) {
                    for index in groups[reported].indices {
                        if let result = ready[index - groups[reported].lowerBound] { report(result) }
                    }
                    reported += 1
                }
            }
        }
    }

    private static func groups(of paths: [String]) -> [Range<Int>] {
        var groups: [Range<Int>] = []
        var bytes: Int64 = 0
        for (index, path) in paths.enumerated() {
            var status = stat()
            // What has no size of its own, as standard input, is a group of its own.
            let size = path != "-" && stat(path, &status) == 0 ? Int64(status.st_size) : groupBytes
            bytes += size
            if let last = groups.last, bytes <= groupBytes, last.count < groupFiles {
                groups[groups.count - 1] = last.lowerBound..<index + 1
            } else {
                groups.append(index..<index + 1)
                bytes = size
            }
        }
        return groups
    }

    /// Hashes files one after the other.
    /// - Returns: a result for each, by its index.
    private func hash(
        group: [String], withSHA256: Bool, observer: any TransferObserver
    ) async throws -> [Int: HashResult] {
        let job = HashJob(
            group, withSHA256: withSHA256, recorder: group.contains("-") ? nil : local?.manifests, observer: observer)
        let began = FileIdentity.now
        // Several batches at a time: going to another thread for each would leave their bytes in the wrong cache.
        while try await pool.runIfActive({ try job.read(atMost: 16 << 20) }) { try Task.checkCancellation() }
        try await remember(job, began: began)
        return job.results
    }

    private func remember(_ job: HashJob, began: Int64) async throws {
        guard let local else { return }
        let logger = logger
        try await pool.runIfActive {
            let summaries = job.summaries.map { path, summary in
                var summary = summary
                // Hashing without SHA-256 must not forget the one that is known.
                if summary.sha256 == nil { summary.sha256 = local.find(path)?.sha256 }
                return (path: path, summary: summary)
            }
            local.note(summaries, began: began, logger: logger)
            local.manifests.prune()
        }
    }

    /// The SHA-256 of a file as far as it is known from an earlier reading, and the file has not changed since.
    public func knownSHA256(path: String) async -> Xet.SHA256Digest? {
        guard let local else { return nil }
        return try? await pool.runIfActive { local.find(path)?.sha256 }
    }
}

/// The hashing of a group of files.
///
/// Proof of `@unchecked Sendable`: one task owns a job and awaits each of its steps.
private final class HashJob: @unchecked Sendable {
    private let paths: [String]
    private let reader: BatchReader
    private let recorder: ChunkListRecorder?
    private let observer: any TransferObserver
    private let failures: Failures
    private(set) var summaries: [(path: String, summary: FileSummary)] = []
    private var hashed: [Int: HashedFile] = [:]

    /// Files that could not be read.
    ///
    /// Proof of `@unchecked Sendable`: only the reader's steps write it, which are the job's.
    private final class Failures: @unchecked Sendable { var byFile: [Int: any Error] = [:] }

    init(_ paths: [String], withSHA256: Bool, recorder shelf: ManifestShelf?, observer: any TransferObserver) {
        let failures = Failures()
        self.paths = paths
        self.failures = failures
        self.observer = observer
        recorder = shelf.map { ChunkListRecorder(shelf: $0) }
        reader = BatchReader(paths: paths, withSHA256: withSHA256, shows: { _ in true }) { failures.byFile[$0] = $1 }
    }

    var results: [Int: TransferEngine.HashResult] {
        hashed.mapValues { .success($0) }.merging(failures.byFile.mapValues { .failure($0) }) { $1 }
    }

    /// Reads on for some bytes; false when all files are read.
    func read(atMost limit: UInt64) throws -> Bool {
        var bytes: UInt64 = 0
        while bytes < limit {
            guard let batch = try reader.next() else { return false }
            for piece in batch.pieces {
                let count = batch.chunks[piece.chunks].reduce(0) { $0 + UInt64($1.length) }
                observer.advanced(paths[piece.file], bytes: count)
                bytes += count
                guard let summary = piece.summary else { continue }
                if paths[piece.file] != "-" { summaries.append((paths[piece.file], summary)) }
                hashed[piece.file] = HashedFile(
                    size: summary.size, fileHash: summary.fileHash, sha256: summary.sha256,
                    chunkCount: summary.chunkCount)
            }
            recorder?.add(batch)
        }
        return true
    }
}
