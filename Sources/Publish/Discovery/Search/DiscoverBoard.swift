internal import PublishWire

/// What one search has found, while several look.
actor DiscoverBoard {
    private let order: DiscoverOrder
    private let trust: TrustBook
    private let update: @Sendable (Discovery) async -> Void
    private var catalogue: Catalogue
    /// The info hash of the index that is shown of each publisher.
    private var shown: [PublisherKey: [UInt8]] = [:]
    private var discovery = Discovery()
    /// Index torrents that were asked for.
    private var asked: Set<[UInt8]> = []
    private var strangers = 0
    private static let mostNotes = 50

    init(
        _ order: DiscoverOrder, trust: TrustBook, limits: CatalogueLimits,
        update: @escaping @Sendable (Discovery) async -> Void
    ) {
        catalogue = Catalogue(publishers: limits.publishers, entries: limits.entries)
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
    /// - Parameter hash: its info hash; nil for the own one.
    /// - Returns: whether it is news.
    @discardableResult
    func add(_ index: CatalogueIndex, hash: [UInt8]?, _ standing: Discovery.Standing) -> Bool {
        guard !trust.isWithdrawn(index.publisher) || standing.contains(.own) else { return false }
        do throws(PublishError) {
            try catalogue.add(index)
        } catch {
            note(error.message)
            return false
        }
        discovery.standings[index.publisher] = standing
        shown[index.publisher] = hash
        return true
    }

    /// Takes what a root lists itself, to be shown as long as its index is not there.
    func add(_ root: RootItem) {
        guard !trust.isWithdrawn(root.identity) else { return }
        catalogue.add(root)
    }

    /// Publishers of whom an index is shown.
    var publishers: [PublisherKey] { Array(shown.keys) }

    /// Marks an index in whose place its publisher has put another, which could not be had.
    func note(newest hash: [UInt8]?, of publisher: PublisherKey) {
        guard let hash, let known = shown[publisher], known != hash else { return }
        discovery.standings[publisher, default: []].insert(.outdated)
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
