public import ChunkStore
public import NIOCore
public import NIOPosix
public import SwarmWire
internal import Synchronization
internal import Transfer
public import Xet

/// The files of this machine that may be given to others.
///
/// What is known of a file is its place and its chunk list; each run of chunks is read from the file when it is wanted,
/// and hashed. A file that turns out to be another one is forgotten. Memory: about 250 bytes for each file, and what
/// the answers under way hold.
public final class LocalSeedLibrary: SeedLibrary {
    private struct State {
        var index: SeedIndex
        var lists = ChunkListCache(capacity: 64)
        var running: [FileHash: RunningSeed] = [:]
        /// The ids of the running ones.
        var ids: SwarmIDTable
    }

    /// Manifests of files that were hashed or pulled on this machine.
    private let shelf: ManifestShelf?
    private let pool: NIOThreadPool
    private let state: Mutex<State>
    private let feed = SeedChangeFeed()
    private let xorbs: XorbLibrary?

    /// - Parameters:
    ///   - shelf: where manifests stand that no folder of a file has.
    ///   - secrets: those of the private swarms that this machine is in.
    ///   - pool: where files are read and hashed; its threads bound what is read at once.
    ///   - xorbs: finds xorbs in files for zest's peers; nil serves none.
    public init(
        shelf: ManifestShelf?, secrets: [SwarmSecret] = [], pool: NIOThreadPool = .singleton,
        xorbs: XorbLibrary? = nil
    ) {
        self.shelf = shelf
        state = Mutex(State(index: SeedIndex(secrets: secrets), ids: SwarmIDTable(secrets: secrets)))
        self.pool = pool
        self.xorbs = xorbs
    }

    // MARK: Filling

    /// Replaces the files of a group, such as a repository's folder in a cache.
    public func replace(group: String, with files: [SeedFile]) {
        let outcome = state.withLock { state in
            let outcome = state.index.replace(group, with: files)
            for hash in outcome.lost { state.lists.remove(hash) }
            return outcome
        }
        for hash in outcome.lost { feed.tell(.lost(hash)) }
        if outcome.added.count > 256 {
            feed.tell(.many)
        } else {
            for hash in outcome.added { feed.tell(.completed(hash)) }
        }
    }

    /// Gives to others what a pull has of a file, as it comes, until ``unregister(running:)``.
    public func register(running seed: RunningSeed) {
        state.withLock { state in
            state.running[seed.hash] = seed
            state.ids.insert(seed.hash)
        }
        seed.attach(feed)
        let ranges = seed.ranges
        if seed.holding != nil { feed.tell(.gained(seed.hash, ranges)) }
    }

    /// Ends this: the pull is over.
    /// - Parameter file: where the complete file is now; nil when there is none.
    public func unregister(running seed: RunningSeed, completed file: SeedFile? = nil) {
        seed.attach(nil)
        if let file { replace(group: file.path, with: [file]) }
        let isGone = state.withLock { state in
            if state.running[seed.hash] === seed {
                state.running[seed.hash] = nil
                state.ids.remove(seed.hash)
            }
            return state.index[seed.hash] == nil
        }
        if isGone { feed.tell(.lost(seed.hash)) }
    }

    /// The files that may go at least this far, complete ones only.
    public func files(atLeast access: SeedAccess) -> [FileHash] { state.withLock { $0.index.files(atLeast: access) } }

    /// The largest of the files that may go at least this far, and how far each may go.
    public func largest(_ count: Int, atLeast access: SeedAccess) -> [FileHash: SeedAccess] {
        state.withLock { $0.index.largest(count, atLeast: access) }
    }

    /// Whether a complete file may go to anybody at all.
    public func gives(_ file: FileHash) -> Bool { access(of: file) > .nobody }

    /// How many files there are for anybody at all, and how many bytes they have together.
    public var totals: (files: Int, bytes: UInt64) {
        state.withLock { state in
            (state.index.files(atLeast: .secretHolders).count, state.index.totalBytes)
        }
    }

    // MARK: Serving

    public var changes: AsyncStream<SeedChange> { feed.stream }

    public func key(of swarm: SwarmID) async -> FileKey? {
        state.withLock { $0.index.key(of: swarm) ?? $0.ids.key(of: swarm) }
    }

    public func holding(of file: FileHash, for audience: Audience) async -> SeedHolding? {
        if let list = try? await list(of: file, for: audience) {
            let count = UInt32(clamping: list.count)
            let size = state.withLock { $0.index[file]?.size } ?? 0
            return SeedHolding(size: size, chunkCount: count, ranges: ChunkRanges(0..<count))
        }
        return running(file, for: audience)?.holding
    }

    public func leaves(of xorb: XorbHash, in file: FileHash, for audience: Audience) async throws -> [Chunk] {
        guard let draft = running(file, for: audience)?.draft, let leaves = draft.leaves(of: xorb) else {
            throw SeedError.notHere
        }
        return leaves
    }

    public func manifest(of file: FileHash, bytes: Range<Int>, for audience: Audience) async throws -> [UInt8] {
        let list = try await list(of: file, for: audience, orRunning: true)
        return try await pool.runIfActive { list.wireBytes(bytes) }
    }

    public func read(
        _ chunks: Range<UInt32>, of file: FileHash, for audience: Audience
    ) async throws -> ByteBuffer {
        if let list = try? await list(of: file, for: audience) {
            let range = try Self.checked(chunks, in: list, upTo: SeedLimits.answerBytes)
            if let found = try await read(range, of: list, file) { return found }
        }
        guard let seed = running(file, for: audience) else { throw SeedError.notHere }
        return try await read(chunks, of: seed)
    }

