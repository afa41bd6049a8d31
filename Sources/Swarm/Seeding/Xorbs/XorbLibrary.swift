internal import ChunkStore
internal import NIOCore
internal import NIOPosix
internal import Synchronization
internal import Xet

/// Xorbs for zest's peers: put together out of files, by what the CAS told about them when they were pulled, or read
/// from zest's own cache.
public final class XorbLibrary: Sendable {
    /// The longest payload that zest takes (p2p §3.2).
    private static let longestAnswer = (64 << 20) + 1009
    /// How often what is known of xorbs is read anew.
    private static let patience: Duration = .seconds(15)

    private struct State {
        var terms = XorbTerms()
        /// What the terms were made of.
        var shards = ShardSet()
        var read: ContinuousClock.Instant?
        /// Chunks of the xorbs that can be given whole, of those that were looked at last.
        var wholes: [XorbHash: UInt32] = [:]
    }

    private let shards: String?
    private let zest: ZestCache?
    private let zestAccess: SeedAccess
    private let state = Mutex(State())

    /// - Parameters:
    ///   - shards: the folder of all shard caches; nil knows nothing of xorbs.
    ///   - zest: zest's cache, where there is one.
    ///   - zestAccess: how far a xorb of it may go that is not known to be part of a file with an access of its own.
    public init(shards: String?, zest: ZestCache? = nil, zestAccess: SeedAccess = .nobody) {
        self.shards = shards
        self.zest = zest
        self.zestAccess = zestAccess
    }

    /// The xorbs that files of this machine have chunks of.
    func known(library: LocalSeedLibrary, pool: NIOThreadPool) async throws -> [XorbHash] {
        try await terms(library: library, pool: pool).xorbs
    }

    /// Xorbs that everybody can have whole: first those with which files begin, for that is where pulls begin.
    /// - Parameter count: how many at most.
    func wholes(_ count: Int, library: LocalSeedLibrary, pool: NIOThreadPool) async throws -> [XorbHash] {
        let terms = try await terms(library: library, pool: pool, mayBeOld: false)
        return try await pool.runIfActive { [self] in
            let before = state.withLock { $0.wholes }
            var (found, wholes) = ([XorbHash](), [XorbHash: UInt32]())
            for front in terms.fronts(where: { library.access(of: $0).allows(.everybody) }) where found.count < count {
                let length = before[front.xorb] ?? wholeCount(of: front)
                if let length, length == front.chunks {
                    wholes[front.xorb] = length
                    found.append(front.xorb)
                } else if let bytes = zest?.length(of: front.xorb), bytes > 0, bytes <= UInt64(Self.longestAnswer) {
                    found.append(front.xorb)
                }
            }
            state.withLock { [wholes] in $0.wholes = wholes }
            return found
        }
    }

    /// How many chunks a xorb has that may be here whole; nil when it is certain that it is not, or it is too long.
    private func wholeCount(of front: XorbTerms.Front) -> UInt32? {
        guard front.chunks > 0 else { return nil }
        let chunks = state.withLock { $0.shards.allChunks(of: front.xorb) }
        let bytes = chunks.reduce(0) { $0 + ChunkHeader.size + Int($1.length) }
        guard chunks.count == front.chunks, bytes <= Self.longestAnswer else { return nil }
        return Leaves(chunks, of: front.xorb).count
    }

