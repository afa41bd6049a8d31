internal import HubWire
package import PublishWire
internal import Torrents

/// Taking a folder below the models back that the registry has lost.
extension Sharer {
    /// What became of a folder.
    package enum TakenBack: Sendable {
        case taken(RegistryEntry)
        /// It stays out of the registry; with the reason, one clause.
        case left(String)
    }

    /// Takes a folder back as the version that its signed manifest says it is, if its publisher is this user or one whom
    /// the user trusts, and the torrent is the same as before: the copy of it that is still there, or one made anew with
    /// an info hash that the publisher's index tells. Nobody is given it until the user says so.
    package func takeBack(_ candidate: Registry.Candidate, book: TrustBook) async throws -> TakenBack {
        let path = "\(candidate.folder)/\(ModelManifest.fileName)"
        guard let bytes = PlacedFile.read(path, limit: ModelManifest.largest),
            let signature = PlacedFile.read(
                "\(candidate.folder)/\(ManifestSignature.fileName)", limit: ManifestSignature.largest)
        else { return .left("it has no signed manifest") }
        let papers: (manifest: ModelManifest, signature: ManifestSignature)
        do throws(PublishError) {
            papers = try ModelManifest.signed(json: bytes, signature: signature)
        } catch {
            return .left(error.message)
        }
        let (manifest, publisher) = (papers.manifest, papers.signature.identity)
        let id = CatalogueID(manifest.name.description, kind: manifest.kind.catalogueKind)
        let version = manifest.version.isEmpty ? ModelVersion.usual : manifest.version
        guard let id, id == candidate.id, (try? ModelVersion.check(version)) != nil else {
            return .left("its manifest is of \(manifest.name)")
        }
        let name = ModelName(id, version: version)
        guard try registry.read(name) == nil else { return .left("\(name) is in the registry already") }
        let isOwn = publisher == (try PublisherKeys.load(registry.folder))?.identity
        guard isOwn || book.consider(id, by: publisher) == .trusted else {
            return .left("you do not trust its publisher \(publisher.shortForm)")
        }
        guard let content = Self.content(of: manifest, name, path: path, models: registry.folder.models, caches: []),
            content.root == candidate.folder
        else { return .left("not all files of its manifest are there in the sizes that it names") }
        if let torrent = PlacedFile.read(registry.torrentCopy(of: name), limit: Metainfo.largestTorrent),
            let entry = entry(name, at: candidate.folder, torrent, manifest, (bytes, signature))
        {
            try await registry.add(entry, torrent: torrent, manifest: bytes, signature: signature)
            return .taken(entry)
        }
        guard let known = Self.listedHashes(of: id, Digest.sha256(bytes), by: publisher, in: registry.folder) else {
            return .left("nothing tells which torrent it had")
        }
        var request = ShareRequest(id: id, licence: manifest.license)
        request.version = version
        request.format = known.v2 == nil ? .v1 : known.v1 == nil ? .v2 : .hybrid
        request.webSeeds = manifest.webSeeds
        (request.isPublic, request.seeds) = (false, false)
        request.origin = isOwn ? (manifest.source == nil ? .shared : .mirrored) : .got
        do {
            let result = try await adopt(
                content, manifest, papers: (bytes, signature), publisher: publisher, as: request, expecting: known)
            return .taken(result.entry)
        } catch let error as PublishError where error.code == .changed {
            return .left(error.message)
        }
    }

    /// The entry of a torrent that is still there; nil when it is not the torrent of these files.
    private func entry(
        _ name: ModelName, at folder: String, _ torrent: [UInt8], _ manifest: ModelManifest,
        _ papers: (manifest: [UInt8], signature: [UInt8])
    ) -> RegistryEntry? {
        guard let metainfo = try? Metainfo(torrent), (try? manifest.check(against: metainfo)) != nil else { return nil }
        var entry = RegistryEntry(
            id: name.id, version: name.version ?? ModelVersion.usual, origin: .got, folder: folder,
            hashes: metainfo.hashes, size: metainfo.payloadSize, fileCount: metainfo.payload.count, added: Clock.now)
        guard entry.missing(in: metainfo, limit: 1).isEmpty else { return nil }
        (entry.seeds, entry.isPublic) = (false, false)
        registry.describe(&entry, by: papers.manifest, papers.signature, hasOrigin: false)
        return entry
    }

    /// The info hashes that a publisher's index, own or fetched, has for a manifest.
    private static func listedHashes(
        of id: CatalogueID, _ manifest: [UInt8], by publisher: PublisherKey, in folder: PublishFolder
    ) -> InfoHashes? {
        let catalogue = CatalogueFolder(folder)
        let shelves = [catalogue.ownFolder, catalogue.indexFolder(of: publisher)].map { IndexShelf(path: $0) }
        return shelves.lazy.flatMap { $0.all(of: publisher) }
            .compactMap { stored in
                stored.index.entries.first { $0.id == id && $0.manifest == manifest }?.hashes
            }.first
    }
}
