/// Changes to a git tree that load and rewrite only the folders they touch.
final class TreeEditor {
    private enum Node {
        case file(GitObjectID)
        /// A folder that nobody has looked into yet.
        case stored(GitObjectID)
        case folder(Folder)
    }

    private final class Folder {
        var nodes: [GitName: Node] = [:]
    }

    /// What stands in the way of a change.
    enum Conflict: Error, Equatable {
        case noSuchFile(RepoPath)
        case noSuchFolder(RepoPath)
        /// A file is to be put where a folder stands.
        case folderExists(RepoPath)
        /// A file is to be put below a path that is a file.
        case parentIsFile(RepoPath)
    }

    private let root: Folder
    private let load: (GitObjectID) throws -> GitTree

    /// Starts from the tree `root`; `load` reads a tree by its id.
    init(root: GitObjectID, load: @escaping (GitObjectID) throws -> GitTree) throws {
        self.load = load
        self.root = try Self.folder(load(root))
    }

    private static func folder(_ tree: GitTree) -> Folder {
        let folder = Folder()
        for entry in tree.entries {
            folder.nodes[entry.name] = entry.mode == .directory ? .stored(entry.id) : .file(entry.id)
        }
        return folder
    }

    /// The folder of that name, loaded and ready for changes; nil when there is none.
    private func child(_ name: GitName, of folder: Folder) throws -> Folder? {
        switch folder.nodes[name] {
        case .folder(let child): return child
        case .stored(let id):
            let child = try Self.folder(load(id))
            folder.nodes[name] = .folder(child)
            return child
        case .file, nil: return nil
        }
    }

    /// The folder that holds `path`, or nil when it does not exist.
    private func parent(of path: RepoPath) throws -> Folder? {
        var folder = root
        for name in path.names.dropLast() {
            guard let next = try child(name, of: folder) else { return nil }
            folder = next
        }
        return folder
    }

    /// Adds a file or replaces its content; makes the folders on the way.
    func put(_ blob: GitObjectID, at path: RepoPath) throws {
        guard let last = path.names.last else { return }
        var folder = root
        for name in path.names.dropLast() {
            if let next = try child(name, of: folder) {
                folder = next
            } else if folder.nodes[name] == nil {
                let next = Folder()
                folder.nodes[name] = .folder(next)
                folder = next
            } else {
                throw Conflict.parentIsFile(path)
            }
        }
        // A folder that deletions have emptied is none any more.
        if let existing = try child(last, of: folder), !existing.nodes.isEmpty { throw Conflict.folderExists(path) }
        folder.nodes[last] = .file(blob)
    }

    func removeFile(_ path: RepoPath) throws {
        guard let last = path.names.last, let folder = try parent(of: path), case .file = folder.nodes[last] else {
            throw Conflict.noSuchFile(path)
        }
        folder.nodes[last] = nil
        prune(path)
    }

    func removeFolder(_ path: RepoPath) throws {
        guard let last = path.names.last, let folder = try parent(of: path) else { throw Conflict.noSuchFolder(path) }
        switch folder.nodes[last] {
        case .folder, .stored: folder.nodes[last] = nil
        case .file, nil: throw Conflict.noSuchFolder(path)
        }
        prune(path)
    }

    /// Takes away the folders on the way to `path` that hold nothing any more; git knows no empty folder.
    private func prune(_ path: RepoPath) {
        var folders = [root]
        for name in path.names.dropLast() {
            guard case .folder(let next) = folders[folders.count - 1].nodes[name] else { break }
            folders.append(next)
        }
        for (depth, folder) in folders.enumerated().dropFirst().reversed() where folder.nodes.isEmpty {
            folders[depth - 1].nodes[path.names[depth - 1]] = nil
        }
    }

    /// Gives each changed tree to `store`, innermost first, and returns the id of the root.
    func write(_ store: (GitTree) throws -> Void) throws -> GitObjectID {
        try write(root, store)
    }

    private func write(_ folder: Folder, _ store: (GitTree) throws -> Void) throws -> GitObjectID {
        var entries: [GitTreeEntry] = []
        for (name, node) in folder.nodes {
            switch node {
            case .file(let id): entries.append(GitTreeEntry(name: name, mode: .file, id: id))
            case .stored(let id): entries.append(GitTreeEntry(name: name, mode: .directory, id: id))
            case .folder(let child):
                guard !child.nodes.isEmpty else { continue }
                entries.append(GitTreeEntry(name: name, mode: .directory, id: try write(child, store)))
            }
        }
        let tree = GitTree(entries)
        try store(tree)
        return tree.id
    }
}
