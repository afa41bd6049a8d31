/// The changes of one line of work brought onto another, whole files at a time.
struct TreeMerge {
    /// The root of the result; nil when there are conflicts.
    let tree: GitObjectID?
    /// Files that both sides have changed, each in its own way.
    let conflicts: [RepoPath]

    /// Applies to `ours` what has happened between `base` and `theirs`.
    ///
    /// - Parameters:
    ///   - load: reads a tree by its id.
    ///   - join: is given two changes of one file, the own first, and makes one of both; nil when it cannot.
    ///   - store: is given each new tree of a result without conflicts.
    init(
        base: GitObjectID, ours: GitObjectID, theirs: GitObjectID, load: @escaping (GitObjectID) throws -> GitTree,
        join: (TreeDifference.Change, TreeDifference.Change) throws -> GitObjectID?, store: (GitTree) throws -> Void
    ) throws {
        let own = try TreeDifference(from: base, to: ours, load: load).changes
        let ownChanges = Dictionary(own.map { ($0.path, $0) }) { first, _ in first }
        let foreign = try TreeDifference(from: base, to: theirs, load: load).changes
        var conflicts: [RepoPath] = []
        let editor = try TreeEditor(root: ours, load: load)
        var joined: [(RepoPath, GitObjectID)] = []
        let wanted = try foreign.filter { change in
            guard let own = ownChanges[change.path] else { return true }
            guard own.new != change.new else { return false }
            if let both = try join(own, change) {
                joined.append((change.path, both))
            } else {
                conflicts.append(change.path)
            }
            return false
        }
        do {
            for (path, id) in joined { try editor.put(id, at: path) }
            // What goes makes room for what comes.
            for change in wanted where change.new == nil { try editor.removeFile(change.path) }
            for change in wanted {
                if let new = change.new { try editor.put(new.id, at: change.path) }
            }
        } catch TreeEditor.Conflict.folderExists(let path) {
            conflicts.append(path)
        } catch TreeEditor.Conflict.parentIsFile(let path) {
            conflicts.append(path)
        } catch TreeEditor.Conflict.noSuchFile(let path) {
            conflicts.append(path)
        }
        self.conflicts = conflicts
        tree = conflicts.isEmpty ? try editor.write(store) : nil
    }
}
