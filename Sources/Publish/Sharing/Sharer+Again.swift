internal import HubWire
package import PublishWire
internal import Torrents

/// Sharing what has a torrent already.
extension Sharer {
    /// Gives a version of the registry to others again. Files that are still as they were are not read, unless the version
    /// is signed by a key of this user that another has replaced: then it is signed, and its torrent made, anew.
    /// - Parameter isPublic: whether the DHT may know; nil leaves it as it was.
    package func shareAgain(_ entry: RegistryEntry, isPublic: Bool? = nil) async throws -> ShareResult {
        let metainfo = try registry.metainfo(of: entry)
        let missing = entry.missing(in: metainfo)
        let isChanged = !missing.isEmpty || hasChanged(entry, metainfo)
        guard isChanged else {
            guard try needsResigning(entry) else { return try await resumed(entry, metainfo, isPublic) }
            var entry = entry
            entry.seeds = true
            return try await resign(entry, isPublic: isPublic)
        }
        guard entry.origin == .shared, let bytes = registry.bytes(.manifest, of: entry) else {
            let what = missing.isEmpty ? "have changed" : "are not all there: \(missing.joined(separator: ", "))"
            throw PublishError(
                .changed, "the files of \(entry.name) in \(entry.folder) \(what)",
                hint: "fetch them again with 'shoal get \(entry.name)', or share the folder under a name of your own")
        }
        guard FileFacts(entry.folder)?.isFolder == true else {
            throw PublishError(
                .localFile, "the folder of \(entry.name) is not there: \(entry.folder)",
                hint: "bring it back, or share the model from where it is now")
        }
        let manifest = try ModelManifest(json: bytes)
        var request = Self.request(like: entry, metainfo, manifest, isPublic: isPublic)
        request.seeds = true
        let files = Self.files(of: metainfo)
        guard entry.isWholeFolder || files.count == 1 else {
            throw PublishError(
                .changed, "the files of \(entry.name) in \(entry.folder) have changed, and are not all that is there",
                hint: "share them under a name of their own")
        }
        let place = entry.isWholeFolder ? entry.folder : entry.place(of: files[0])
        let content = try FolderWalk.look(at: place).content
        return try await share(content, as: request)
    }

    /// The model's own files.
    private static func files(of metainfo: Metainfo) -> [TorrentPath] {
        metainfo.payload.map { metainfo.files[$0].path }
            .filter { !FileChoice.isCompanion($0) }
    }

    private func resumed(
        _ entry: RegistryEntry, _ metainfo: Metainfo, _ isPublic: Bool?
    ) async throws(PublishError) -> ShareResult {
        let entry = try await registry.update(entry.name) { entry in
            entry.seeds = true
            entry.isPublic = isPublic ?? entry.isPublic
        }
        let manifest = registry.bytes(.manifest, of: entry).flatMap { try? ModelManifest(json: $0) }
        return ShareResult(
            entry: entry, metainfo: metainfo, manifest: manifest,
            publisher: entry.publisher.flatMap { PublisherKey(fingerprint: $0) }, wasThere: true)
    }

    /// Whether somebody has written to a file since it was hashed, or put a file beside them.
    private func hasChanged(_ entry: RegistryEntry, _ metainfo: Metainfo) -> Bool {
        guard let hashedAt = entry.hashedAt else { return false }
        for place in metainfo.payload {
            let path = metainfo.files[place].path
            if FileChoice.isCompanion(path) { continue }
            if let facts = FileFacts(entry.place(of: path)), facts.modified > hashedAt { return true }
        }
        // A folder tells of new files by its own time; links into a cache are not looked through.
        guard entry.origin == .shared, entry.source == nil, entry.isWholeFolder,
            let content = try? FolderWalk.look(at: entry.folder).content
        else { return false }
        let known = Set(metainfo.payload.map { metainfo.files[$0].path })
        return content.files.contains { !known.contains($0.path) }
    }

