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

    /// Publishers, and entries of all together, that are kept at most.
    public static let mostPublishers = 4_096
    public static let mostEntries = 1_000_000

    private let publisherLimit: Int
    private let entryLimit: Int
    private var indexes: [PublisherKey: CatalogueIndex] = [:]
    /// Roots that list models themselves.
    private var roots: [PublisherKey: RootItem] = [:]
    private var count = 0

    /// - Parameters:
    ///   - publishers: how many are kept.
    ///   - entries: how many are kept of all together.
    public init(publishers: Int = Catalogue.mostPublishers, entries: Int = Catalogue.mostEntries) {
        publisherLimit = publishers
        entryLimit = entries
    }

    /// Takes the place of what the publisher has listed before.
    /// - Parameter index: one whose signature was verified.
    /// - Throws: ``PublishError/Code/rolledBack`` for one that is older than what is there.
    public mutating func add(_ index: CatalogueIndex) throws(PublishError) {
        let known = indexes[index.publisher]
        guard known.map({ $0.created <= index.created }) ?? true else {
            throw PublishError(.rolledBack, "an older index of \(index.publisher.shortForm) was offered")
        }
        let total = count - (known?.entries.count ?? 0) + index.entries.count
        guard total <= entryLimit, known != nil || indexes.count < publisherLimit else {
            throw PublishError(
                .tooLarge, "the catalogue is full: \(indexes.count) publishers, \(count) entries",
                hint: "the limits are 'max_publishers' and 'max_entries' of the section 'catalogue' in config.yaml")
        }
        indexes[index.publisher] = index
        count = total
    }

    /// Takes the models that a root lists itself: they are shown, bare, as long as no index says more of them.
    /// - Parameter root: one that was verified, and may be acted on now.
    public mutating func add(_ root: RootItem) {
        guard !root.inline.isEmpty, roots[root.identity].map({ $0.time <= root.time }) ?? true,
            roots[root.identity] != nil || roots.count < publisherLimit
        else { return }
        roots[root.identity] = root
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
        var offers = found.map { Offer(publisher: $0.publisher, label: $0.label, entry: $1) }
        for (publisher, root) in roots where !book.isWithdrawn(publisher) && !outlived.contains(publisher) {
            let bare = bareEntries(of: root).filter {
                query.matches($0, publisher: publisher, label: root.label)
            }
            if !allVersions {
                let newer = Set(bare.map(\.id))
                offers.removeAll { $0.publisher == publisher && newer.contains($0.entry.id) }
            }
            offers += bare.map { Offer(publisher: publisher, label: root.label, entry: $0) }
        }
        guard !offers.isEmpty else { return [] }
        let lookAlikes = LookAlikes(book: book, ids: trustedIDs(book))
        let listings = offers.map { offer in
            Listing(
                entry: offer.entry, publisher: offer.publisher, label: offer.label,
                verdict: book.consider(offer.entry.id, by: offer.publisher),
                lookAlike: lookAlikes.warning(for: offer.entry.id, by: offer.publisher))
        }
        return listings.map { ($0, Rank($0, query)) }.sorted { $0.1 < $1.1 }.map(\.0)
    }

    private struct Offer {
        let publisher: PublisherKey
        let label: PublisherLabel?
        let entry: CatalogueEntry
    }

    /// What a root lists and the publisher's index does not have yet.
    private func bareEntries(of root: RootItem) -> [CatalogueEntry] {
        let index = indexes[root.identity]
        guard index.map({ $0.created <= root.time }) ?? true else { return [] }
        var known: [CatalogueID: Set<[UInt8]>] = [:]
        for entry in index?.entries ?? [] where root.inline[entry.id] != nil {
            if let hash = entry.hashes.v2 { known[entry.id, default: []].insert(hash) }
        }
        return root.inline.compactMap { id, hash in
            known[id]?.contains(hash) == true ? nil : CatalogueEntry(bare: id, hash: hash, told: root.time)
        }
    }

    /// Who offers an id; the one that it is pinned to comes first.
    public func listings(of id: CatalogueID, book: TrustBook, allVersions: Bool = false) -> [Listing] {
        listings(for: CatalogueQuery(id: id), book: book, allVersions: allVersions)
    }

    /// Keys that others have taken the place of, by the word of both. What the user trusts is changed in the book alone.
    private func outlivedKeys(_ book: TrustBook) -> Set<PublisherKey> {
        let told = roots.values.compactMap { root in root.rotation.flatMap { $0.new == root.identity ? $0.old : nil } }
        return Set(indexes.values.flatMap { $0.rotations.map(\.old) } + told).subtracting(book.publishers)
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
