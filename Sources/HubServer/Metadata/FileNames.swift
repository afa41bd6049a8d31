import GRDB

/// The names that blobs and folders have, or once had, in a repository. Trees that are damaged are passed by.
struct FileNames {
    private(set) var found: [GitObjectID: (path: String, ref: String)] = [:]

    private var missing: Set<GitObjectID>
    private var seen: Set<GitObjectID> = []
    private let store: GitStore

    /// Looks through the heads of all refs, then through the commits, newest first, until each blob has a name.
    /// - Parameter looksBack: whether commits that no ref names are looked through too, which takes long.
    init(of blobs: Set<GitObjectID>, in store: GitStore, looksBack: Bool = true) throws {
        missing = blobs
        self.store = store
        for ref in try store.refs() {
            guard !missing.isEmpty else { return }
            if let commit = try store.commit(ref.target) { try walk(commit.tree, below: "", ref.name) }
        }
        guard looksBack else { return }
        let trees = try Row.fetchCursor(
            store.db, sql: "SELECT id, tree FROM git_commit WHERE repo = ? ORDER BY date DESC", arguments: [store.repo])
        while !missing.isEmpty, let row = try trees.next() {
            try walk(row["tree"], below: "", "\(row["id"] as GitObjectID)")
        }
    }

    private mutating func walk(_ tree: GitObjectID, below prefix: String, _ ref: String) throws {
        guard !missing.isEmpty, seen.insert(tree).inserted else { return }
        if missing.remove(tree) != nil { found[tree] = (prefix.isEmpty ? "/" : prefix, ref) }
        let entries: [GitTreeEntry]
        do {
            entries = try store.tree(tree).entries
        } catch is DamagedRepository {
            return
        }
        for entry in entries {
            let path = prefix + entry.name.text
            if entry.mode == .directory {
                try walk(entry.id, below: path + "/", ref)
            } else if missing.remove(entry.id) != nil {
                found[entry.id] = (path, ref)
            }
        }
    }
}
