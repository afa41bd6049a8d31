package import PublishWire

/// The catalogue as that by which a model is found that somebody wants to fetch.
package struct CatalogueFinder: ModelFinder {
    private let discoverer: Discoverer
    private let timeout: Duration
    private let publisher: String?
    private let isOffline: Bool

    /// - Parameters:
    ///   - publisher: whose it must be, where several use one name.
    ///   - isOffline: whether only what is on this machine is searched.
    package init(
        _ discoverer: Discoverer, timeout: Duration = .seconds(30), publisher: String? = nil, isOffline: Bool = false
    ) {
        self.discoverer = discoverer
        self.timeout = timeout
        self.publisher = publisher
        self.isOffline = isOffline
    }

    package func find(_ name: ModelName) async throws -> FoundModel? {
        var order = DiscoverOrder(id: name.id)
        order.timeout = timeout
        order.isOffline = isOffline
        order.allVersions = name.version != nil
        let discovery = try await discoverer.discover(order)
        let found: Catalogue.Listing
        do {
            found = try ModelChoice.choose(name.id, version: name.version, publisher: publisher, among: discovery)
        } catch {
            guard error.code == .unknownModel else { throw error }
            return nil
        }
        return FoundModel(
            link: found.entry.link, name: ModelName(found.entry.id, version: found.entry.revision),
            manifestHash: found.entry.manifest, publisher: found.publisher)
    }
}

extension CatalogueEntry {
    /// The magnet link of its torrent, with both hashes where it has both.
    package var link: MagnetLink {
        var link = MagnetLink(hashes)
        link.displayName = "\(id.text)@\(revision)"
        link.size = size
        return link
    }
}
