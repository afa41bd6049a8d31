/// One line of a cache listing: a repository, or one revision of it.
public struct CacheEntry: Sendable {
    public var repo: CachedRepo
    /// Nil for the repository as a whole.
    public var revision: CachedRevision?

    public var size: UInt64 { revision?.size ?? repo.size }
    public var lastModified: Double { revision?.lastModified ?? repo.lastModified }
    /// Files are shared by revisions, so only the repository knows when it was read.
    public var lastAccessed: Double { repo.lastAccessed }
    public var refs: [String] { revision?.refs ?? repo.refs }
}

extension CacheInventory {
    /// The listing, by cache id and commit.
    public func entries(revisions: Bool) -> [CacheEntry] {
        guard revisions else { return repos.map { CacheEntry(repo: $0) } }
        return repos.flatMap { repo in repo.revisions.map { CacheEntry(repo: repo, revision: $0) } }
    }
}

/// The order of a cache listing: `KEY` or `KEY:asc` or `KEY:desc`.
public struct CacheSort: Sendable, Equatable {
    enum Key: String, CaseIterable { case accessed, modified, name, size }

    let key: Key
    let isDescending: Bool

    /// Parses what follows `--sort`; nil when it is none of the orders. Names ascend unless told, all else descends.
    public init?(_ text: String) {
        let parts = text.lowercased().split(separator: ":", omittingEmptySubsequences: false)
        guard let first = parts.first, let key = Key(rawValue: String(first)), parts.count <= 2 else { return nil }
        self.key = key
        guard parts.count == 2 else {
            isDescending = key != .name
            return
        }
        guard parts[1] == "asc" || parts[1] == "desc" else { return nil }
        isDescending = parts[1] == "desc"
    }

    /// Sorts; equal entries keep their order.
    public func sorted(_ entries: [CacheEntry]) -> [CacheEntry] {
        let indexed = entries.enumerated().sorted { first, second in
            let (low, high) = isDescending ? (second.element, first.element) : (first.element, second.element)
            if precedes(low, high) { return true }
            return !precedes(high, low) && first.offset < second.offset
        }
        return indexed.map(\.element)
    }

    private func precedes(_ first: CacheEntry, _ second: CacheEntry) -> Bool {
        switch key {
        case .accessed: first.lastAccessed < second.lastAccessed
        case .modified: first.lastModified < second.lastModified
        case .name: CacheOrder.precedes(first.repo.cacheID.lowercased(), second.repo.cacheID.lowercased())
        case .size: first.size < second.size
        }
    }
}
