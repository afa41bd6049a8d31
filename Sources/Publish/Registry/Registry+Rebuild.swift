package import PublishWire

/// Finding again what is on this machine.
extension Registry {
    package struct Rebuild: Sendable {
        /// Entries that were in order.
        package var kept: [RegistryEntry] = []
        /// Entries that were made anew from their torrents.
        package var restored: [RegistryEntry] = []
        /// Of those, the ones of which nothing tells any more whether others may have them: they are given to nobody.
        package var resting: [RegistryEntry] = []
        /// Versions whose files were not found, one sentence each.
        package var faults: [String] = []
        /// Folders below the models that have no entry, with what is known of them.
        package var candidates: [Candidate] = []

        package init() {}
    }

    /// A folder that could be shared.
    package struct Candidate: Sendable, Hashable {
        package var id: CatalogueID
        /// As the folder's name says; nil for the usual one.
        package var version: String?
        package var folder: String
        package var size: Int64
        /// Whether it is a snapshot in a Hugging Face cache.
        package var isCached: Bool

        package init(id: CatalogueID, version: String? = nil, folder: String, size: Int64, isCached: Bool) {
            self.id = id
            self.version = version
            self.folder = folder
            self.size = size
            self.isCached = isCached
        }
    }

    /// Makes entries that are missing or damaged anew from the torrents beside them, wherever their files are now, and
    /// looks for models that have none.
    /// - Parameter caches: Hugging Face caches.
    package func rebuild(caches: [String]) async throws(PublishError) -> Rebuild {
        var result = Rebuild()
        for name in try names() {
            let entry = try? read(name)
            let torrentFile = "\(place(of: name))/\(Part.torrent.rawValue)"
            let torrent = PlacedFile.read(torrentFile, limit: Part.torrent.limit)
            guard let torrent, let metainfo = try? Metainfo(torrent) else {
                if entry != nil || FileFacts(torrentFile) != nil {
                    result.faults.append("\(name): its torrent is missing or damaged; share it again")
                }
                continue
            }
            if let entry, entry.hashes == metainfo.hashes, entry.missing(in: metainfo, limit: 1).isEmpty {
                result.kept.append(entry)
                continue
            }
            guard var found = locate(name, metainfo, caches: caches, like: entry) else {
                result.faults.append(
                    "\(name): its files are neither among the models nor in a cache; if they are elsewhere: "
                        + "'shoal share \(torrentCopy(of: name)) FOLDER', else 'shoal get \(name)'")
                continue
            }
            let papers = PlacedFile.read("\(place(of: name))/\(Part.manifest.rawValue)", limit: Part.manifest.limit)
            let signature = PlacedFile.read(
                "\(place(of: name))/\(Part.signature.rawValue)", limit: Part.signature.limit)
            describe(&found, by: papers, signature, hasOrigin: entry != nil)
            try await add(found, torrent: torrent, manifest: papers, signature: signature)
            result.restored.append(found)
            if entry == nil { result.resting.append(found) }
        }
        result.candidates = try candidates(caches: caches)
        return result
    }

    /// Notes what a manifest and its signature tell of a model.
    /// - Parameter hasOrigin: whether it is known how the model came here.
    func describe(_ entry: inout RegistryEntry, by papers: [UInt8]?, _ signature: [UInt8]?, hasOrigin: Bool) {
        let manifest = papers.flatMap { try? ModelManifest(json: $0) }
        if let manifest {
            (entry.licence, entry.modelType, entry.formats) = (
                manifest.license, manifest.modelType, manifest.formats
            )
        }
        var publisher: PublisherKey?
        if let papers, let signature, let signed = try? ManifestSignature(json: signature),
            (try? signed.check(papers)) != nil
        {
            publisher = signed.identity
            entry.publisher = signed.identity.fingerprint
        }
        guard !hasOrigin, FolderPath.contains(folder.models, entry.folder) else { return }
        // Below the models lies what was brought from elsewhere. Only what the user's own key has signed was published
        // from here: then it is the copy of a hub's repository.
        let isOwn = publisher != nil && publisher == (try? PublisherKeys.load(folder))?.identity
        entry.origin = isOwn ? (manifest?.source != nil ? .mirrored : .shared) : .got
    }

