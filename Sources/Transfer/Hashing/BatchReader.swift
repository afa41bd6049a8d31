internal import Xet

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// Reads files one after the other into batches of hashed chunks. Each byte is read once; small files share a batch.
///
/// Proof of `@unchecked Sendable`: ``next()`` is called by one job at a time, and each call is awaited before the
/// next.
final class BatchReader: @unchecked Sendable {
    /// What became of a file that could not be read; the others go on.
    typealias FailureHandler = @Sendable (_ file: Int, _ error: any Error) throws -> Void

    static let batchBytes = 2 << 20
    /// Bytes that are read at once: what is read is scanned while it is in the nearest caches.
    private static let readBytes = 256 << 10
    /// Bytes of chunks that are hashed at once: enough to fill the lanes of the hash kernels, and still in the caches.
    private static let hashBytes = 512 << 10
    /// An unfinished chunk moves to the next batch, so each has room for one besides what is read.
    static let capacity = batchBytes + XetLimits.maximumChunk
    /// Two batches take turns.
    static let memory = 2 * capacity

    private let paths: [String]
    private let withSHA256: Bool
    private let onFailure: FailureHandler
    private let batches = [ChunkBatch(capacity: capacity), ChunkBatch(capacity: capacity)]
    private var turn = 0
    private var nextFile = 0
    private var current: OpenFile?
    private var ends: [UInt64] = []
    private var lengths: [Int] = []
    private var hashes: [ChunkHash] = []
    /// Chunks of the batch being filled that have their hashes.
    private var hashed = 0

    private struct OpenFile {
        var index: Int
        var source: SequentialFile
        var scanner: FileScanner
        var sha256: SHA256Digest?
        var tree = MerkleTreeBuilder()
        /// File position of the first byte that belongs to no finished chunk.
        var chunkStart: UInt64 = 0
        /// Where those bytes lie in the last batch.
        var carry = 0..<0
    }

    /// - Parameter onFailure: decides about a file that cannot be read; it throws to end the whole reading.
    init(paths: [String], withSHA256: Bool, onFailure: @escaping FailureHandler) {
        self.paths = paths
        self.withSHA256 = withSHA256
        self.onFailure = onFailure
    }

    /// Fills the next batch; nil after the last. The batch before the returned one stays readable, older ones do not.
    func next() throws -> ChunkBatch? {
        let previous = batches[turn]
        turn = 1 - turn
        let batch = batches[turn]
        batch.clear()
        lengths.removeAll(keepingCapacity: true)
        hashed = 0
        var used = 0
        if let file = current {
            used = file.carry.count
            batch.buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: previous.buffer[file.carry]))
        }
        while used < Self.batchBytes {
            if current == nil {
                guard nextFile < paths.count else { break }
                try openNext()
                continue
            }
            used = try fill(batch, from: used)
            if lengths[hashed...].reduce(0, +) >= Self.hashBytes { hash(batch) }
        }
        hash(batch)
        closeFiles(of: batch)
        return batch.pieces.isEmpty ? nil : batch
    }

    private func openNext() throws {
        let index = nextFile
        nextFile += 1
        do {
            current = OpenFile(
                index: index, source: try SequentialFile(path: paths[index]),
                scanner: FileScanner(withSHA256: withSHA256))
        } catch {
            try onFailure(index, error)
        }
    }

    /// Reads once from the current file and cuts what is complete.
    /// - Returns: the number of buffer bytes in use afterwards.
    private func fill(_ batch: ChunkBatch, from used: Int) throws -> Int {
        guard var file = current else { return used }
        current = nil
        let count: Int
        do {
            let end = min(Self.capacity, used + Self.readBytes)
            count = try file.source.read(into: UnsafeMutableRawBufferPointer(rebasing: batch.buffer[used..<end]))
            if count == 0 { try file.source.checkUnchanged() }
        } catch {
            // Its earlier chunks are already out; a summary will never follow, so nobody takes the file for whole.
            try onFailure(file.index, error)
            return used
        }
        let start = file.source.position - UInt64(count)
        let fresh = UnsafeRawBufferPointer(rebasing: batch.buffer[used..<used + count])
        ends.removeAll(keepingCapacity: true)
        if count > 0 { file.scanner.scan(fresh, into: &ends) } else { file.sha256 = file.scanner.finish(into: &ends) }

        let first = batch.chunks.count
        for end in ends {
            let length = Int(end - file.chunkStart)
            // `used` stands for file position `start`; a chunk may begin before it, in what was carried over.
            batch.offsets.append(used + Int(file.chunkStart) - Int(start))
            batch.chunks.append(Chunk(hash: .zero, length: UInt32(length)))
            lengths.append(length)
            file.chunkStart = end
        }
        add(first..<batch.chunks.count, of: file.index, to: batch)
        let filled = used + count
        if count == 0 {
            finished.append((batch.pieces.count - 1, file))
        } else {
            file.carry = filled - Int(file.source.position - file.chunkStart)..<filled
            current = file
        }
        return filled
    }

    /// Files that end in the batch being filled; their summaries need the hashes, which come last.
    private var finished: [(piece: Int, file: OpenFile)] = []

    private func add(_ chunks: Range<Int>, of file: Int, to batch: ChunkBatch) {
        if let last = batch.pieces.last, last.file == file {
            batch.pieces[batch.pieces.count - 1].chunks = last.chunks.lowerBound..<chunks.upperBound
        } else {
            batch.pieces.append(.init(file: file, chunks: chunks))
        }
    }

    /// Hashes the chunks that were found since the last time.
    private func hash(_ batch: ChunkBatch) {
        guard let base = batch.buffer.baseAddress, hashed < lengths.count else { return }
        let count = lengths.count - hashed
        if hashes.count < count { hashes = Array(repeating: .zero, count: max(count, 256)) }
        ChunkHashing.hash(base, offsets: batch.offsets, lengths: lengths, from: hashed, into: &hashes)
        for index in 0..<count { batch.chunks[hashed + index].hash = hashes[index] }
        hashed = lengths.count
    }

    /// Sums up the files that end in the batch.
    private func closeFiles(of batch: ChunkBatch) {
        var closing = finished[...]
        finished = []
        for (number, piece) in batch.pieces.enumerated() {
            if var done = closing.first, done.piece == number {
                closing.removeFirst()
                append(batch, piece.chunks, to: &done.file.tree)
                batch.pieces[number].summary = summary(of: &done.file)
            } else if current?.index == piece.file {
                current.map { file in
                    var file = file
                    append(batch, piece.chunks, to: &file.tree)
                    current = file
                }
            }
        }
    }

    private func append(_ batch: ChunkBatch, _ chunks: Range<Int>, to tree: inout MerkleTreeBuilder) {
        for chunk in batch.chunks[chunks] { tree.append(chunk.hash, length: UInt64(chunk.length)) }
    }

    private func summary(of file: inout OpenFile) -> FileSummary {
        let chunkCount = file.tree.chunkCount
        return FileSummary(
            size: file.source.position, fileHash: FileHash(root: file.tree.finish()), sha256: file.sha256,
            chunkCount: chunkCount, identity: file.source.steadyIdentity)
    }
}