    /// Takes in a torrent that was made elsewhere, with the folder that has its files; every byte of them is checked.
    /// - Parameters:
    ///   - torrent: the bytes of the `.torrent`.
    ///   - place: the folder of its files, or the folder in which that folder is.
    ///   - caches: Hugging Face caches; of what lies in one it must be known that it is public.
    ///   - request: nil takes name and licence from the manifest in the torrent, which must have one then.
    package func take(
        torrent: [UInt8], at place: String, caches: [String] = [], as request: ShareRequest?
    ) async throws -> ShareResult {
        let metainfo = try Metainfo(torrent)
        let root = try takeRoot(of: metainfo, at: place)
        let files = metainfo.payload.map { index in
            let file = metainfo.files[index]
            return ShareContent.File(path: file.path, source: "\(root)/\(file.path)", size: file.size)
        }
        try await permits(CacheFolders.repositories(of: files, caches: caches))
        func file(_ name: String, limit: Int) -> [UInt8]? {
            let isListed = metainfo.payload.contains { metainfo.files[$0].path.description == name }
            return isListed ? PlacedFile.read(root + "/" + name, limit: limit) : nil
        }
        let papers = file(ModelManifest.fileName, limit: ModelManifest.largest)
        let signature = file(ManifestSignature.fileName, limit: ManifestSignature.largest)
        var publisher: PublisherKey?
        var manifest: ModelManifest?
        if let papers, let signature {
            let signed = try ModelManifest.signed(json: papers, signature: signature)
            (manifest, publisher) = (signed.manifest, signed.signature.identity)
        } else if let papers {
            manifest = try ModelManifest(json: papers)
        }
        try manifest?.check(against: metainfo)
        let wanted = try request ?? Self.request(for: manifest)
        try await check(metainfo, root)

        var entry = RegistryEntry(
            id: wanted.id, version: wanted.version, origin: wanted.origin, folder: root, hashes: metainfo.hashes,
            size: metainfo.payloadSize, fileCount: metainfo.payload.count, added: Clock.now)
        entry.hashedAt = ContentHashes.now
        entry.isPublic = wanted.isPublic && !metainfo.isPrivate
        entry.licence = try LicenceName.check(manifest?.license ?? wanted.licence)
        entry.modelType = manifest?.modelType
        var facts = ManifestFacts()
        facts.take(files: metainfo.payload.map { (metainfo.files[$0].path.description, metainfo.files[$0].size) })
        entry.formats = manifest?.formats ?? facts.formats
        entry.publisher = publisher?.fingerprint
        let old = try? registry.read(entry.name)
        try await registry.add(entry, torrent: torrent, manifest: papers, signature: signature)
        return ShareResult(
            entry: entry, metainfo: metainfo, manifest: manifest, publisher: publisher,
            wasThere: old?.hashes == entry.hashes)
    }

    private static func request(for manifest: ModelManifest?) throws(PublishError) -> ShareRequest {
        guard let manifest, let id = CatalogueID(manifest.name.description, kind: manifest.kind.catalogueKind) else {
            throw PublishError(
                .badName, "the torrent has no manifest that tells what it is", hint: "name it with --name and --license"
            )
        }
        var request = ShareRequest(id: id, licence: manifest.license)
        request.version = manifest.version
        return request
    }

    /// Folders where the files may lie at their paths.
    private static func roots(of metainfo: Metainfo, at place: String) -> [String] {
        metainfo.isSingleFile ? [place] : [place, place + "/" + metainfo.name]
    }

