package import PublishWire
internal import Torrents

/// Models that carry the signature of a key that this user has given up.
extension Sharer {
    /// Whether a version is signed by a former identity of this user: followers refuse it by now.
    package func needsResigning(_ entry: RegistryEntry) throws(PublishError) -> Bool {
        guard entry.origin != .got, let signer = entry.publisher else { return false }
        return try PublisherKeys.former(registry.folder).contains { $0.fingerprint == signer }
    }

    /// Signs a version's manifest with the present identity, and makes its torrent anew. Whatever else the manifest and
    /// the entry say stays as it is.
    /// - Parameter isPublic: whether the DHT may know; nil leaves it as it was.
    package func resign(_ entry: RegistryEntry, isPublic: Bool? = nil) async throws -> ShareResult {
        let metainfo = try registry.metainfo(of: entry)
        guard let bytes = registry.bytes(.manifest, of: entry) else {
            throw PublishError(
                .localFile, "the manifest of \(entry.name) cannot be read",
                hint: "share its folder again under the same name")
        }
        var manifest = try ModelManifest(json: bytes)
        let keys = try await PublisherKeys.open(registry.folder, label: label)
        let content = Self.content(of: entry, manifest)
        let hashes = try await ContentHashes(content.files, engine: transfer, observer: observer)
        try Self.compare(content, hashes, with: manifest)
        manifest.publisher = keys.identity
        let papers = try Papers(signing: manifest, by: keys)
        return try await finish(
            content, hashes, manifest, papers, Self.request(like: entry, metainfo, manifest, isPublic: isPublic),
            old: entry, publisher: keys.identity)
    }

    /// The files of a version, from where they lie.
    private static func content(of entry: RegistryEntry, _ manifest: ModelManifest) -> ShareContent {
        var content = ShareContent(
            root: entry.folder,
            files: manifest.files.map { file in
                var known = ShareContent.File(path: file.path, source: entry.place(of: file.path), size: file.size)
                known.gitOID = file.gitOID
                return known
            })
        content.source = entry.source
        return content
    }

    /// What a version was shared as.
    static func request(
        like entry: RegistryEntry, _ metainfo: Metainfo, _ manifest: ModelManifest, isPublic: Bool?
    ) -> ShareRequest {
        var request = ShareRequest(id: entry.id, licence: manifest.license)
        request.version = entry.version
        request.origin = entry.origin
        request.description = manifest.description.isEmpty ? nil : manifest.description
        request.tags = manifest.tags
        request.webSeeds = metainfo.webSeeds
        request.trackers = metainfo.trackers
        request.format = TorrentPlan.Format(rawValue: metainfo.format.rawValue) ?? .hybrid
        request.pieceLength = metainfo.pieceLength
        request.signs = entry.publisher != nil
        request.isPublic = isPublic ?? entry.isPublic
        request.seeds = entry.seeds
        request.torrentName = metainfo.name
        return request
    }
}
