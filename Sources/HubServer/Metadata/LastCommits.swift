import GRDB

/// The commits that last changed some paths.
struct LastCommits {
    /// By path; what lies further back than the walk goes is missing.
    private(set) var found: [String: StoredCommit] = [:]

    /// The walk ends after so many commits.
    private static let maximumCommits = 5000
    /// Trees that have been read are kept for so many commits.
    private static let commitsPerStore = 100

    /// Walks back from `commit`, looking only into folders that a commit has changed.
    init(of paths: [RepoPath], at commit: StoredCommit, repo: Int64, in db: Database) throws {
        var folders = Dictionary(grouping: paths) { RepoPath(names: $0.names.dropLast()) }
        var current = commit
        var store = GitStore(repo: repo, db: db)
        for number in 1...Self.maximumCommits {
            guard !folders.isEmpty else { return }
            if number.isMultiple(of: Self.commitsPerStore) { store = GitStore(repo: repo, db: db) }
            let parent = try current.parent.flatMap(store.commit)
            if current.tree != parent?.tree {
                for (folder, waiting) in folders {
                    let now = try Self.tree(folder, current, store)
                    let before = try parent.flatMap { try Self.tree(folder, $0, store) }
                    guard now != before else { continue }
                    let newer = try now.map(store.tree)
                    let older = try before.map(store.tree)
                    let changed = waiting.filter { path in
                        path.names.last.map { newer?[$0] != older?[$0] } ?? false
                    }
                    for path in changed { found["\(path)"] = current }
                    let rest = waiting.filter { !changed.contains($0) }
                    folders[folder] = rest.isEmpty ? nil : rest
                }
            }
            guard let parent else { return }
            current = parent
        }
    }

    /// The tree of a folder at a commit; nil when there is no such folder.
    private static func tree(_ folder: RepoPath, _ commit: StoredCommit, _ store: GitStore) throws -> GitObjectID? {
        guard !folder.names.isEmpty else { return commit.tree }
        guard let entry = try store.entry(at: folder, root: commit.tree), entry.mode == .directory else { return nil }
        return entry.id
    }
}