    public func frames(
        _ chunks: Range<UInt32>, of xorb: XorbHash, for audience: Audience
    ) async throws -> XorbFrames {
        guard let xorbs else { throw SeedError.notHere }
        return try await xorbs.frames(chunks, of: xorb, for: audience, library: self, pool: pool)
    }

    /// Xorbs that everybody can have whole, at most `count`: those of which the most pulls begin come first.
    func wholeXorbs(_ count: Int) async throws -> [XorbHash] {
        try await xorbs?.wholes(count, library: self, pool: pool) ?? []
    }

    /// Chunks of a complete file as frames of a xorb.
    func frames(_ chunks: Range<Int>, of file: FileHash, for audience: Audience) async throws -> ByteBuffer {
        let list = try await list(of: file, for: audience)
        guard chunks.upperBound <= list.count, let found = try await read(chunks, of: list, file, asFrames: true)
        else { throw SeedError.notHere }
        return found
    }

    /// Reads from the first file that still is what it should be; those that are not are forgotten. One that cannot be
    /// read now may be right all the same: too many files are open, or a disk is away for a moment.
    private func read(
        _ chunks: Range<Int>, of list: ChunkList, _ file: FileHash, asFrames: Bool = false
    ) async throws -> ByteBuffer? {
        let places = state.withLock { state in
            state.index[file]?.places.map { ($0, state.index.path(of: $0)) } ?? []
        }
        var failure: StorageError?
        for (place, path) in places {
            let outcome = try await pool.runIfActive {
                try Self.outcome {
                    let source = try RandomAccessFile(path: path, access: .read)
                    return try ChunkRunReader.read(chunks, of: list, from: source, asFrames: asFrames)
                }
            }
            switch outcome {
            case .right(let found): return found
            case .wrong: forget(place, of: file)
            case .unknown(let error): failure = error
            }
        }
        if let failure { throw failure }
        return nil
    }

    private enum ReadOutcome: Sendable {
        case right(ByteBuffer)
        /// The file is not there, or is not what it should be.
        case wrong
        /// The system does not let it be read now.
        case unknown(StorageError)
    }

    private static func outcome(_ read: () throws -> ByteBuffer?) throws -> ReadOutcome {
        do {
            return try read().map(ReadOutcome.right) ?? .wrong
        } catch let error as StorageError {
            return error.code == .notFound ? .wrong : .unknown(error)
        }
    }

    private func read(_ chunks: Range<UInt32>, of seed: RunningSeed) async throws -> ByteBuffer {
        guard seed.ranges.contains(chunks) else { throw SeedError.notHere }
        let list = seed.list
        let range = try Self.checked(chunks, in: list, upTo: SeedLimits.answerBytes)
        let outcome = try await pool.runIfActive {
            try Self.outcome { try ChunkRunReader.read(range, of: list, from: seed.open()) }
        }
        switch outcome {
        case .right(let found): return found
        case .wrong: seed.withdraw()
        case .unknown(let error): throw error
        }
        feed.tell(.lost(seed.hash))
        throw SeedError.notHere
    }

    /// A range that the list has, and that is no more than one answer.
    private static func checked(_ chunks: Range<UInt32>, in list: ChunkList, upTo limit: Int) throws -> Range<Int> {
        let range = Int(chunks.lowerBound)..<Int(chunks.upperBound)
        guard !range.isEmpty, range.upperBound <= list.count else { throw SeedError.badRange }
        var bytes = 0
        for index in range {
            bytes += Int(list[index].length)
            guard bytes <= limit else { throw SeedError.badRange }
        }
        return range
    }

    /// How far a complete file may go; not at all when it is not here.
    func access(of file: FileHash) -> SeedAccess { state.withLock { $0.index[file]?.access ?? .nobody } }

    private func running(_ file: FileHash, for audience: Audience) -> RunningSeed? {
        let seed = state.withLock { $0.running[file] }
        return seed.flatMap { $0.access.allows(audience) && $0.holding != nil ? $0 : nil }
    }

    /// The chunk list of a complete file that this audience may have.
    /// - Throws: ``SeedError/notHere``.
    func list(of file: FileHash, for audience: Audience, orRunning: Bool = false) async throws -> ChunkList {
        let (known, entry, places) = state.withLock {
            state -> (ChunkList?, SeedIndex.Entry?, [(path: String, manifests: String?)]) in
            guard let entry = state.index[file], entry.access.allows(audience) else { return (nil, nil, []) }
            if let list = state.lists.find(file) { return (list, entry, []) }
            return (
                nil, entry, entry.places.map { (state.index.path(of: $0), state.index.manifestFolder(of: $0)) }
            )
        }
        if let known { return known }
        if let entry {
            let manifests =
                places.compactMap { $0.manifests.map { "\($0)/\(file).manifest" } }
                + [shelf?.path(of: file)].compactMap(\.self)
            let found = try await pool.runIfActive {
                ChunkList.open(file, size: entry.size, manifests: manifests, paths: places.map(\.path))
            }
            if let found {
                state.withLock { if $0.index[file] != nil { $0.lists.insert(found, for: file) } }
                return found
            }
        }
        if orRunning, let seed = running(file, for: audience), seed.list.isWhole { return seed.list }
        throw SeedError.notHere
    }

    /// Lets go of a file that is not what it should be.
    private func forget(_ place: SeedIndex.Place, of file: FileHash) {
        let isGone = state.withLock { state in
            let isGone = state.index.remove(place, of: file)
            if isGone { state.lists.remove(file) }
            return isGone
        }
        if isGone { feed.tell(.lost(file)) }
    }
}