    /// The folder where the files lie at their paths.
    private static func root(of metainfo: Metainfo, at place: String) throws(PublishError) -> String {
        guard let facts = FileFacts(place) else {
            throw PublishError(.localFile, "there is no \(place)", hint: "check the path")
        }
        guard facts.isFolder else {
            throw PublishError(
                .localFile, "\(place) is no folder", hint: "name the folder that has the torrent's files")
        }
        var fewest: (root: String, lacking: [String])?
        for root in roots(of: metainfo, at: place) {
            let lacking = metainfo.payload.compactMap { index -> String? in
                let file = metainfo.files[index]
                let facts = FileFacts(root + "/" + file.path.description)
                if facts?.isFile == true, facts?.size == file.size { return nil }
                return file.path.description + (facts == nil ? " is missing" : " has another size")
            }
            if lacking.isEmpty { return root }
            if lacking.count < fewest?.lacking.count ?? .max { fewest = (root, lacking) }
        }
        let lacking = fewest?.lacking ?? []
        let named = lacking.prefix(4).joined(separator: ", ")
        throw PublishError(
            .localFile,
            "\(fewest?.root ?? place) has not all files of the torrent '\(metainfo.name)': \(named)"
                + (lacking.count > 4 ? ", and \(lacking.count - 4) more" : ""),
            hint: "name the folder that has them, or fetch them with 'shoal get'")
    }

    /// The same, with the manifest put beside the files where the torrent itself has it.
    private func takeRoot(of metainfo: Metainfo, at place: String) throws(PublishError) -> String {
        do {
            return try Self.root(of: metainfo, at: place)
        } catch {
            guard let papers = TorrentPapers(in: metainfo) else { throw error }
            let names = [ModelManifest.fileName, ManifestSignature.fileName]
            let root = Self.roots(of: metainfo, at: place).first { root in
                Self.files(of: metainfo).allSatisfy { FileFacts(root + "/" + $0.description)?.isFile == true }
            }
            guard let root else { throw error }
            for (name, bytes) in zip(names, [papers.manifest, papers.signature]) {
                guard let bytes, FileFacts(root + "/" + name, followingLinks: false) == nil else { continue }
                guard metainfo.payload.contains(where: { metainfo.files[$0].path.description == name }) else {
                    continue
                }
                try PlacedFile.write(bytes, to: root + "/" + name)
            }
            return try Self.root(of: metainfo, at: place)
        }
    }

    /// Has the engine check every byte.
    private func check(_ metainfo: Metainfo, _ root: String) async throws {
        // Nothing is wanted and nobody is asked, so nothing is ever written into the user's files.
        var order = TorrentOrder(
            .metainfo(Announcing.without(metainfo)), folder: FolderPath.folder(of: root))
        order.wanted = Array(repeating: false, count: metainfo.files.count)
        for place in metainfo.payload { order.places[place] = root + "/" + metainfo.files[place].path.description }
        order.isPublic = false
        let torrent = try await engine.add(order)
        do {
            try await waitForCheck(of: torrent, metainfo, root)
        } catch {
            // It must be gone before anybody asks for the same again: one that is there is not checked anew.
            try? await engine.remove(torrent)
            throw error
        }
        try? await engine.remove(torrent)
    }

    private func waitForCheck(of torrent: TorrentID, _ metainfo: Metainfo, _ root: String) async throws {
        while true {
            let status = try await engine.status(of: torrent)
            switch status.phase {
            case .failed:
                throw PublishError(
                    .changed,
                    "the files of '\(metainfo.name)' cannot be checked: \(status.failure ?? "no reason told")",
                    hint: "check who owns the files")
            case .finished, .seeding, .downloading, .paused:
                let pieces = try await engine.pieces(of: torrent)
                guard pieces.isEmpty || pieces.contains(false) else { return }
                throw PublishError(
                    .changed, "the files in \(root) are not those of the torrent '\(metainfo.name)'",
                    hint: "\(pieces.count { !$0 }) of \(pieces.count) pieces differ; fetch it with 'shoal get'")
            case .metadata, .checking: try await Task.sleep(for: .milliseconds(50))
            }
        }
    }
}

extension ModelManifest.Kind {
    package var catalogueKind: CatalogueID.Kind { self == .dataset ? .dataset : .model }
}
