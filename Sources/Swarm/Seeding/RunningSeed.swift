internal import ChunkStore
public import SwarmWire
internal import Synchronization
package import Transfer
public import Xet

/// A file that is being fetched, as a seed: what of it is verified is given to others at once.
///
/// It counts as long as it is registered with a library: see ``LocalSeedLibrary/register(running:)``.
public final class RunningSeed: Sendable {
    public let hash: FileHash
    /// Bytes of the whole file.
    let size: UInt64
    /// The chunks of the whole file.
    let list: ChunkList
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

    /// - Parameters:
    ///   - size: of the whole file.
    ///   - chunks: of a file whose manifest is not known yet, others hear before there is anything of it, for what comes
    ///     shall be shared out among them.
    package init(hash: FileHash, size: UInt64, chunks: SharedChunks, path: String, access: SeedAccess) {
        self.hash = hash
        self.size = size
        list = .shared(chunks)
        self.path = path
        self.access = access
    }

    /// What is known of the chunks; nil where all are.
    var draft: ManifestDraft? { list.draft }

    /// What can be told of it; nil while that is nothing.
    var holding: SeedHolding? {
        let (ranges, isOver) = state.withLock { ($0.ranges, $0.isOver) }
        guard !isOver, !ranges.isEmpty || draft != nil else { return nil }
        return SeedHolding(
            size: size, chunkCount: UInt32(clamping: list.count), ranges: ranges, hasManifest: list.isWhole)
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
