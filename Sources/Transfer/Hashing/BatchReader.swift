internal import ChunkStore
internal import Synchronization
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
    /// A file that is pushed must be one state of it, not the halves of two.
    private let isStrict: Bool
    private let onFailure: FailureHandler
    private let shows: @Sendable (_ file: Int) -> Bool
    private let isReading = Atomic(false)
    private let batches = [ChunkBatch(capacity: capacity), ChunkBatch(capacity: capacity)]
    /// One for each batch; nil where files are read.
    private let windows: [FileWindow]?
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

    /// - Parameters:
    ///   - isStrict: whether a file fails that is written to while it is read.
    ///   - shows: whether a file may be shown instead of read, if it is long. That costs less, but what was shown may
    ///     then differ from its hash if the file is written to meanwhile. For those who want the hashes above all.
    ///   - onFailure: decides about a file that cannot be read; it throws to end the whole reading.
    init(
        paths: [String], withSHA256: Bool, isStrict: Bool = false, shows: @escaping @Sendable (_ file: Int) -> Bool,
        onFailure: @escaping FailureHandler
    ) {
        let open =
            paths.indices.contains(where: shows) ? (0..<2).compactMap { _ in FileWindow(capacity: Self.capacity) } : []
        windows = open.count == 2 ? open : nil
        self.paths = paths
        self.withSHA256 = withSHA256
        self.shows = shows
        self.isStrict = isStrict
        self.onFailure = onFailure
    }

    /// From the next batch on all files are read. Any thread may decide that.
    func readFromNowOn() { isReading.store(true, ordering: .relaxed) }

    /// Fills the next batch; nil after the last. The batch before the returned one stays readable, older ones do not.
    func next() throws -> ChunkBatch? {
        let previous = batches[turn]
        turn = 1 - turn
        let batch = batches[turn]
        batch.clear()
        lengths.removeAll(keepingCapacity: true)
        hashed = 0
        if try show(batch) { return batch }
        var used = 0
        if let file = current {
            used = file.carry.count
            batch.buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: previous.view[file.carry]))
            if previous.window?.isTorn == true {
                current = nil
                used = 0
                try onFailure(file.index, file.source.changed)
            }
        }
        while used < Self.batchBytes {
            if current == nil {
                guard nextFile < paths.count else { break }
                try openNext()
                continue
            }
            used = try fill(batch, from: used)
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
            if count == 0 { try file.source.checkUnchanged(isStrict: isStrict) }
        } catch {
            // Its earlier chunks are already out; a summary will never follow, so nobody takes the file for whole.
            try onFailure(file.index, error)
            return used
        }
        if count > 0 {
            cut(used..<used + count, of: &file, at: file.source.position - UInt64(count), in: batch)
        } else {
            ends.removeAll(keepingCapacity: true)
            file.sha256 = file.scanner.finish(into: &ends)
            addChunks(of: &file, position: file.source.position, place: used, to: batch)
        }
        let filled = used + count
        if count == 0 {
            finished.append((batch.pieces.count - 1, file))
        } else {
            file.carry = filled - Int(file.source.position - file.chunkStart)..<filled
            current = file
        }
        return filled
    }

    /// Fills a batch from a window, if enough is left of the next file.
    /// - Returns: whether it did; nothing has happened otherwise.
    private func show(_ batch: ChunkBatch) throws -> Bool {
        guard let window = windows?[turn], !isReading.load(ordering: .relaxed) else { return false }
        while current == nil, nextFile < paths.count { try openNext() }
        guard var file = current, shows(file.index) else { return false }
        var position = file.source.position
        let start = file.chunkStart
        guard let view = file.source.show(from: start, next: Self.batchBytes, in: window) else { return false }
        batch.lie(in: view, of: window)
        while position < file.source.position {
            let place = Int(position - start)
            cut(place..<min(view.count, place + Self.readBytes), of: &file, at: position, in: batch)
            position += UInt64(min(view.count - place, Self.readBytes))
        }
        hash(batch)
        guard !window.isTorn else {
            current = nil
            batch.clear()
            lengths.removeAll(keepingCapacity: true)
            hashed = 0
            try onFailure(file.index, file.source.changed)
            return false
        }
        file.carry = Int(file.chunkStart - start)..<view.count
        current = file
        closeFiles(of: batch)
        return true
    }

    /// Cuts what is complete in the next bytes of a file.
    /// - Parameters:
    ///   - range: where they lie in the batch.
    ///   - position: where the first lies in the file.
    private func cut(_ range: Range<Int>, of file: inout OpenFile, at position: UInt64, in batch: ChunkBatch) {
        ends.removeAll(keepingCapacity: true)
        file.scanner.scan(UnsafeRawBufferPointer(rebasing: batch.view[range]), into: &ends)
        addChunks(of: &file, position: position, place: range.lowerBound, to: batch)
        if lengths[hashed...].reduce(0, +) >= Self.hashBytes { hash(batch) }
    }

    /// Adds the chunks whose ends were found; `place` in the batch stands for `position` in the file.
    private func addChunks(of file: inout OpenFile, position: UInt64, place: Int, to batch: ChunkBatch) {
        let first = batch.chunks.count
        for end in ends {
            let length = Int(end - file.chunkStart)
            // A chunk may begin before, in what was carried over.
            batch.offsets.append(place + Int(file.chunkStart) - Int(position))
            batch.chunks.append(Chunk(hash: .zero, length: UInt32(length)))
            lengths.append(length)
            file.chunkStart = end
        }
        add(first..<batch.chunks.count, of: file.index, to: batch)
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
        guard let base = batch.view.baseAddress, hashed < lengths.count else { return }
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
