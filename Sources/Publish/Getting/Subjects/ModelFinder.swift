package import PublishWire

/// A model that somebody offers.
package struct FoundModel: Sendable, Hashable {
    package var link: MagnetLink
    package var name: ModelName
    /// The SHA-256 of its manifest, as its publisher's index says.
    package var manifestHash: [UInt8]?
    package var publisher: PublisherKey?

    package init(
        link: MagnetLink, name: ModelName, manifestHash: [UInt8]? = nil, publisher: PublisherKey? = nil
    ) {
        self.link = link
        self.name = name
        self.manifestHash = manifestHash
        self.publisher = publisher
    }
}

/// Finds who offers a model of some name; the catalogue does.
package protocol ModelFinder: Sendable {
    /// - Returns: the offer that is to be taken; nil when nobody offers it.
    /// - Throws: ``PublishError`` when offers contradict each other, and the user has to choose.
    func find(_ name: ModelName) async throws -> FoundModel?
}