    /// Looks for the files of a torrent where models lie.
    private func locate(
        _ name: ModelName, _ metainfo: Metainfo, caches: [String], like old: RegistryEntry?
    ) -> RegistryEntry? {
        var folders = old.map { [$0.folder] } ?? []
        // Of several versions with files of the same sizes each has a folder of its own name.
        folders.append("\(folder.models)/\(name.id.folderPath)@\(name.version ?? ModelVersion.usual)")
        folders.append("\(folder.models)/\(name.id.folderPath)")
        folders.append("\(folder.models)/\(name.id.folderPath)/\(name.version ?? ModelVersion.usual)")
        for cache in caches {
            let snapshots = "\(cache)/\(name.id.cacheFolder)/snapshots"
            for commit in (try? PlacedFile.names(in: snapshots)) ?? [] { folders.append("\(snapshots)/\(commit)") }
        }
        for root in folders where FileFacts(root)?.isFolder == true {
            var entry = RegistryEntry(
                id: name.id, version: name.version ?? ModelVersion.usual, origin: old?.origin ?? .shared, folder: root,
                hashes: metainfo.hashes, size: metainfo.payloadSize, fileCount: metainfo.payload.count,
                added: old?.added ?? Clock.now)
            for (file, part) in [(ModelManifest.fileName, Part.manifest), (ManifestSignature.fileName, .signature)]
            where FileFacts(root + "/" + file) == nil && FileFacts(path(part, of: entry)) != nil {
                entry.places[file] = path(part, of: entry)
            }
            guard entry.missing(in: metainfo, limit: 1).isEmpty, !isOfAnother(root, entry) else { continue }
            entry.seeds = old?.seeds ?? false
            // Also where the old entry is older than this rule.
            entry.isPublic = (old?.isPublic ?? false) && !metainfo.isPrivate
            entry.limits = old?.limits ?? RegistryEntry.Limits()
            entry.source = old?.source
            return entry
        }
        return nil
    }

    /// Whether the manifest in a folder is that of another version, whose files may have the same sizes.
    private func isOfAnother(_ root: String, _ entry: RegistryEntry) -> Bool {
        guard let own = bytes(.manifest, of: entry),
            let there = PlacedFile.read("\(root)/\(ModelManifest.fileName)", limit: Part.manifest.limit)
        else { return false }
        return own != there
    }

    /// Folders of models, and snapshots in caches, that no entry speaks of.
    package func candidates(caches: [String]) throws(PublishError) -> [Candidate] {
        let known = Set(try list().entries.map { FolderPath.real($0.folder) ?? $0.folder })
        var found: [Candidate] = []
        func add(_ id: CatalogueID, _ version: String?, _ path: String, isCached: Bool) {
            guard let real = FolderPath.real(path), !known.contains(real),
                let content = try? FolderWalk.look(at: path, caches: caches).content, !content.files.isEmpty
            else { return }
            found.append(Candidate(id: id, version: version, folder: path, size: content.size, isCached: isCached))
        }
        for outer in try PlacedFile.names(in: folder.models) ?? [] {
            for inner in try PlacedFile.names(in: "\(folder.models)/\(outer)") ?? [] {
                let parts = inner.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
                guard let id = CatalogueID(folder: outer, parts[0]) else { continue }
                let version = parts.count == 2 ? parts[1] : nil
                guard version.map({ (try? ModelVersion.check($0)) != nil }) ?? true else { continue }
                add(id, version, "\(folder.models)/\(outer)/\(inner)", isCached: false)
            }
        }
        for cache in caches {
            for name in try PlacedFile.names(in: cache) ?? [] {
                guard let id = CatalogueID(cacheFolder: name) else { continue }
                for commit in try PlacedFile.names(in: "\(cache)/\(name)/snapshots") ?? [] {
                    add(id, nil, "\(cache)/\(name)/snapshots/\(commit)", isCached: true)
                }
            }
        }
        return found
    }
}

extension CatalogueID {
    /// Its folder in a Hugging Face cache.
    package var cacheFolder: String { "\(kind.rawValue)s--\(namespace)--\(name)" }

    /// Reads the name of a folder in a Hugging Face cache; nil for other folders.
    package init?(cacheFolder name: String) {
        for kind in Kind.allCases where name.hasPrefix("\(kind.rawValue)s--") {
            let parts = name.dropFirst(kind.rawValue.count + 3).split(separator: "--", omittingEmptySubsequences: false)
            guard parts.count == 2 else { return nil }
            self.init("\(parts[0])/\(parts[1])", kind: kind)
            return
        }
        return nil
    }
}
