public import Xet

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// What is known of the content of a CAS: chunk lists of xorbs and recipes of files that were pushed there or pulled
/// from there, and what the CAS told about chunks, as shard files (xet-protocol §4.8).
///
/// A push finds chunks here that it need not send. The cache only saves work: a CAS checks every claim, and a lost or
/// damaged cache costs nothing but time. Several processes may use it at once.
public struct ShardCache: Sendable {
    /// Bytes of shards that are kept unless told otherwise; stands for about a terabyte of content.
    public static let defaultByteLimit = 1 << 30
    /// How long a shard of our own counts, in seconds. A CAS that has lost a xorb says so, and the entry goes.
    static let lifetime: UInt64 = 180 * 86_400
    /// How long an expired shard stays on disk, in seconds (xet-protocol §4.8).
    private static let grace: UInt64 = 7 * 86_400
    /// Shards of our own after which the smallest are merged into one.
    private static let mergeAbove = 16
    /// Merging needs several times this in memory.
    private static let mergedBytes = 8 << 20
    private static let alwaysMerged = 64 << 10
    /// Replies to queries that are kept: each has a key of its own as a rule, and each key costs a hash per look-up.
    private static let maximumReplies = 64
    private static let suffix = ".mdb"

    private let folder: StateFolder
    private let byteLimit: Int

    /// - Parameters:
    ///   - root: the folder of all caches.
    ///   - cas: base URL of the CAS; what one has says nothing about another.
    public init(root: String, cas: String, byteLimit: Int = ShardCache.defaultByteLimit) {
        var cas = cas
        let id: ShardHash = cas.withUTF8 { Shard.hash(of: UnsafeRawBufferPointer($0)) }
        folder = StateFolder(path: "\(root)/\(id)")
        self.byteLimit = byteLimit
    }

    /// Opens what counts at `now`, in Unix seconds, most lately used first. Foreign and damaged files are removed, and
    /// shards that expired a week ago. Blocks.
    public func open(now: UInt64 = ShardCache.now) -> ShardSet {
        folder.removeAbandoned(now: now)
        var shards: [MappedShard] = []
        var bytes = 0
        var replies = 0
        for entry in folder.entries(suffix: Self.suffix) {
            guard let shard = MappedShard(path: entry.path) else {
                unlink(entry.path)
                continue
            }
            let expiry = shard.view.expiry
            guard expiry >= now else {
                if expiry <= UInt64.max - Self.grace, expiry + Self.grace <= now { unlink(entry.path) }
                continue
            }
            bytes += shard.size
            if !shard.view.key.isZero { replies += 1 }
            guard bytes <= byteLimit, shard.view.key.isZero || replies <= Self.maximumReplies else { break }
            shards.append(shard)
        }
        return ShardSet(shards)
    }

    /// Opens what counts of all caches in a folder, whichever CAS each is about. Removes nothing. Blocks.
    public static func openAll(below root: String, now: UInt64 = ShardCache.now) -> ShardSet {
        var shards: [MappedShard] = []
        for folder in StateFolder(path: root).folders() {
            shards += folder.entries(suffix: suffix).compactMap { entry in
                MappedShard(path: entry.path).flatMap { $0.view.key.isZero && $0.view.expiry >= now ? $0 : nil }
            }
        }
        return ShardSet(shards)
    }

    /// Opens a session for a push; see ``PushSession``.
    public func openSession() throws(StorageError) -> (session: PushSession, others: [StoredXorb]) {
        try PushSession.open(in: folder)
    }

    /// Notes what the CAS has accepted or told, and lets go of the least used above the limit. Blocks.
    /// - Returns: the stored shard, opened; nil when there was nothing to store.
    @discardableResult
    public func store(_ shard: Shard, now: UInt64 = ShardCache.now) throws(StorageError) -> MappedShard? {
        guard !shard.xorbs.isEmpty || !shard.files.isEmpty else { return nil }
        let isOwn = shard.key.isZero && shard.expiry == 0
        let bytes = shard.completeForm(creation: now, expiry: isOwn ? now + Self.lifetime : shard.expiry)
        let path = try write(bytes)
        if isOwn { mergeSmall() }
        folder.prune(suffix: Self.suffix, to: byteLimit)
        return MappedShard(path: path)
    }

    /// Marks the shards that gave answers as used, so that they are pruned last. Blocks.
    public func noteUse(of set: ShardSet) { for path in set.usedPaths { StateFolder.touch(path) } }

    /// Forgets xorbs that the CAS does not have any more, and the files that are made of them. Blocks.
    public func forget(_ xorbs: Set<XorbHash>) {
        for entry in folder.entries(suffix: Self.suffix) {
            guard let mapped = MappedShard(path: entry.path) else { continue }
            guard var shard = try? Shard(parsing: mapped.bytes) else {
                unlink(entry.path)
                continue
            }
            let before = (shard.xorbs.count, shard.files.count)
            shard.xorbs.removeAll { xorbs.contains($0.hash) }
            shard.files.removeAll { $0.segments.contains { xorbs.contains($0.xorb) } }
            guard (shard.xorbs.count, shard.files.count) != before else { continue }
            if !shard.xorbs.isEmpty || !shard.files.isEmpty {
                // If this fails, the whole shard is forgotten: that costs sending, never correctness.
                _ = try? write(shard.completeForm())
            }
            unlink(entry.path)
        }
    }

    /// Forgets everything about this CAS. Blocks.
    public func clear() { for entry in folder.entries(suffix: Self.suffix) { unlink(entry.path) } }

    /// The present time in Unix seconds.
    public static var now: UInt64 { UInt64(max(0, FileIdentity.now / 1_000_000_000)) }

    static func remove(_ shard: MappedShard) { unlink(shard.path) }

    private func write(_ bytes: [UInt8]) throws(StorageError) -> String {
        let name = bytes.withUnsafeBytes { "\(Shard.hash(of: $0))" } + Self.suffix
        try folder.write(bytes, as: name)
        return folder.file(name)
    }

    /// Merges small shards of our own, so that a look-up has few to ask. Two processes may do it at once: the result
    /// has everything that either saw.
    private func mergeSmall() {
        let own = folder.entries(suffix: Self.suffix).compactMap { entry in
            MappedShard(path: entry.path).flatMap { $0.view.key.isZero ? $0 : nil }
        }
        guard own.count > Self.mergeAbove else { return }
        var merged = Shard()
        var sources: [MappedShard] = []
        var bytes = 0
        for shard in own.sorted(by: { $0.size < $1.size }) {
            // What is larger than all before it stays as it is: so no entry is written again more often than the
            // logarithm of the number of shards.
            guard sources.isEmpty || shard.size <= max(bytes, Self.alwaysMerged),
                bytes + shard.size <= Self.mergedBytes
            else { break }
            bytes += shard.size
            guard shard.isSound(), let content = try? Shard(parsing: shard.bytes) else {
                unlink(shard.path)
                continue
            }
            merged.xorbs += content.xorbs
            merged.files += content.files
            merged.expiry = max(merged.expiry, content.expiry)
            sources.append(shard)
        }
        // Of a xorb that several list, the entry that knows most of it wins.
        func known(_ xorb: ShardXorb) -> Int { xorb.chunks.count { !$0.hash.isZero } }
        merged.xorbs.sort { known($0) > known($1) }
        guard sources.count > 1, let path = try? write(merged.completeForm(creation: Self.now)) else { return }
        for source in sources where source.path != path { unlink(source.path) }
    }
}
