/// The newest commit that touched each entry of a folder.
struct LastChanges {
    /// By name. Entries that no commit within reach has touched are missing.
    private(set) var commits: [GitName: StoredCommit] = [:]

    /// Older commits are not looked at.
    static let reach = 500

    /// Walks the history from `head` until every entry of the folder at `path` has its commit, or the reach ends.
    init(of path: RepoPath?, at head: StoredCommit, store: GitStore) throws {
        guard let current = try Self.folder(path, head, store) else { return }
        var open = Set(current.entries.map(\.name))
        let history = try store.history(from: head.id, skipping: 0, limit: Self.reach + 1)
        for (index, commit) in history.enumerated() where !open.isEmpty {
            // The entry beyond the reach is only there to compare with.
            guard index < Self.reach else { return }
            let parent = index + 1 < history.count ? try Self.folder(path, history[index + 1], store) : nil
            guard let here = try Self.folder(path, commit, store) else { return }
            guard here != parent else { continue }
            let before = Dictionary(
                (parent?.entries ?? []).map { ($0.name, $0.id) }, uniquingKeysWith: { first, _ in first })
            for entry in here.entries where open.contains(entry.name) && before[entry.name] != entry.id {
                commits[entry.name] = commit
                open.remove(entry.name)
            }
        }
    }

    private static func folder(_ path: RepoPath?, _ commit: StoredCommit, _ store: GitStore) throws -> GitTree? {
        guard let path else { return try store.tree(commit.tree) }
        guard let entry = try store.entry(at: path, root: commit.tree), entry.mode == .directory else { return nil }
        return try store.tree(entry.id)
    }
}
