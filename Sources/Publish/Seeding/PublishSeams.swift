package import PublishWire

/// What somebody asks to have published.
package struct ShareOrder: Sendable, Hashable {
    /// An absolute path, or the name of a model of this machine.
    package var subject: String
    /// `org/name`; nil where the subject says it.
    package var name: String?
    package var license: String?
    package var version: String?
    package var pieceLength: Int?
    /// Keeps it from the DHT, from other peers and from the catalogue.
    package var skipsDHT = false
    /// Nil is what the settings say.
    package var signs: Bool?

    package init(subject: String) { self.subject = subject }
}

/// Publishes models of this machine.
package protocol ModelSharing: Sendable {
    /// Returns when the torrent is made and stands in the registry.
    func share(_ order: ShareOrder) async throws -> ModelName
}

/// A model that others publish.
package struct DiscoveredModel: Sendable, Hashable {
    package var entry: CatalogueEntry
    /// The publisher's fingerprint, and the name it has given itself.
    package var publisher: String
    package var label: String?
    /// What it is to the user: `own`, `trusted`, `new`, `unknown`, `conflict` or `revoked`.
    package var trust: String
    /// What speaks against it, such as a name that looks like another's.
    package var warnings: [String] = []

    package init(entry: CatalogueEntry, publisher: String, trust: String) {
        self.entry = entry
        self.publisher = publisher
        self.trust = trust
    }
}

/// Finds models of others.
package protocol ModelDirectory: Sendable {
    /// - Parameter pattern: a shell pattern, or words; empty finds everything.
    func search(_ pattern: String, atMost count: Int, patience: Duration) async throws -> [DiscoveredModel]
}
