internal import PublishWire

/// The catalogue as the place where models of others are found.
package struct CatalogueDirectory: ModelDirectory {
    private let discoverer: Discoverer

    package init(_ discoverer: Discoverer) { self.discoverer = discoverer }

    package func search(_ pattern: String, atMost count: Int, patience: Duration) async throws -> [DiscoveredModel] {
        var order = DiscoverOrder(try CatalogueQuery(pattern))
        order.timeout = patience
        let found = try await discoverer.discover(order)
        return found.listings.prefix(count).map { listing in
            var model = DiscoveredModel(
                entry: listing.entry, publisher: listing.publisher.fingerprint, trust: Self.word(listing, found))
            model.label = listing.label?.text
            if let likeness = listing.lookAlike {
                model.warnings.append("the name is easily taken for \(likeness.known)")
            }
            let standing = found.standings[listing.publisher] ?? []
            if standing.contains(.stale) { model.warnings.append("nobody has heard of the publisher for long") }
            if listing.entry.isBare {
                model.warnings.append("only its name and torrent are known, from its publisher's root")
            }
            if standing.contains(.outdated), !listing.entry.isBare {
                model.warnings.append("the publisher has a newer list")
            }
            return model
        }
    }

    private static func word(_ listing: Catalogue.Listing, _ found: Discovery) -> String {
        if found.standings[listing.publisher]?.contains(.own) == true { return "own" }
        return switch listing.verdict {
        case .trusted: "trusted"
        case .new: "new"
        case .unknown: "unknown"
        case .conflict: "conflict"
        case .revoked: "revoked"
        }
    }
}
