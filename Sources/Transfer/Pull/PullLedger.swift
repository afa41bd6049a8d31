internal import ChunkStore
internal import Synchronization
internal import Xet

/// What of a file is verified and on disk, shared by all the streams that fetch it.
final class PullLedger: Sendable {
    private struct State {
        var coverage = CoverageMap()
        var chunks: UInt64 = 0
        /// The root over the chunks before `frontier`; chunks past a hole wait in `pending`.
        var tree = MerkleTreeBuilder()
        var frontier: UInt64 = 0
        var pending: [UInt64: Chunk] = [:]
        /// Whether a chunk was written over bytes that were noted already: then the records no longer speak for the disk.
        var hasOverlap = false
        /// Who finds out what the chunks are, where no manifest tells.
        var draft: ManifestDraft?
    }

    let size: UInt64
    /// Nil where nothing is kept for a later run.
    private let journal: Journal?
    /// With a manifest every chunk is checked on arrival and no root needs to be closed.
    private let closesRoot: Bool
    /// Who reads the file meanwhile.
    let follower: (any PullFollower)?
    private let state = Mutex(State())

    init(size: UInt64, journal: Journal?, closesRoot: Bool, follower: (any PullFollower)? = nil) {
        self.size = size
        self.journal = journal
        self.closesRoot = closesRoot
        self.follower = follower
    }

    var coveredBytes: UInt64 { state.withLock { $0.coverage.total } }
    var verifiedChunks: UInt64 { state.withLock { $0.chunks } }

    /// Whether bytes were written over others, so that what is noted may not be what is on the disk.
    var hasOverlap: Bool { state.withLock { $0.hasOverlap } }

    func gaps(in range: Range<UInt64>) -> [Range<UInt64>] { state.withLock { $0.coverage.gaps(in: range) } }

    func contains(_ range: Range<UInt64>) -> Bool { state.withLock { $0.coverage.contains(range) } }

    /// Has a draft told of all chunks from now on.
    func attach(_ draft: ManifestDraft) { state.withLock { $0.draft = draft } }

    /// Notes chunks whose bytes have just been written.
    func add(_ records: [JournalRecord]) throws {
        guard !records.isEmpty else { return }
        try journal(records)
        state.withLock { state in
            for record in records where state.coverage.gaps(in: record.range) != [record.range] {
                state.hasOverlap = true
            }
        }
        restore(records)
    }

    /// Journals chunks that replace others.
    func journal(_ records: [JournalRecord]) throws { try journal?.append(records) }

    /// Notes chunks that an earlier run journaled and whose bytes still hash to them.
    func restore(_ records: [JournalRecord]) {
        let draft = state.withLock { state in
            for record in records where !state.coverage.contains(record.range) {
                state.coverage.insert(record.range)
                state.chunks += 1
                if closesRoot { state.pending[record.offset] = record.chunk }
            }
            while let chunk = state.pending.removeValue(forKey: state.frontier) {
                state.tree.append(chunk.hash, length: UInt64(chunk.length))
                state.frontier += UInt64(chunk.length)
            }
            return state.draft
        }
        draft?.note(records)
        follower?.covered(Self.joined(records), areProven: !closesRoot)
    }

    private static func joined(_ records: [JournalRecord]) -> [Range<UInt64>] {
        var stretches: [Range<UInt64>] = []
        for record in records {
            if let last = stretches.last, last.upperBound == record.range.lowerBound {
                stretches[stretches.count - 1] = last.lowerBound..<record.range.upperBound
            } else {
                stretches.append(record.range)
            }
        }
        return stretches
    }

    /// The file hash that the chunks add up to; nil while chunks are missing, or when the disk may differ from them.
    func closedHash() -> FileHash? {
        state.withLock { state in
            guard !state.hasOverlap, state.frontier == size, state.pending.isEmpty else { return nil }
            var tree = state.tree
            return FileHash(root: tree.finish())
        }
    }
}
