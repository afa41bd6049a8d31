/// What changed between two trees of a repository.
struct TreeDifference {
    struct Change: Sendable, Equatable {
        enum Kind: Sendable { case added, removed, changed }

        var path: String
        var old: GitObjectID?
        var new: GitObjectID?

        var kind: Kind { old == nil ? .added : new == nil ? .removed : .changed }
    }

    /// In git's order, at most as many as were asked for.
    private(set) var changes: [Change] = []
    /// Whether there are more.
    private(set) var isCut = false

    private let store: GitStore
    private let limit: Int

    /// Compares two trees by id, so what is equal in both is never read. `old` is nil for a first commit.
    init(from old: GitObjectID?, to new: GitObjectID, store: GitStore, limit: Int) throws {
        self.store = store
        self.limit = limit
        try compare(old, new, prefix: [])
    }

    private mutating func compare(_ old: GitObjectID?, _ new: GitObjectID?, prefix: [UInt8]) throws {
        guard old != new, !isCut else { return }
        let left = try old.map(store.tree)?.entries ?? []
        let right = try new.map(store.tree)?.entries ?? []
        var (first, second) = (0, 0)
        while first < left.count || second < right.count, !isCut {
            let (before, after) = (
                first < left.count ? left[first] : nil, second < right.count ? right[second] : nil
            )
            let order = Self.order(before, after)
            if order <= 0 { first += 1 }
            if order >= 0 { second += 1 }
            try take(order <= 0 ? before : nil, order >= 0 ? after : nil, prefix: prefix)
        }
    }

    private static func order(_ left: GitTreeEntry?, _ right: GitTreeEntry?) -> Int {
        guard let left else { return 1 }
        guard let right else { return -1 }
        if left.sortKey == right.sortKey { return 0 }
        return left.sortKey.lexicographicallyPrecedes(right.sortKey) ? -1 : 1
    }

    private mutating func take(_ old: GitTreeEntry?, _ new: GitTreeEntry?, prefix: [UInt8]) throws {
        guard let entry = new ?? old, old?.id != new?.id else { return }
        let path = prefix + entry.name.bytes
        guard entry.mode != .directory else {
            try compare(old?.id, new?.id, prefix: path + [UInt8(ascii: "/")])
            return
        }
        guard changes.count < limit else {
            isCut = true
            return
        }
        changes.append(Change(path: String(decoding: path, as: UTF8.self), old: old?.id, new: new?.id))
    }
}
