internal import HubWire
internal import PublishWire

/// Taking in a manifest.
extension Sharer {
    /// What became of a manifest.
    package enum Imported: Sendable {
        /// All its files are here and are what it says: they can be given to others now.
        case shared(ShareResult)
        /// It was kept; of its files some are not here, or it names none.
        case kept(ModelName, missing: [String], path: String)
    }

    /// Takes in a manifest of Shoal or Silmaril. The files it names are looked for beside it, among the models and in
    /// the caches; when all are there, each is compared with its hashes and the whole gets a torrent.
    /// - Parameters:
    ///   - path: of the file; a signature may lie beside it.
    ///   - licence: for manifests that name none that can be used.
    package func takeIn(
        manifest path: String, caches: [String], isPublic: Bool, signs: Bool, licence: String? = nil
    ) async throws -> Imported {
        guard let bytes = PlacedFile.read(path, limit: ModelManifest.largest) else {
            throw PublishError(.localFile, "cannot read \(path)", hint: "check that it is a manifest of up to 64 MiB")
        }
        let isSilmaril = (try? ModelManifest(json: bytes)) == nil && Self.looksLikeSilmaril(bytes)
        var manifest = isSilmaril ? try ModelManifest.silmaril(json: bytes) : try ModelManifest(json: bytes)
        if let licence { manifest.license = licence }
        let signature = isSilmaril ? nil : Self.signature(beside: path)
        if let signature { try ManifestSignature(json: signature).check(bytes) }
        let name = try Self.name(of: manifest, at: path)
        guard let content = Self.content(of: manifest, name, path: path, models: registry.folder.models, caches: caches)
        else { return try await keep(bytes, signature, manifest, as: name) }
        try await permits(CacheFolders.repositories(of: content.files, caches: caches))

        var request = ShareRequest(id: name.id, licence: try LicenceName.check(manifest.license))
        request.version = name.version ?? ModelVersion.usual
        request.isPublic = isPublic
        request.signs = signs
        request.description = manifest.description.isEmpty ? nil : manifest.description
        request.tags = manifest.tags
        request.webSeeds = manifest.webSeeds
        request.created = manifest.createdAt > 0 ? manifest.createdAt : nil
        if !isSilmaril, licence == nil {
            let publisher = try signature.map { text throws(PublishError) in try ManifestSignature(json: text).identity
            }
            return .shared(
                try await adopt(content, manifest, papers: (bytes, signature), publisher: publisher, as: request))
        }
        var expected: [String: String] = [:]
        for file in manifest.files { expected[file.path.description] = file.sha256.map(Hexadecimal.encode) }
        return .shared(
            try await share(
                content, as: request, facts: Self.facts(manifest), expecting: expected, from: .manifest))
    }

    /// The files here that a manifest names, if all are there; those of a Silmaril manifest without a list are what lies
    /// beside it.
    static func content(
        of manifest: ModelManifest, _ name: ModelName, path: String, models: String, caches: [String]
    ) -> ShareContent? {
        var folders = [FolderPath.folder(of: path), "\(models)/\(name.id.folderPath)"]
        for cache in caches {
            let snapshots = "\(cache)/\(name.id.cacheFolder)/snapshots"
            if let commit = manifest.source?.commit ?? manifest.revision { folders.append("\(snapshots)/\(commit)") }
        }
        guard !manifest.files.isEmpty else {
            let content = try? FolderWalk.look(at: folders[0], caches: caches).content
            return content?.files.contains { $0.path.name == "config.json" } == true ? content : nil
        }
        for folder in folders where FileFacts(folder)?.isFolder == true {
            let files = manifest.files.map {
                ShareContent.File(path: $0.path, source: folder + "/" + $0.path.description, size: $0.size)
            }
            let isWhole = files.allSatisfy { file in
                let facts = FileFacts(file.source)
                return facts?.isFile == true && facts?.size == file.size && isInside(folder, file.source, caches)
            }
            if isWhole { return ShareContent(root: folder, files: files) }
        }
        return nil
    }

    /// Whether a file that a manifest names is one of the folder's own; a manifest must not publish others through links.
    private static func isInside(_ folder: String, _ path: String, _ caches: [String]) -> Bool {
        guard let real = FolderPath.real(path) else { return false }
        return ([folder] + caches).compactMap { FolderPath.real($0) }.contains { FolderPath.contains($0, real) }
    }

    private func keep(
        _ bytes: [UInt8], _ signature: [UInt8]?, _ manifest: ModelManifest, as name: ModelName
    ) async throws(PublishError) -> Imported {
        try registry.folder.prepare()
        let missing = manifest.files.map(\.path.description)
        let path = try await registry.keep(manifest: bytes, signature: signature, of: name)
        return .kept(name, missing: missing, path: path)
    }

    private static func name(of manifest: ModelManifest, at path: String) throws(PublishError) -> ModelName {
        let kind = manifest.kind.catalogueKind
        // Silmaril sometimes has only the second half; the folder that the manifest lies in tells the first.
        let folder = FolderPath.folder(of: path)
        let outer = FolderPath.name(of: FolderPath.folder(of: folder))
        let id =
            CatalogueID(manifest.name.description, kind: kind)
            ?? CatalogueID("\(outer)/\(manifest.name.description)", kind: kind)
        guard let id else {
            throw PublishError(
                .badName, "the manifest's name '\(manifest.name)' is not ORG/NAME", hint: "correct it in the manifest")
        }
        let version = manifest.version.isEmpty ? ModelVersion.usual : manifest.version
        try ModelVersion.check(version)
        return ModelName(id, version: version)
    }

    private static func facts(_ manifest: ModelManifest) -> ManifestFacts {
        var facts = ManifestFacts()
        facts.architecture = manifest.architecture
        facts.modelType = manifest.modelType
        facts.parameters = manifest.parameters
        facts.contextLength = manifest.hints.contextLength
        facts.tokenizerType = manifest.hints.tokenizerType
        if let quantization = manifest.quantization { facts.quantizations = [quantization] }
        facts.take(files: manifest.files.map { ($0.path.description, $0.size) })
        return facts
    }

    private static func signature(beside path: String) -> [UInt8]? {
        let stem = path.hasSuffix(".json") ? String(path.dropLast(5)) : path
        return PlacedFile.read(stem + ".sig", limit: ManifestSignature.largest)
    }

    /// Silmaril's manifests have no schema.
    private static func looksLikeSilmaril(_ bytes: [UInt8]) -> Bool {
        (try? ModelManifest.silmaril(json: bytes)) != nil
            && !String(decoding: bytes, as: UTF8.self).contains("\"schema\"")
    }
}
