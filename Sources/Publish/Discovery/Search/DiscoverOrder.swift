package import PublishWire

/// What is looked for, and how long.
package struct DiscoverOrder: Sendable {
    package var query: CatalogueQuery
    /// The one model that is asked for, where it is one: those who know it meet at a place of its own.
    package var id: CatalogueID?
    package var timeout: Duration = .seconds(30)
    /// Only what is on this machine.
    package var isOffline = false
    /// All revisions, not the newest of each publisher alone.
    package var allVersions = false
    /// Whether the search goes on until the time is over, though something was found.
    package var isThorough = false

    package init(_ query: CatalogueQuery = CatalogueQuery()) { self.query = query }

    package init(id: CatalogueID) {
        query = CatalogueQuery(id: id)
        self.id = id
    }
}

/// What was found so far.
package struct Discovery: Sendable {
    /// How a publisher's index stands to its root.
    package struct Standing: OptionSet, Sendable, Hashable {
        package let rawValue: Int

        package init(rawValue: Int) { self.rawValue = rawValue }

        /// It is this user.
        package static let own = Standing(rawValue: 1)
        /// The root names a newer index, which could not be had.
        package static let outdated = Standing(rawValue: 2)
        /// The delegation is over, or nobody has heard of the owner for a month.
        package static let stale = Standing(rawValue: 4)
    }

    package var listings: [Catalogue.Listing] = []
    package var standings: [PublisherKey: Standing] = [:]
    /// Info hashes of what is on this machine.
    package var held: Set<[UInt8]> = []
    /// Publishers whose index is known.
    package var publishers = 0
    /// What went wrong on the way, and what was heard of keys: one sentence each.
    package var notes: [String] = []
    /// Nodes of the DHT that were there, nil without a network.
    package var nodes: Int?

    package init() {}

    /// Whether a version is on this machine.
    package func isHeld(_ entry: CatalogueEntry) -> Bool {
        [entry.hashes.v1, entry.hashes.v2].contains { $0.map(held.contains) ?? false }
    }
}
