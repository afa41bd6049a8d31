public import ChunkStore
public import SwarmWire
internal import Synchronization
public import Xet

/// A file that is being fetched, as a seed: what of it is verified is given to others at once.
///
/// It counts as long as it is registered with a library: see ``LocalSeedLibrary/register(running:)``.
public final class RunningSeed: Sendable {
    public let hash: FileHash
    /// The chunks of the whole file, proven.
    public let manifest: ManifestFile
    public let access: SeedAccess
    /// The partial file. It is opened when somebody first wants something of it, and stays readable when it is renamed.
    let path: String

    private struct State: Sendable {
        var ranges = ChunkRanges()
        var file: RandomAccessFile?
        var isOver = false
        var feed: SeedChangeFeed?
    }

    private let state = Mutex(State())

    public init(hash: FileHash, manifest: ManifestFile, path: String, access: SeedAccess) {
        self.hash = hash
        self.manifest = manifest
        self.path = path
        self.access = access
    }

    /// The chunks that are verified and written.
    public var ranges: ChunkRanges { state.withLock { $0.ranges } }

    /// Tells that chunks are verified and in the file now; anybody may read them there from now on.
    public func gained(_ chunks: ChunkRanges) {
        let (fresh, feed) = state.withLock { state -> (ChunkRanges, SeedChangeFeed?) in
            guard !state.isOver else { return (ChunkRanges(), nil) }
            let fresh = chunks.subtracting(state.ranges)
            if !fresh.isEmpty { state.ranges = state.ranges.union(fresh) }
            return (fresh, state.feed)
        }
        if !fresh.isEmpty { feed?.tell(.gained(hash, fresh)) }
    }

    /// Tells the same of a part of the file, which begins and ends between chunks; what does not is cut to those that
    /// are whole.
    public func gained(bytes: Range<UInt64>) {
        guard let range = manifest.chunks(within: bytes) else { return }
        gained(ChunkRanges(range))
    }

    /// Tells that chunks are on their way here; or, as hearsay, that somebody else in the swarm has them or will.
    public func expects(_ chunks: ChunkRanges, isHearsay: Bool = false) {
        guard !chunks.isEmpty else { return }
        let feed = state.withLock { $0.isOver ? nil : $0.feed }
        feed?.tell(.coming(hash, chunks, isHearsay: isHearsay))
    }

    /// Gives up: bytes were not what was told.
    func withdraw() {
        state.withLock { state in
            state.isOver = true
            state.ranges = ChunkRanges()
            state.file = nil
        }
    }

    func attach(_ feed: SeedChangeFeed?) { state.withLock { $0.feed = feed } }

    func open() throws -> RandomAccessFile {
        if let file = state.withLock({ $0.file }) { return file }
        let file = try RandomAccessFile(path: path, access: .read)
        state.withLock { if !$0.isOver { $0.file = file } }
        return file
    }
}

extension ManifestFile {
    /// The chunks that lie wholly within file bytes; nil when none does. O(log n).
    func chunks(within bytes: Range<UInt64>) -> Range<UInt32>? {
        let first = firstIndex { $0 >= bytes.lowerBound }
        var end = firstIndex { $0 >= bytes.upperBound }
        // The last one that starts there may end outside.
        if end > first, offset(of: end - 1) + UInt64(self[end - 1].length) > bytes.upperBound { end -= 1 }
        return first < end ? UInt32(first)..<UInt32(end) : nil
    }

    /// The first chunk whose start fulfils a condition that all later ones fulfil too; the number of chunks when none
    /// does.
    private func firstIndex(where isPast: (UInt64) -> Bool) -> Int {
        var (low, high) = (0, chunkCount)
        while low < high {
            let middle = (low + high) / 2
            if isPast(offset(of: middle)) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
