/// What differs between two trees, file by file.
struct TreeDifference {
    struct Change: Equatable, Sendable {
        enum Kind: Sendable { case added, removed, changed }

        var path: RepoPath
        /// What stands there before and after; nil where there is no file.
        var old: GitTreeEntry?
        var new: GitTreeEntry?

        var kind: Kind { old == nil ? .added : new == nil ? .removed : .changed }
    }

    /// At most as many as were asked for.
    private(set) var changes: [Change] = []
    /// Whether there are more.
    private(set) var isCut = false

    private let limit: Int
    private let load: (GitObjectID) throws -> GitTree

    /// Compares two trees, reading only the folders that differ.
    /// - Parameters:
    ///   - old: nil for the state before a first commit.
    ///   - limit: the most changes to report.
    ///   - load: reads a tree by its id.
    init(
        from old: GitObjectID?, to new: GitObjectID, limit: Int = .max, load: @escaping (GitObjectID) throws -> GitTree
    ) throws {
        self.limit = limit
        self.load = load
        try compare(old, new, below: [])
    }

    private mutating func compare(_ old: GitObjectID?, _ new: GitObjectID?, below prefix: [GitName]) throws {
        guard old != new, !isCut else { return }
        let before = try entries(old)
        let after = try entries(new)
        for name in Set(before.keys).union(after.keys).sorted(by: { $0.bytes.lexicographicallyPrecedes($1.bytes) }) {
            let (first, second) = (before[name], after[name])
            guard first != second else { continue }
            let path = prefix + [name]
            let folders = [first, second].map { $0?.mode == .directory ? $0?.id : nil }
            if folders[0] != nil || folders[1] != nil { try compare(folders[0], folders[1], below: path) }
            let files = [first, second].map { $0?.mode == .directory ? nil : $0 }
            guard files[0] != nil || files[1] != nil else { continue }
            guard changes.count < limit, !isCut else {
                isCut = true
                return
            }
            changes.append(Change(path: RepoPath(names: path), old: files[0], new: files[1]))
        }
    }

    private func entries(_ tree: GitObjectID?) throws -> [GitName: GitTreeEntry] {
        guard let tree else { return [:] }
        return Dictionary(try load(tree).entries.map { ($0.name, $0) }) { first, _ in first }
    }
}
