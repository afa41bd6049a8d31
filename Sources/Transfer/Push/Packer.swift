internal import ChunkStore
internal import Xet

/// Sorts the chunks of a push into known and new ones, and packs the new ones into xorbs.
///
/// Proof of `@unchecked Sendable`: one job at a time uses a packer, and each is awaited before the next.
final class Packer: @unchecked Sendable {
    /// What is known of a file that is being packed.
    private struct OpenFile {
        var recipe = ShardFileBuilder()
        var fragmentation = FragmentationGuard()
        /// The run that the file's last segment is, with all that it has taken in.
        var last: DedupIndex.Run?
        /// Chunks at the file's next position that are stored again although they are known.
        var refused = 0
    }

    /// A file is not what it was, by its index in the reader's list.
    struct Changed: Error { var file: Int }

    private(set) var index: DedupIndex
    private(set) var counts = DedupCounts()
    /// Recipes of the files that are done; xorbs of this push go by placeholders.
    private(set) var recipes: [Int: ShardFile] = [:]
    private(set) var summaries: [Int: FileSummary] = [:]

    private var open: [Int: OpenFile] = [:]
    private var schemes = SchemeChooser()
    private var questions = QuestionChooser()
    private let shadow = ChunkShadow()

    init(index: DedupIndex) { self.index = index }

    /// The chunks of a batch that are worth a question to the CAS.
    /// - Parameter sizes: the sizes of the files.
    func questions(in batch: ChunkBatch, sizes: [UInt64]) -> [ChunkHash] {
        questions.choose(from: batch, sizes: sizes) { index.isKnown($0) }
    }

    /// Takes in answers to the questions.
    func learn(_ shards: [MappedShard]) { index.add(shards) }

    /// Whether all chunks of a batch are stored already.
    func knows(_ batch: ChunkBatch) -> Bool { batch.chunks.allSatisfy { index.isKnown($0.hash) } }

    /// Packs chunks of a batch, from one on, until the xorb is full.
    /// - Returns: the first chunk that did not fit any more, or nil when the batch is done.
    /// - Throws: ``Changed`` when a file that is only shown has changed since its chunks were hashed.
    func pack(_ batch: ChunkBatch, from start: Int, into builder: XorbBuilder) throws -> Int? {
        // New chunks are staged first, as packing many at once takes less time.
        defer { builder.packStaged() }
        for piece in batch.pieces where piece.chunks.upperBound > start || piece.summary != nil {
            let first = max(piece.chunks.lowerBound, start)
            // A file that ends where the xorb before was full is done: nothing of it is packed twice.
            guard first <= piece.chunks.upperBound, recipes[piece.file] == nil else { continue }
            if open[piece.file] == nil { schemes.beginFile() }
            var file = open.removeValue(forKey: piece.file) ?? OpenFile()
            let rest: Int?
            do {
                rest = try pack(batch, first..<piece.chunks.upperBound, of: &file, into: builder)
            } catch is ChunkShadow.Torn {
                throw Changed(file: piece.file)
            }
            if rest == nil, let summary = piece.summary {
                summaries[piece.file] = summary
                recipes[piece.file] = file.recipe.finish(fileHash: summary.fileHash, sha256: summary.sha256)
            } else {
                open[piece.file] = file
            }
            if let rest { return rest }
        }
        return nil
    }

    private func pack(
        _ batch: ChunkBatch, _ chunks: Range<Int>, of file: inout OpenFile, into builder: XorbBuilder
    ) throws -> Int? {
        var position = chunks.lowerBound
        while position < chunks.upperBound {
            let left = batch.chunks[position..<chunks.upperBound]
            if let known = takeKnown(left, of: &file) {
                position += known
                continue
            }
            let chunk = batch.chunks[position]
            guard builder.canAppend(length: Int(chunk.length)) else { return position }
            let bytes = batch.window == nil ? batch.bytes(at: position) : try shadow.copy(of: position, in: batch)
            builder.stage(bytes, hash: chunk.hash, scheme: schemes.choose(for: bytes))
            append(DedupIndex.Run(source: .own(index.add(chunk)), length: 1), CollectionOfOne(chunk), to: &file)
            counts.newBytes += UInt64(chunk.length)
            file.refused = max(0, file.refused - 1)
            position += 1
        }
        return nil
    }

