package import PublishWire

/// The models of this machine that have a torrent: a folder for each version (see ``PublishFolder/registry``).
///
/// Nothing is held in memory, so that several commands can work with it at once: each file is replaced in one step,
/// `entry.json` last, and changes are made one after the other under a lock.
package struct Registry: Sendable {
    package let folder: PublishFolder

    package init(_ folder: PublishFolder) { self.folder = folder }

    /// What the registry holds, and what of it cannot be used: one sentence each.
    package struct Listing: Sendable {
        package var entries: [RegistryEntry] = []
        package var faults: [String] = []
    }

    /// Names of the files of a version.
    package enum Part: String, Sendable, CaseIterable {
        case entry = "entry.json"
        case manifest = "manifest.json"
        case signature = "manifest.sig"
        case torrent = "model.torrent"
        case resume

        var limit: Int {
            switch self {
            case .entry: RegistryEntry.largest
            case .manifest: 64 << 20
            case .signature: DetachedSignature.largest
            case .torrent: Metainfo.largestTorrent
            case .resume: 128 << 20
            }
        }
    }

    /// The folder of a version.
    package func place(of name: ModelName) -> String {
        "\(folder.registry)/\(name.id.folderPath)/\(name.version ?? ModelVersion.usual)"
    }

    package func path(_ part: Part, of entry: RegistryEntry) -> String { "\(place(of: entry.name))/\(part.rawValue)" }

    private var lockFile: String { folder.registry + "/.lock" }

    // Reading.

    /// All versions of all models, by name. Blocks for a moment.
    package func list() throws(PublishError) -> Listing {
        var listing = Listing()
        for name in try names() {
            do throws(PublishError) {
                if let entry = try read(name) { listing.entries.append(entry) }
            } catch {
                listing.faults.append("\(name): \(error.message)")
            }
        }
        return listing
    }

    /// The names that have a folder.
    func names() throws(PublishError) -> [ModelName] {
        var found: [ModelName] = []
        for outer in try PlacedFile.names(in: folder.registry) ?? [] where !outer.hasPrefix(".") {
            for inner in try PlacedFile.names(in: "\(folder.registry)/\(outer)") ?? [] {
                guard let id = CatalogueID(folder: outer, inner) else { continue }
                for version in try PlacedFile.names(in: "\(folder.registry)/\(outer)/\(inner)") ?? []
                where (try? ModelVersion.check(version)) != nil {
                    found.append(ModelName(id, version: version))
                }
            }
        }
        return found
    }

    /// One version; nil when there is none of that name.
    package func read(_ name: ModelName) throws(PublishError) -> RegistryEntry? {
        let path = "\(place(of: name))/\(Part.entry.rawValue)"
        guard FileFacts(path) != nil else { return nil }
        guard let bytes = PlacedFile.read(path, limit: Part.entry.limit) else {
            throw PublishError(.localFile, "cannot read \(path)", hint: "check who owns it")
        }
        let entry = try RegistryEntry(bytes)
        guard entry.id == name.id, entry.version == name.version ?? ModelVersion.usual else {
            throw PublishError(
                .malformed, "\(path) is that of \(entry.name)", hint: "make it anew with 'shoal registry rebuild'")
        }
        return entry
    }

    /// Versions of one model, the latest first.
    package func versions(of id: CatalogueID) throws(PublishError) -> [RegistryEntry] {
        var found: [RegistryEntry] = []
        for version in try PlacedFile.names(in: "\(folder.registry)/\(id.folderPath)") ?? []
        where (try? ModelVersion.check(version)) != nil {
            if let entry = try read(ModelName(id, version: version)) { found.append(entry) }
        }
        return found.sorted { ($0.added, $0.version) > ($1.added, $1.version) }
    }

    /// The version that is named; without one the only, else `main`, else the latest. Nil when there is none.
    package func find(_ id: CatalogueID, version: String? = nil) throws(PublishError) -> RegistryEntry? {
        if let version { return try read(ModelName(id, version: version)) }
        let all = try versions(of: id)
        return all.first { $0.version == ModelVersion.usual } ?? all.first
    }

    /// The entry with an info hash, whichever of its two is asked for.
    package func find(hash: [UInt8]) throws(PublishError) -> RegistryEntry? {
        try list().entries.first { entry in
            entry.hashes.v1 == hash || entry.hashes.v2 == hash || entry.hashes.short == hash
        }
    }

    /// A file of a version; nil when it has none.
    package func bytes(_ part: Part, of entry: RegistryEntry) -> [UInt8]? {
        PlacedFile.read(path(part, of: entry), limit: part.limit)
    }

    /// The torrent of a version, checked to be the one that its entry names.
    package func metainfo(of entry: RegistryEntry) throws(PublishError) -> Metainfo {
        guard let bytes = bytes(.torrent, of: entry) else {
            throw PublishError(
                .localFile, "the torrent of \(entry.name) cannot be read",
                hint: "make it anew with 'shoal share \(entry.name)'")
        }
        let metainfo = try Metainfo(bytes)
        guard metainfo.hashes == entry.hashes else {
            throw PublishError(
                .changed, "the torrent of \(entry.name) is another than its entry says",
                hint: "make the entry anew with 'shoal registry rebuild'")
        }
        return metainfo
    }

    // Changing.

    /// Puts a version in, in place of one with the same name.
    package func add(
        _ entry: RegistryEntry, torrent: [UInt8], manifest: [UInt8]? = nil, signature: [UInt8]? = nil
    ) async throws(PublishError) {
        let lock = try await PlaceLock.acquire(lockFile)
        defer { withExtendedLifetime(lock) {} }
        let entryFile = path(.entry, of: entry)
        if let old = try? read(entry.name), old.hashes != entry.hashes {
            // The old entry stays until the new one takes its place: it alone knows whether the model is public. While the
            // torrent is not the entry's nothing is given.
            try PlacedFile.remove(path(.resume, of: entry))
        }
        for (part, bytes) in [(Part.manifest, manifest), (.signature, signature), (.torrent, torrent)] {
            if let bytes { try PlacedFile.write(bytes, to: path(part, of: entry)) }
        }
        if manifest != nil, signature == nil { try PlacedFile.remove(path(.signature, of: entry)) }
        try PlacedFile.write(torrent, to: torrentCopy(of: entry.name))
        try PlacedFile.write(try entry.encoded(), to: entryFile)
    }

    /// Changes one version's entry, as it is at that moment.
    /// - Returns: what it is now.
    @discardableResult
    package func update(
        _ name: ModelName, _ change: @Sendable (inout RegistryEntry) -> Void
    ) async throws(PublishError) -> RegistryEntry {
        let lock = try await PlaceLock.acquire(lockFile)
        defer { withExtendedLifetime(lock) {} }
        guard var entry = try find(name.id, version: name.version) else { throw .unknown(name) }
        let (id, version) = (entry.id, entry.version)
        change(&entry)
        (entry.id, entry.version) = (id, version)
        try PlacedFile.write(try entry.encoded(), to: path(.entry, of: entry))
        return entry
    }

    /// Keeps the manifest of a version that has no files here yet; an entry that is there stays as it is.
    /// - Returns: where it lies.
    package func keep(
        manifest: [UInt8], signature: [UInt8]?, of name: ModelName
    ) async throws(PublishError) -> String {
        let lock = try await PlaceLock.acquire(lockFile)
        defer { withExtendedLifetime(lock) {} }
        guard try read(name) == nil else {
            throw PublishError(
                .versionExists, "\(name) is in the registry already, with other files",
                hint: "'shoal registry export \(name)' shows its manifest")
        }
        let path = "\(place(of: name))/\(Part.manifest.rawValue)"
        try PlacedFile.write(manifest, to: path)
        if let signature { try PlacedFile.write(signature, to: "\(place(of: name))/\(Part.signature.rawValue)") }
        return path
    }

    /// The manifest of a version, whether it has files here or not.
    package func manifest(of name: ModelName) throws(PublishError) -> (manifest: [UInt8], signature: [UInt8]?)? {
        let name = try find(name.id, version: name.version)?.name ?? name
        let place = place(of: name)
        guard let manifest = PlacedFile.read("\(place)/\(Part.manifest.rawValue)", limit: Part.manifest.limit) else {
            return nil
        }
        return (manifest, PlacedFile.read("\(place)/\(Part.signature.rawValue)", limit: Part.signature.limit))
    }

    /// Takes a version out. The model's own files stay.
    package func remove(_ name: ModelName) async throws(PublishError) {
        let lock = try await PlaceLock.acquire(lockFile)
        defer { withExtendedLifetime(lock) {} }
        guard let entry = try find(name.id, version: name.version) else { throw .unknown(name) }
        for part in Part.allCases { try PlacedFile.remove(path(part, of: entry)) }
        try PlacedFile.remove(torrentCopy(of: entry.name))
        for place in [place(of: entry.name), FolderPath.folder(of: torrentCopy(of: entry.name))] {
            PlacedFile.removeEmptyFolders(from: place, below: [folder.registry, folder.torrents])
        }
    }

    /// Keeps what spares a check of the files after a restart. Best effort.
    package func keep(resumeData: [UInt8], of entry: RegistryEntry) {
        guard FileFacts(path(.entry, of: entry)) != nil else { return }
        try? PlacedFile.write(resumeData, to: path(.resume, of: entry))
    }

    /// Where other programs find the torrent.
    package func torrentCopy(of name: ModelName) -> String {
        "\(folder.torrents)/\(name.id.folderPath)/\(name.version ?? ModelVersion.usual).torrent"
    }
}

extension PublishError {
    /// A name that nothing on this machine has.
    package static func unknown(_ name: ModelName) -> PublishError {
        PublishError(
            .unknownModel, "there is no \(name) in the registry",
            hint: "'shoal list' shows what there is; 'shoal registry rebuild' looks for more")
    }
}
