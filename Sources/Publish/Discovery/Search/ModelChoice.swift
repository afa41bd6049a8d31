package import PublishWire

/// Chooses the one model that a name means, among all who publish it.
package enum ModelChoice {
    /// - Parameters:
    ///   - version: nil is the newest.
    ///   - publisher: whose it must be: a fingerprint, its short form, or at least eight characters of it.
    /// - Throws: `unknown_model`, `pin_conflict`, `look_alike` or `ambiguous`; a name is never guessed.
    package static func choose(
        _ id: CatalogueID, version: String?, publisher: String?, among discovery: Discovery
    ) throws(PublishError) -> Catalogue.Listing {
        var offers = discovery.listings.filter { $0.entry.id == id }
        if let version { offers = offers.filter { $0.entry.revision == version } }
        if let publisher { offers = offers.filter { $0.publisher.isNamed(by: publisher) } }
        guard let first = offers.first else {
            throw PublishError(
                .unknownModel, "nobody offers \(name(id, version))",
                hint: "search with 'shoal discover \(id.name)'; it may take some minutes until others know of a model")
        }
        // The pinned publisher is the one, whoever else uses the name.
        if let trusted = offers.first(where: { $0.verdict == .trusted }) { return trusted }
        if case .conflict(let pinned) = first.verdict {
            throw PublishError(
                .pinConflict,
                "\(id.namespace)/* belongs to \(pinned.shortForm); \(id.text) is offered by "
                    + offers.map(\.publisher.shortForm).joined(separator: ", "),
                hint: "if the publisher has a new key: 'shoal trust rm \(id.namespace)' and 'shoal trust add'")
        }
        let publishers = Set(offers.map(\.publisher))
        guard publishers.count == 1 else {
            throw PublishError(
                .ambiguous,
                "\(publishers.count) publishers offer \(id.text): "
                    + publishers.sorted().prefix(8).map { describe($0, offers) }.joined(separator: ", "),
                hint: "say which one with --publisher, or trust one with 'shoal trust add \(id.namespace) KEY'")
        }
        if let likeness = first.lookAlike, publisher == nil {
            throw PublishError(
                .lookAlike,
                "\(id.text) is easily taken for \(likeness.known), which belongs to \(likeness.owner.shortForm)",
                hint: "if it is meant, say so with --publisher \(first.publisher.shortForm)")
        }
        return first
    }

    private static func name(_ id: CatalogueID, _ version: String?) -> String {
        version.map { "\(id) in version \($0)" } ?? "\(id)"
    }

    private static func describe(_ publisher: PublisherKey, _ offers: [Catalogue.Listing]) -> String {
        let label = offers.first { $0.publisher == publisher }?.label
        return label.map { "\(publisher.shortForm) (\($0.text))" } ?? publisher.shortForm
    }
}
