internal import HubWire
public import Xet

/// What of a repository in a cache could be given to others: its files with their hashes, and who may read them.
public struct SeedableRepo: Sendable {
    public struct File: Sendable, Hashable {
        /// The path inside the repository.
        public var path: String
        /// Where the content is, links resolved.
        public var content: String
        /// Bytes.
        public var size: UInt64
        public var hash: FileHash
        public var visibility: ContentVisibility
    }

    /// Its folder in the cache.
    public var folder: String
    public var repo: RepoReference
    /// Files of all its snapshots whose hash and visibility are known; of several with one hash the most public.
    public var files: [File] = []
    /// Commits of whose files too little is known: ask ``Hub/lookUpVisibility(of:)``.
    public var unknownCommits: [String] = []
    /// Commits of which it was heard long ago that everybody may read them: ask again.
    public var agedCommits: [String] = []
    /// How long it is until another commit is one of these; nil where there is none.
    public var untilAging: Duration?

    /// How long a hub's word counts before it is asked again, in seconds.
    private static let lifetime: Int64 = 86_400

    /// Where manifests of its files stand, each called `<hash>.manifest`.
    public var manifestFolder: String { LocalPath.join(folder, ".shoal") }

    /// The folders of all repositories in a cache; none when there is no cache.
    public static func folders(in cache: String) -> [String] {
        let root = LocalPath.resolved(cache)
        return ((try? Disk.names(in: root, isLenient: true)) ?? []).filter { CachedRepos.reference(folder: $0) != nil }
            .map { LocalPath.join(root, $0) }
    }

    /// The repository that a folder of a cache is one of; nil for other folders.
    public static func reference(folder: String) -> RepoReference? {
        CachedRepos.reference(folder: LocalPath.name(of: folder))
    }

    /// A number that changes when anything about the repository may have changed that matters here; made of the times
    /// of a few folders. Blocks.
    public static func fingerprint(of folder: String) -> Int {
        var hasher = Hasher()
        for name in ["", "blobs", "refs", "trees", ".shoal", ".shoal/trees", "snapshots"] {
            hasher.combine(Disk.status(LocalPath.join(folder, name))?.modified)
        }
        for commit in (try? Disk.names(in: LocalPath.join(folder, "snapshots"))) ?? [] {
            hasher.combine(commit)
            hasher.combine(Disk.status(LocalPath.join(folder, "snapshots/\(commit)"))?.modified)
        }
        return hasher.finalize()
    }

    /// The folders in which something happens when files come or go. Blocks.
    public static func foldersToWatch(in folder: String) -> [String] {
        let snapshots = LocalPath.join(folder, "snapshots")
        return [folder, LocalPath.join(folder, "blobs"), LocalPath.join(folder, ".shoal"), snapshots]
            + ((try? Disk.names(in: snapshots)) ?? []).map { LocalPath.join(snapshots, $0) }
    }

    /// Looks at a repository. Reads listings and links, no content. Blocks.
    /// - Returns: nil for a folder that is none of a repository.
    public init?(folder: String) {
        guard let repo = CachedRepos.reference(folder: LocalPath.name(of: folder)) else { return nil }
        self.folder = folder
        self.repo = repo
        let record = VisibilityRecord(folder: folder)
        let limit = .unixNow - Self.lifetime
        agedCommits = record.commits(toldBefore: limit)
        untilAging = record.oldest(toldSince: limit).map { .seconds($0 - limit + 1) }
        var found: [FileHash: File] = [:]
        let snapshots = LocalPath.join(folder, "snapshots")
        for commit in (try? Disk.names(in: snapshots)) ?? [] where RepoReference.isCommit(commit) {
            let listing = TreeListing.read(folder, commit: commit)
            let visibility = record.visibility(of: commit)
            guard let listing, let visibility else {
                if listing.map({ $0.files.contains { $0.xetHash != nil } }) ?? true { unknownCommits.append(commit) }
                continue
            }
            for file in listing.files {
                guard let hash = file.xetHash.flatMap({ FileHash($0) }), file.size > 0,
                    (try? RepoPath.validate(file.path)) != nil,
                    let file = Self.file(file, hash, visibility, below: LocalPath.join(snapshots, commit))
                else { continue }
                if let other = found[hash], other.visibility.isAtLeast(visibility) { continue }
                found[hash] = file
            }
        }
        files = Array(found.values)
    }

    private static func file(
        _ file: TreeListing.File, _ hash: FileHash, _ visibility: ContentVisibility, below snapshot: String
    ) -> File? {
        let pointer = LocalPath.join(snapshot, file.path)
        guard let status = Disk.status(pointer), status.isRegular, status.size == file.size else { return nil }
        return File(
            path: file.path, content: LocalPath.resolved(pointer), size: file.size, hash: hash, visibility: visibility)
    }
}

extension ContentVisibility {
    /// Whether all who may read something of another visibility may read this.
    fileprivate func isAtLeast(_ other: ContentVisibility) -> Bool {
        let order: [ContentVisibility] = [.private, .gated, .public]
        return (order.firstIndex(of: self) ?? 0) >= (order.firstIndex(of: other) ?? 0)
    }
}
