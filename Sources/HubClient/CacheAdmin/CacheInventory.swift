/// What a Hugging Face cache holds, as `hf cache ls` sees it (hub-api §2.1, §2.3).
public struct CacheInventory: Sendable {
    /// The cache folder, links followed.
    public var root: String
    /// By their cache id, in the order of code points.
    public var repos: [CachedRepo]
    /// Bytes on the disk; a blob that several repositories share counts once.
    public var size: UInt64
    /// What interrupted downloads have left.
    public var incomplete: [StrayFile]
    /// Content of the shared store that no repository uses any more.
    public var unreferencedBlobs: [StrayFile]
    /// What is not in order, one sentence each; such repositories are left out of ``repos``.
    public var warnings: [String]

    /// A file that belongs to no revision.
    public struct StrayFile: Sendable, Hashable {
        public var path: String
        public var size: UInt64
    }
}

/// A repository in a cache.
public struct CachedRepo: Sendable, Hashable {
    /// `model`, `dataset`, `space` or `kernel`.
    public var type: String
    public var id: String
    /// Its folder, `models--ns--name`.
    public var path: String
    /// By commit.
    public var revisions: [CachedRevision]
    /// Bytes of all blobs that its revisions use.
    public var size: UInt64
    public var fileCount: Int
    /// Unix seconds.
    public var lastAccessed: Double
    /// Unix seconds.
    public var lastModified: Double

    /// `type/id`, the name by which cache commands know it.
    public var cacheID: String { "\(type)/\(id)" }
    /// The names of branches, tags and pull requests that it has revisions for, sorted.
    public var refs: [String] { CacheOrder.sorted(Set(revisions.flatMap(\.refs))) }

    var folderName: String { LocalPath.name(of: path) }
}

/// A snapshot of a repository.
public struct CachedRevision: Sendable, Hashable {
    /// The name of its folder, which should be a commit.
    public var commit: String
    public var path: String
    public var files: [CachedFile]
    /// Branches, tags and pull requests that stand for it, sorted; without any it is detached.
    public var refs: [String]
    /// Bytes of its blobs.
    public var size: UInt64
    /// Unix seconds.
    public var lastModified: Double
}

/// A file of a snapshot.
public struct CachedFile: Sendable, Hashable {
    /// The path inside the repository.
    public var path: String
    /// Where the snapshot has it.
    public var pointer: String
    /// The repository's blob that the pointer leads to, or the pointer where it is the file itself.
    public var blob: String
    public var size: UInt64
}

/// The order in which Python sorts text.
enum CacheOrder {
    static func precedes(_ first: String, _ second: String) -> Bool {
        first.unicodeScalars.lexicographicallyPrecedes(second.unicodeScalars)
    }

    static func sorted(_ texts: some Sequence<String>) -> [String] { texts.sorted(by: precedes) }
}