    func frames(
        _ chunks: Range<UInt32>, of xorb: XorbHash, for audience: Audience, library: LocalSeedLibrary,
        pool: NIOThreadPool
    ) async throws -> XorbFrames {
        guard !chunks.isEmpty, chunks.upperBound <= XetLimits.maximumXorbChunks else { throw SeedError.badRange }
        let runs = try await terms(library: library, pool: pool).runs(of: xorb)
        let leaves = try await pool.runIfActive { [self] in
            Leaves(state.withLock { $0.shards.allChunks(of: xorb) }, of: xorb)
        }
        // From chunk 0 on zest takes what it gets for the whole xorb.
        let wanted = chunks.lowerBound == 0 ? leaves.count.map { 0..<$0 } : chunks
        if let wanted, let found = try await fromFiles(wanted, runs, for: audience, library: library) { return found }
        guard let zest, await mayGiveZest(runs, to: audience, library: library) else { throw SeedError.notHere }
        return try await pool.runIfActive {
            if let found = zest.whole(chunks, of: xorb), found.bytes.readableBytes <= Self.longestAnswer {
                return found
            }
            guard chunks.lowerBound > 0, let expected = leaves.chunks(chunks),
                let bytes = zest.part(chunks, of: xorb, expected: expected)
            else { throw SeedError.notHere }
            return XorbFrames(firstChunk: chunks.lowerBound, chunkCount: UInt32(chunks.count), bytes: bytes)
        }
    }

    /// A xorb of zest's may go where a file may go that it is a part of.
    private func mayGiveZest(
        _ runs: [XorbTerms.Run], to audience: Audience, library: LocalSeedLibrary
    ) async -> Bool {
        zestAccess.allows(audience) || runs.contains { library.access(of: $0.file).allows(audience) }
    }

    private func fromFiles(
        _ wanted: Range<UInt32>, _ runs: [XorbTerms.Run], for audience: Audience, library: LocalSeedLibrary
    ) async throws -> XorbFrames? {
        var buffer: ByteBuffer?
        var position = wanted.lowerBound
        var size = 0
        while position < wanted.upperBound {
            let choices = runs.filter { $0.chunks.contains(position) }
                .sorted { $0.chunks.upperBound > $1.chunks.upperBound }
            var found: ByteBuffer?
            for run in choices {
                let part = position..<min(run.chunks.upperBound, wanted.upperBound)
                let first = run.fileChunk + Int(position - run.chunks.lowerBound)
                found = try? await library.frames(first..<first + part.count, of: run.file, for: audience)
                if found != nil {
                    position = part.upperBound
                    break
                }
            }
            guard var found else { return nil }
            size += found.readableBytes
            guard size <= Self.longestAnswer else { return nil }
            if buffer?.writeBuffer(&found) == nil { buffer = found }
        }
        return buffer.map { XorbFrames(firstChunk: wanted.lowerBound, chunkCount: UInt32(wanted.count), bytes: $0) }
    }

    /// - Parameter mayBeOld: whether what was read a moment ago is new enough.
    private func terms(
        library: LocalSeedLibrary, pool: NIOThreadPool, mayBeOld: Bool = true
    ) async throws -> XorbTerms {
        let now = ContinuousClock.now
        let (known, isFresh) = state.withLock { state in
            (state.terms, mayBeOld && state.read.map { now - $0 < Self.patience } ?? false)
        }
        guard !isFresh, let shards else { return known }
        let files = library.files(atLeast: .secretHolders)
        let (terms, set) = try await pool.runIfActive {
            var set = ShardCache.openAll(below: shards)
            return (XorbTerms(of: files, in: &set), set)
        }
        state.withLock { state in
            state.terms = terms
            state.shards = set
            state.read = now
        }
        return terms
    }
}

/// The chunk list of a xorb as far as shards know it.
private struct Leaves: Sendable {
    private let known: [Chunk]
    /// How many chunks the xorb has; nil when that is not certain.
    private(set) var count: UInt32?

    init(_ known: [Chunk], of xorb: XorbHash) {
        self.known = known
        // Only the whole list makes up the name.
        if !known.isEmpty, XorbHash(of: known) == xorb { count = UInt32(known.count) }
    }

    /// Some chunks, if all of them are known.
    func chunks(_ range: Range<UInt32>) -> [Chunk]? {
        guard range.upperBound <= known.count else { return nil }
        let chunks = Array(known[Int(range.lowerBound)..<Int(range.upperBound)])
        return chunks.allSatisfy { !$0.hash.isZero } ? chunks : nil
    }
}
