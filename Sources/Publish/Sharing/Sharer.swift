internal import HubWire
package import PublishWire
package import Torrents
package import Transfer
internal import Xet

/// Who has told what files must hash to.
package enum HashAuthority: Sendable {
    case hub, manifest
}

/// Makes torrents of models, with their manifests, and puts them into the registry.
package struct Sharer: Sendable {
    package let registry: Registry
    package let engine: any TorrentEngine
    package let transfer: TransferEngine
    package let observer: any TransferObserver
    /// What the publisher calls itself when its keys are made.
    package var label: String?
    /// The program's name and version, for the torrent.
    package var creator: String?
    /// Makes sure that strangers may have what lies in repositories of a cache, which are named by their folders. Where
    /// nobody can tell, nothing of them is published.
    package var permits: @Sendable (_ repositories: [String]) async throws -> Void = { repositories in
        guard let folder = repositories.first else { return }
        throw PublishError(
            .notPublic, "files lie in \(folder), of which nobody knows whether it is public",
            hint: "copy the files into a folder of their own, if you may publish them")
    }

    package init(
        _ folder: PublishFolder, engine: any TorrentEngine, transfer: TransferEngine,
        observer: any TransferObserver = SilentObserver()
    ) {
        registry = Registry(folder)
        self.engine = engine
        self.transfer = transfer
        self.observer = observer
    }

    private var folder: PublishFolder { registry.folder }

    /// Publishes files under a name: hashes them, signs a manifest, makes the torrent, and notes all of it. The same
    /// files under the same name give the same torrent.
    /// - Parameters:
    ///   - expected: SHA-256 by path, as hexadecimal digits.
    ///   - authority: who has told them.
    /// - Throws: ``PublishError``, ``TorrentError``, what hashing throws, and `CancellationError`.
    package func share(
        _ content: ShareContent, as request: ShareRequest, facts: ManifestFacts? = nil,
        expecting expected: [String: String] = [:], from authority: HashAuthority = .hub
    ) async throws -> ShareResult {
        try ModelVersion.check(request.version)
        let licence = try LicenceName.check(request.licence)
        try content.check()
        try folder.prepare()
        let keys = request.signs ? try await PublisherKeys.open(folder, label: label) : nil
        let hashes = try await ContentHashes(content.files, engine: transfer, observer: observer)
        for (file, hash) in zip(content.files, hashes.hashes) {
            guard let told = expected[file.path.description], told != hash.sha256.description else { continue }
            switch authority {
            case .hub: throw PublishError.otherThanHub(file)
            case .manifest: throw PublishError.otherThanManifest(file)
            }
        }
        try requireNothingOfOurs(content)
        let blobs = try GitBlobs.check(content.files)
        let name = ModelName(request.id, version: request.version)
        let known: ManifestFacts
        if let facts { known = facts } else { known = await ManifestFacts(of: content, kind: request.id.kind) }
        var manifest = try Self.manifest(of: content, hashes, blobs, request, known, licence: licence)
        manifest.publisher = keys?.identity
        let old = try? registry.read(name)
        let papers = try Papers(&manifest, created: request.created ?? hashes.latestChange, keys, old, registry)
        return try await finish(content, hashes, manifest, papers, request, old: old, publisher: keys?.identity)
    }

    /// Keys and records of this program are nobody's model, wherever its folder lies.
    private func requireNothingOfOurs(_ content: ShareContent) throws(PublishError) {
        let own = [folder.keys, folder.registry, folder.catalogue, folder.torrents].compactMap { FolderPath.real($0) }
        guard let root = FolderPath.real(content.root), own.contains(where: { FolderPath.contains(root, $0) }) else {
            return
        }
        let found = content.files.first { file in
            guard let place = FolderPath.real(file.source) else { return false }
            return own.contains { FolderPath.contains($0, place) }
        }
        guard let found else { return }
        throw PublishError(
            .unsafePath, "\(found.path) belongs to Shoal itself: keys and records are not for others",
            hint: "share a folder that does not hold \(folder.path)")
    }

    /// Publishes files under the manifest of somebody, after every file was found to be what it says.
    /// - Parameters:
    ///   - papers: exact bytes.
    ///   - publisher: who signed them.
    ///   - known: the torrent that it must be.
    package func adopt(
        _ content: ShareContent, _ manifest: ModelManifest, papers: (manifest: [UInt8], signature: [UInt8]?),
        publisher: PublisherKey?, as request: ShareRequest, expecting known: InfoHashes? = nil
    ) async throws -> ShareResult {
        try ModelVersion.check(request.version)
        try content.check()
        try folder.prepare()
        let hashes = try await ContentHashes(content.files, engine: transfer, observer: observer)
        try Self.compare(content, hashes, with: manifest)
        let papers = Papers(manifest: papers.manifest, signature: papers.signature)
        let old = try? registry.read(ModelName(request.id, version: request.version))
        return try await finish(
            content, hashes, manifest, papers, request, old: old, publisher: publisher, expecting: known)
    }

    /// Makes sure that files are what a manifest says.
    static func compare(
        _ content: ShareContent, _ hashes: ContentHashes, with manifest: ModelManifest
    ) throws(PublishError) {
        let told = Dictionary(manifest.files.map { ($0.path, $0) }) { first, _ in first }
        for (file, hash) in zip(content.files, hashes.hashes) {
            guard let expected = told[file.path], expected.size == file.size,
                expected.sha256.map({ $0 == hash.sha256.bytes }) ?? true
            else {
                throw PublishError(
                    .changed, "\(file.path) is not the file that the manifest names",
                    hint: "fetch it again, or share the folder under a name of your own")
            }
        }
    }

    func finish(
        _ content: ShareContent, _ hashes: ContentHashes, _ manifest: ModelManifest, _ papers: Papers,
        _ request: ShareRequest, old: RegistryEntry?, publisher: PublisherKey?, expecting known: InfoHashes? = nil
    ) async throws -> ShareResult {
        let hashedAt = ContentHashes.now
        let torrent = try await make(
            content, papers, request,
            hasOtherSources: !request.webSeeds.isEmpty || manifest.files.contains { $0.xetHash != nil })
        try hashes.checkUnchanged(content.files)
        let metainfo = try Metainfo(torrent)
        try manifest.check(against: metainfo)
        guard known.map({ $0 == metainfo.hashes }) ?? true else {
            throw PublishError(
                .changed, "the torrent that can be made of \(content.root) is another than it was",
                hint: "fetch it again with 'shoal get \(request.id)'")
        }
        let isSame = old?.hashes == metainfo.hashes
        var entry = RegistryEntry(
            id: request.id, version: request.version, origin: request.origin, folder: content.root,
            hashes: metainfo.hashes, size: metainfo.payloadSize, fileCount: metainfo.payload.count,
            added: isSame ? old?.added ?? Clock.now : Clock.now)
        for file in content.files where file.source != content.root + "/" + file.path.description {
            entry.places[file.path.description] = file.source
        }
        entry.places[ModelManifest.fileName] = registry.path(.manifest, of: entry)
        if papers.signature != nil { entry.places[ManifestSignature.fileName] = registry.path(.signature, of: entry) }
        entry.hashedAt = hashedAt
        entry.isWholeFolder = content.isWholeFolder
        entry.isPublic = request.isPublic
        entry.seeds = request.seeds
        entry.limits = old?.limits ?? RegistryEntry.Limits()
        entry.licence = manifest.license
        entry.modelType = manifest.modelType
        entry.formats = manifest.formats
        entry.publisher = publisher?.fingerprint
        entry.source = content.source
        try await registry.add(entry, torrent: torrent, manifest: papers.manifest, signature: papers.signature)
        return ShareResult(
            entry: entry, metainfo: metainfo, manifest: manifest, publisher: publisher, wasThere: isSame,
            leftOut: content.leftOut)
    }

    private static func manifest(
        of content: ShareContent, _ hashes: ContentHashes, _ blobs: [[UInt8]?], _ request: ShareRequest,
        _ facts: ManifestFacts, licence: String
    ) throws(PublishError) -> ModelManifest {
        guard let name = RepoID(request.id.text) else {
            throw PublishError(
                .badName, "'\(request.id.text)' is no name that hubs take", hint: "use letters, digits, '-', '_', '.'")
        }
        let files = zip(zip(content.files, hashes.hashes), blobs).map { known, blob in
            let (file, hash) = known
            var entry = ModelManifest.File(path: file.path, size: file.size, sha256: hash.sha256.bytes)
            // What the hub has in git it has not in its Xet storage, and it is asked for by the one or the other.
            entry.gitOID = blob
            entry.xetHash = blob == nil ? hash.xet.description : nil
            return entry
        }
        var manifest = ModelManifest(name: name, license: licence, createdAt: 0, files: files)
        manifest.kind = request.id.kind == .dataset ? .dataset : .model
        manifest.version = request.version
        manifest.description = request.description ?? ""
        manifest.tags = request.tags
        manifest.webSeeds = request.webSeeds
        manifest.fill(from: facts)
        if let source = content.source, let repo = RepoID(source.repo) {
            manifest.source = ModelManifest.Source(endpoint: source.hub, repo: repo, commit: source.commit)
            manifest.revision = source.commit
        }
        return manifest
    }

    /// Makes the torrent, with the manifest and its signature among the files.
    private func make(
        _ content: ShareContent, _ papers: Papers, _ request: ShareRequest, hasOtherSources: Bool
    ) async throws -> [UInt8] {
        let desk = "\(folder.registry)/.making.\(UInt32.random(in: .min ... .max))"
        defer { PlacedFile.removeFolder(desk, files: [ModelManifest.fileName, ManifestSignature.fileName]) }
        var files = content.files.map { file in
            TorrentPlan.File(path: file.path.components, source: file.source, size: file.size)
        }
        for (name, bytes) in [
            (ModelManifest.fileName, papers.manifest), (ManifestSignature.fileName, papers.signature),
        ] {
            guard let bytes else { continue }
            try PlacedFile.write(bytes, to: "\(desk)/\(name)")
            files.append(TorrentPlan.File(path: [name], source: "\(desk)/\(name)", size: Int64(bytes.count)))
        }
        var plan = TorrentPlan(name: request.torrentName ?? request.id.name, files: files)
        plan.format = request.format
        plan.pieceLength = request.pieceLength
        plan.trackers = request.trackers
        plan.webSeeds = request.webSeeds
        plan.creator = creator
        let title = "the torrent"
        let meter = MakeMeter(observer, title: title)
        observer.began(TransferItem(name: title, totalBytes: UInt64(files.reduce(0) { $0 + $1.size })))
        do {
            let torrent = try await engine.make(plan) { meter.reached($0) }
            observer.finished(title, outcome: .transferred)
            // Web servers, hubs and the Xet swarm have the model's own files, not what was written here.
            guard hasOtherSources else { return torrent }
            return try TorrentPapers(manifest: papers.manifest, signature: papers.signature).added(to: torrent)
        } catch {
            observer.finished(title, outcome: .failed)
            throw error
        }
    }
}
