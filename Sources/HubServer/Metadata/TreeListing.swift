/// One page of a folder listing.
struct TreeListing {
    struct Item: Sendable, Equatable {
        /// Path from the root of the repository.
        var path: String
        var id: GitObjectID
        var isDirectory: Bool
    }

    private(set) var items: [Item] = []
    /// Where the next page starts; nil on the last page.
    private(set) var next: [UInt8]?

    private let limit: Int
    private let isRecursive: Bool
    private let start: [UInt8]?
    private let store: GitStore

    /// Lists at most `limit` entries below the folder `tree`, which stands at `path`, in git's order with each
    /// folder before what it holds.
    ///
    /// Reads only the folders that the page touches. `start` is `next` of the page before, nil for the first page.
    init(
        store: GitStore, tree: GitObjectID, path: RepoPath?, isRecursive: Bool, from start: [UInt8]?, limit: Int
    ) throws {
        self.store = store
        self.limit = limit
        self.isRecursive = isRecursive
        self.start = start
        let prefix = path.map { $0.names.flatMap { $0.bytes + [UInt8(ascii: "/")] } } ?? []
        _ = try list(store.tree(tree), prefix: prefix)
    }

    /// Returns false once the page is full.
    ///
    /// Paths with a slash after folder names sort, as bytes, in just the order of this walk. So a path says where a
    /// page ends, and stays right when entries before it come and go.
    private mutating func list(_ tree: GitTree, prefix: [UInt8]) throws -> Bool {
        for entry in tree.entries {
            let key = prefix + entry.sortKey
            let isPast = start.map { $0.lexicographicallyPrecedes(key) } ?? true
            let isDirectory = entry.mode == .directory
            if isPast {
                guard items.count < limit else {
                    next = lastKey
                    return false
                }
                let path = isDirectory ? key.dropLast() : key[...]
                items.append(Item(path: String(decoding: path, as: UTF8.self), id: entry.id, isDirectory: isDirectory))
                lastKey = key
            }
            guard isDirectory, isRecursive, isPast || start.map({ $0.starts(with: key) }) == true else { continue }
            guard try list(store.tree(entry.id), prefix: key) else { return false }
        }
        return true
    }

    private var lastKey: [UInt8]?
}
