internal import PublishWire

/// What one search has found, while several look.
actor DiscoverBoard {
    private let order: DiscoverOrder
    private let trust: TrustBook
    private let update: @Sendable (Discovery) async -> Void
    private var catalogue = Catalogue()
    private var discovery = Discovery()
    /// Index torrents that were asked for.
    private var asked: Set<[UInt8]> = []
    private var strangers = 0
    private static let mostNotes = 50

    init(_ order: DiscoverOrder, trust: TrustBook, update: @escaping @Sendable (Discovery) async -> Void) {
        self.order = order
        self.trust = trust
        self.update = update
    }

    func note(held hashes: Set<[UInt8]>) { discovery.held = hashes }
    func note(nodes: Int) { discovery.nodes = nodes }

    func note(_ text: String) {
        if discovery.notes.count < Self.mostNotes, !discovery.notes.contains(text) { discovery.notes.append(text) }
    }

    /// Takes an index whose signature was verified.
    /// - Returns: whether it is news.
    @discardableResult
    func add(_ index: CatalogueIndex, _ standing: Discovery.Standing) -> Bool {
        guard !trust.isWithdrawn(index.publisher) || standing.contains(.own) else { return false }
        do throws(PublishError) {
            try catalogue.add(index)
        } catch {
            note(error.message)
            return false
        }
        discovery.standings[index.publisher] = standing
        return true
    }

    /// Whether an index is to be fetched: once each, and of strangers only so many.
    func mayFetch(_ hash: [UInt8], of publisher: PublisherKey, atMost limit: Int) -> Bool {
        guard !trust.isWithdrawn(publisher), !asked.contains(hash) else { return false }
        if !trust.publishers.contains(publisher) {
            guard strangers < limit else { return false }
            strangers += 1
        }
        asked.insert(hash)
        return true
    }

    /// What there is now.
    func view() -> Discovery {
        discovery.listings = catalogue.listings(for: order.query, book: trust, allVersions: order.allVersions)
        discovery.publishers = catalogue.publishers.count
        return discovery
    }

    func show() async { await update(view()) }

    var hasFound: Bool { !catalogue.listings(for: order.query, book: trust).isEmpty }
}
