/// What differs between two trees, file by file.
struct TreeDifference {
    struct Change: Equatable, Sendable {
        var path: RepoPath
        /// What stands there before and after; nil where there is no file.
        var old: GitTreeEntry?
        var new: GitTreeEntry?
    }

    private(set) var changes: [Change] = []

    private let load: (GitObjectID) throws -> GitTree

    /// Compares two trees, reading only the folders that differ; `load` reads a tree by its id.
    init(from old: GitObjectID, to new: GitObjectID, load: @escaping (GitObjectID) throws -> GitTree) throws {
        self.load = load
        try compare(old, new, below: [])
    }

    private mutating func compare(_ old: GitObjectID?, _ new: GitObjectID?, below prefix: [GitName]) throws {
        guard old != new else { return }
        let before = try entries(old)
        let after = try entries(new)
        for name in Set(before.keys).union(after.keys).sorted(by: { $0.bytes.lexicographicallyPrecedes($1.bytes) }) {
            let (first, second) = (before[name], after[name])
            guard first != second else { continue }
            let path = prefix + [name]
            let folders = [first, second].map { $0?.mode == .directory ? $0?.id : nil }
            if folders[0] != nil || folders[1] != nil { try compare(folders[0], folders[1], below: path) }
            let files = [first, second].map { $0?.mode == .directory ? nil : $0 }
            if files[0] != nil || files[1] != nil {
                changes.append(Change(path: RepoPath(names: path), old: files[0], new: files[1]))
            }
        }
    }

    private func entries(_ tree: GitObjectID?) throws -> [GitName: GitTreeEntry] {
        guard let tree else { return [:] }
        return Dictionary(try load(tree).entries.map { ($0.name, $0) }) { first, _ in first }
    }
}