    /// Lets the file refer to the first chunks, if they are stored already and it does not come apart by that.
    /// - Returns: how many; nil when the first must be stored.
    private func takeKnown(_ chunks: ArraySlice<Chunk>, of file: inout OpenFile) -> Int? {
        if let last = file.last {
            // What goes on where the file is anyway never hurts.
            let count = index.continuation(of: last, chunks)
            if count > 0 {
                file.last?.length += count
                file.fragmentation.extend(count)
                file.refused = max(0, file.refused - count)
                note(last.source, distance: last.length, chunks.prefix(count), in: &file)
                return count
            }
        }
        guard let run = index.find(chunks) else { return nil }
        let isUnfinished = index.isUnfinished(run)
        guard isUnfinished || file.refused == 0 else { return nil }
        let found = chunks.prefix(run.length)
        guard isUnfinished || file.fragmentation.allows(run: run.length) else {
            counts.defragPreventedBytes += found.reduce(0) { $0 + UInt64($1.length) }
            file.refused = run.length
            return nil
        }
        append(run, found, to: &file)
        countDeduped(run.source, found)
        return run.length
    }

    /// Adds a run that does not continue the last one in an older xorb.
    private func append(_ run: DedupIndex.Run, _ chunks: some Collection<Chunk>, to file: inout OpenFile) {
        let last = file.last
        if let last, case .own(let old) = last.source, case .own(let new) = run.source, old.xorb == new.xorb,
            Int(new.chunk) == Int(old.chunk) + last.length
        {
            file.last?.length += run.length
            file.fragmentation.extend(run.length)
        } else {
            file.last = run
            file.fragmentation.begin(run.length)
        }
        record(run.source, distance: 0, chunks, in: &file)
    }

    private func note(
        _ source: DedupIndex.Source, distance: Int, _ chunks: ArraySlice<Chunk>, in file: inout OpenFile
    ) {
        record(source, distance: distance, chunks, in: &file)
        countDeduped(source, chunks)
    }

    private func record(
        _ source: DedupIndex.Source, distance: Int, _ chunks: some Collection<Chunk>, in file: inout OpenFile
    ) {
        let (xorb, start) =
            switch source {
            case .own(let place): (DedupIndex.placeholder(place.xorb), place.chunk)
            case .cached(let hit): (hit.xorb, hit.chunk)
            }
        for (offset, chunk) in chunks.enumerated() {
            file.recipe.append(chunk, xorb: xorb, index: start + UInt32(distance + offset))
        }
        counts.chunks += UInt64(chunks.count)
    }

    private func countDeduped(_ source: DedupIndex.Source, _ chunks: ArraySlice<Chunk>) {
        let bytes = chunks.reduce(0) { $0 + UInt64($1.length) }
        counts.dedupedBytes += bytes
        if case .cached(let hit) = source, hit.isFromQuery { counts.queriedBytes += bytes }
    }

    /// Closes the xorb that is being filled.
    /// - Returns: its chunks.
    func closeXorb() -> [Chunk] { index.closeXorb() }
}

/// What deduplication did in a push.
struct DedupCounts {
    var chunks: UInt64 = 0
    var newBytes: UInt64 = 0
    var dedupedBytes: UInt64 = 0
    /// Of these, what only the CAS's answers to questions found.
    var queriedBytes: UInt64 = 0
    /// Known bytes that were stored again, so that a file does not come apart.
    var defragPreventedBytes: UInt64 = 0
}
