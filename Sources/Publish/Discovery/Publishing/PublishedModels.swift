internal import Crypto
package import PublishWire

/// What this machine has to publish.
package protocol PublishedModels: Sendable {
    /// What belongs into the index of a publisher.
    func entries(of publisher: PublisherKey) async throws(PublishError) -> [CatalogueEntry]
    /// Whether there is anything to publish, so that a key is worth making.
    func hasAny() async throws(PublishError) -> Bool
    /// What can be had here, whoever has published it: for the rendezvous of each.
    func held() async throws(PublishError) -> [CatalogueID]
    /// Info hashes of all that is here, public or not.
    func hashes() async throws(PublishError) -> Set<[UInt8]>
}

/// The registry as a source of the index: what is public, given away to everybody, and came from this user.
package struct RegistryModels: PublishedModels {
    private let registry: Registry

    private let reach: @Sendable (SeedItem) -> SeedReach

    /// - Parameter reach: how far the user's rules let a model go; only what everybody may have is named to the world.
    package init(_ registry: Registry, reach: @escaping @Sendable (SeedItem) -> SeedReach) {
        self.registry = registry
        self.reach = reach
    }

    package func entries(of publisher: PublisherKey) async throws(PublishError) -> [CatalogueEntry] {
        try published().filter { Self.isListed($0, by: publisher) }.compactMap(entry)
    }

    package func hasAny() async throws(PublishError) -> Bool {
        try published().contains { $0.origin != .got && $0.publisher != nil }
    }

    package func held() async throws(PublishError) -> [CatalogueID] {
        Set(try published().map(\.id)).sorted()
    }

    package func hashes() async throws(PublishError) -> Set<[UInt8]> {
        Set(try registry.list().entries.flatMap { [$0.hashes.v1, $0.hashes.v2].compactMap { $0 } })
    }

    /// What everybody may know of, and have.
    private func published() throws(PublishError) -> [RegistryEntry] {
        try registry.list().entries.filter { entry in
            entry.isPublic && entry.seeds && reach(SeedItem(entry, registry)) == .everybody
        }
    }

    /// What somebody else has signed is listed by them, not here: nobody speaks in another's name.
    private static func isListed(_ entry: RegistryEntry, by publisher: PublisherKey) -> Bool {
        guard entry.origin != .got else { return false }
        return entry.publisher.map { $0 == publisher.fingerprint } ?? true
    }

    /// - Returns: nil for one without a manifest that can be read: nothing could be checked against it.
    private func entry(_ entry: RegistryEntry) -> CatalogueEntry? {
        guard let bytes = registry.bytes(.manifest, of: entry), let manifest = try? ModelManifest(json: bytes) else {
            return nil
        }
        var listed = CatalogueEntry(
            id: entry.id, revision: entry.version, published: min(max(entry.added, 0), Times.latest), size: entry.size,
            hashes: entry.hashes, manifest: Array(SHA256.hash(data: bytes)))
        listed.formats = Self.texts(manifest.formats.isEmpty ? entry.formats : manifest.formats, most: 16)
        let quantizations =
            manifest.quantizations.isEmpty ? [manifest.quantization].compactMap { $0 } : manifest.quantizations
        listed.quantizations = Self.texts(quantizations, most: 32)
        listed.license = Self.texts([manifest.license], most: 1).first
        listed.tags = Self.texts(manifest.tags, most: 64)
        listed.architecture = Self.texts([manifest.architecture ?? manifest.modelType].compactMap { $0 }, most: 1).first
        listed.parameters = manifest.parameters
        listed.xet = manifest.files.filter { $0.xetHash != nil }.sorted { $0.size > $1.size }.prefix(16).compactMap {
            file in
            file.xetHash.map { CatalogueEntry.XetHint(path: file.path.description, hash: $0) }
        }
        listed.hub = manifest.source?.endpoint
        return listed
    }

    /// Words that an index may hold.
    private static func texts(_ texts: [String], most: Int) -> [String] {
        var seen = Set<String>()
        let good = texts.filter { text in
            !text.isEmpty && text.utf8.count <= 64 && text.unicodeScalars.allSatisfy(VisibleText.allows)
                && seen.insert(text).inserted
        }
        return Array(good.prefix(most))
    }
}
