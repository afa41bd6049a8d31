/// The versions of one file.
enum PathHistory {
    struct Version: Sendable {
        var commit: StoredCommit
        var blob: BlobInfo
    }

    private static let reach = 500

    /// The newest versions of the file at `path`, each with the commit that brought it.
    static func versions(of path: RepoPath, at head: StoredCommit, limit: Int, store: GitStore) throws -> [Version] {
        let history = try store.history(from: head.id, skipping: 0, limit: reach)
        var versions: [Version] = []
        for (index, commit) in history.enumerated() where versions.count < limit {
            let here = try store.entry(at: path, root: commit.tree)
            let before = index + 1 < history.count ? try store.entry(at: path, root: history[index + 1].tree) : nil
            guard let here, here.mode != .directory, here.id != before?.id else { continue }
            versions.append(Version(commit: commit, blob: try store.blobInfo(here.id)))
        }
        return versions
    }
}
