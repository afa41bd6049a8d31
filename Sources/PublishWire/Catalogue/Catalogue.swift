/// What several publishers have published, each under its own key.
///
/// Nobody can change or hide what somebody else lists: an id that several claim is listed once for each of them.
public struct Catalogue: Sendable {
    /// An entry as the user sees it.
    public struct Listing: Sendable, Hashable {
        public let entry: CatalogueEntry
        public let publisher: PublisherKey
        public let label: PublisherLabel?
        public let verdict: TrustBook.Verdict
        /// What it may be taken for.
        public let lookAlike: LookAlike?
    }

    /// Publishers, and entries of all together, that are kept.
    public static let mostPublishers = 4_096
    public static let mostEntries = 1_000_000

    private var indexes: [PublisherKey: CatalogueIndex] = [:]
    private var count = 0

    public init() {}

    /// Takes the place of what the publisher has listed before.
    /// - Parameter index: one whose signature was verified.
    /// - Throws: ``PublishError/Code/rolledBack`` for one that is older than what is there.
    public mutating func add(_ index: CatalogueIndex) throws(PublishError) {
        let known = indexes[index.publisher]
        guard known.map({ $0.created <= index.created }) ?? true else {
            throw PublishError(.rolledBack, "an older index of \(index.publisher.shortForm) was offered")
        }
        let total = count - (known?.entries.count ?? 0) + index.entries.count
        guard total <= Self.mostEntries, known != nil || indexes.count < Self.mostPublishers else {
            throw PublishError(
                .tooLarge, "the catalogue is full: \(indexes.count) publishers, \(count) entries")
        }
        indexes[index.publisher] = index
        count = total
    }

    @discardableResult
    public mutating func remove(_ publisher: PublisherKey) -> CatalogueIndex? {
        let removed = indexes.removeValue(forKey: publisher)
        count -= removed?.entries.count ?? 0
        return removed
    }

    public var publishers: [PublisherKey] { indexes.keys.sorted() }

    public func index(of publisher: PublisherKey) -> CatalogueIndex? { indexes[publisher] }

    /// All that a book lets through and a query asks for, the best first, always in the same order.
    ///
    /// What withdrawn keys have signed is left out. What contradicts a pin is shown, marked, after everything else.
    /// - Parameter allVersions: all revisions, not the newest of each publisher alone.
    public func listings(
        for query: CatalogueQuery = CatalogueQuery(), book: TrustBook, allVersions: Bool = false
    ) -> [Listing] {
        var found: [(index: CatalogueIndex, entry: CatalogueEntry)] = []
        let outlived = outlivedKeys(book)
        for (publisher, index) in indexes where !book.isWithdrawn(publisher) && !outlived.contains(publisher) {
            for place in index.entries.indices where allVersions || index.isNewest(place) {
                guard query.matches(index.entries[place], publisher: publisher, label: index.label) else { continue }
                found.append((index, index.entries[place]))
            }
        }
        guard !found.isEmpty else { return [] }
        let lookAlikes = LookAlikes(book: book, ids: trustedIDs(book))
        let listings = found.map { index, entry in
            Listing(
                entry: entry, publisher: index.publisher, label: index.label,
                verdict: book.consider(entry.id, by: index.publisher),
                lookAlike: lookAlikes.warning(for: entry.id, by: index.publisher))
        }
        return listings.map { ($0, Rank($0, query)) }.sorted { $0.1 < $1.1 }.map(\.0)
    }

    /// Who offers an id; the one that it is pinned to comes first.
    public func listings(of id: CatalogueID, book: TrustBook, allVersions: Bool = false) -> [Listing] {
        listings(for: CatalogueQuery(id: id), book: book, allVersions: allVersions)
    }

    /// Keys that others have taken the place of, by the word of both. What the user trusts is changed in the book alone.
    private func outlivedKeys(_ book: TrustBook) -> Set<PublisherKey> {
        Set(indexes.values.flatMap { $0.rotations.map(\.old) }).subtracting(book.publishers)
    }

    private func trustedIDs(_ book: TrustBook) -> [CatalogueID: PublisherKey] {
        var ids: [CatalogueID: PublisherKey] = [:]
        // Of others nothing can be trusted, and they may be many.
        let publishers = book.publishers
        for (publisher, index) in indexes where publishers.contains(publisher) {
            for entry in index.newest where book.consider(entry.id, by: publisher) == .trusted {
                ids[entry.id] = publisher
            }
        }
        return ids
    }
}

extension Catalogue {
    /// Where a listing stands among others.
    private struct Rank: Comparable {
        private let order: Int
        private let entry: CatalogueEntry
        private let publisher: PublisherKey

        init(_ listing: Listing, _ query: CatalogueQuery) {
            let likeness = listing.lookAlike == nil ? 0 : 1
            order = (Self.order(of: listing.verdict) * 2 + likeness) * 8 + query.nearness(to: listing.entry.id)
            entry = listing.entry
            publisher = listing.publisher
        }

        private static func order(of verdict: TrustBook.Verdict) -> Int {
            switch verdict {
            case .trusted: 0
            case .new: 1
            case .unknown: 2
            case .conflict: 3
            case .revoked: 4
            }
        }

        static func == (left: Rank, right: Rank) -> Bool {
            left.order == right.order && left.entry == right.entry && left.publisher == right.publisher
        }

        static func < (left: Rank, right: Rank) -> Bool {
            if left.order != right.order { return left.order < right.order }
            if left.entry.id != right.entry.id { return left.entry.id < right.entry.id }
            if left.publisher != right.publisher { return left.publisher < right.publisher }
            return CatalogueEntry.isBefore(left.entry, right.entry)
        }
    }
}
