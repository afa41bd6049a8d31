internal import HubWire

extension ModelManifest {
    /// Reads a manifest. Fields that are not known are left out; whoever checks a signature needs the bytes themselves.
    public init(json: [UInt8]) throws(PublishError) {
        self = try ManifestReader.read(json, isSilmaril: false)
    }

    /// Reads a `.silmaril.json`. Its files may lack hashes: see ``isPartial``. Its signature is not looked at, for
    /// nobody knows whose it would be.
    public static func silmaril(json: [UInt8]) throws(PublishError) -> ModelManifest {
        try ManifestReader.read(json, isSilmaril: true)
    }
}

/// Collects the fields of a manifest.
private struct ManifestReader {
    let isSilmaril: Bool
    private var schema: String?
    private var name: RepoID?
    private var license: String?
    private var createdAt: Int64?
    private var totalSize: Int64?
    private var files: [ModelManifest.File]?
    private var names = TreeNames()
    /// What is set without a check of its own.
    private var rest: ModelManifest

    static func read(_ json: [UInt8], isSilmaril: Bool) throws(PublishError) -> ModelManifest {
        guard json.count <= ModelManifest.largest else {
            throw PublishError(
                .tooLarge, "the manifest has \(json.count) bytes, \(ModelManifest.largest) are allowed")
        }
        guard let placeholder = RepoID("none/none") else { throw PublishError(.malformed, "the manifest has no name") }
        var reader = ManifestReader(
            isSilmaril: isSilmaril, rest: ModelManifest(name: placeholder, license: "", createdAt: 0, files: []))
        for name in [ModelManifest.fileName, ManifestSignature.fileName] {
            try reader.names.insert(try TorrentPath([name]))
        }
        do throws(PublishError) {
            var text = JSONReader(json, what: "manifest")
            try text.object { key, text throws(PublishError) in try reader.take(key, &text) }
            try text.finish()
            return try reader.manifest()
        } catch {
            // What is wrong with Silmaril's manifest by Shoal's rules helps nobody.
            guard !isSilmaril, reader.schema == nil, looksLikeSilmaril(json) else { throw error }
            throw noSchema
        }
    }

    private static var noSchema: PublishError {
        PublishError(
            .missing, "the manifest names no schema",
            hint: "if it is Silmaril's, take it in with 'shoal registry import'")
    }

    /// Whether it is a whole object without a schema.
    private static func looksLikeSilmaril(_ json: [UInt8]) -> Bool {
        var text = JSONReader(json, what: "manifest")
        var hasSchema = false
        do throws(PublishError) {
            try text.object { key, text throws(PublishError) in
                if key == "schema" { hasSchema = true }
                try text.skip()
            }
            try text.finish()
            return !hasSchema
        } catch {
            return false
        }
    }

    private init(isSilmaril: Bool, rest: ModelManifest) {
        self.isSilmaril = isSilmaril
        self.rest = rest
    }

    private mutating func take(_ key: String, _ text: inout JSONReader) throws(PublishError) {
        guard try !text.takeNull() else { return }
        switch key {
        case "schema": schema = try text.line()
        case "kind":
            guard let kind = ModelManifest.Kind(rawValue: try text.line()) else {
                throw text.fault(.unsupported, "is neither model nor dataset", hint: "update Shoal")
            }
            rest.kind = kind
        case "name": name = try takeName(&text)
        case "version": rest.version = try text.line()
        case "revision": rest.revision = try text.commit()
        case "description": rest.description = try text.paragraphs()
        case "license": license = try text.line()
        case "created_at":
            guard let time = UTCTime.seconds(try text.line()) else { throw text.wrong("is no time of RFC 3339") }
            createdAt = time
        case "architecture": rest.architecture = try text.optionalLine()
        case "model_type": rest.modelType = try text.optionalLine()
        case "parameters": rest.parameters = try text.count(atMost: ModelManifest.mostParameters)
        case "quantization": rest.quantization = try text.optionalLine()
        case "quantizations": rest.quantizations = try text.lines()
        case "formats": rest.formats = try text.lines()
        case "tags": rest.tags = try text.lines()
        case "inference_hints": rest.hints = try text.hints()
        case "total_size": totalSize = try text.count(atMost: Metainfo.largestSize)
        case "source": rest.source = try text.source()
        case "web_seeds": rest.webSeeds = try text.webSeeds()
        case "publisher":
            guard let key = PublisherKey(fingerprint: try text.line()) else { throw text.wrong("is no key") }
            rest.publisher = key
        case "files": try takeFiles(&text)
        case "magnet_uri": rest.magnetURI = try text.magnet()
        case "ipfs_cids":
            try text.object { key, text throws(PublishError) in rest.ipfsCIDs[key] = try text.line() }
        default: try text.skip()
        }
    }

    private func takeName(_ text: inout JSONReader) throws(PublishError) -> RepoID {
        let line = try text.line()
        guard let name = RepoID(line), name.namespace != nil || isSilmaril else {
            throw text.wrong("is not org/name: \(line.quoted)")
        }
        return name
    }

    private mutating func takeFiles(_ text: inout JSONReader) throws(PublishError) {
        var found: [ModelManifest.File] = []
        var total: Int64 = 0
        try text.array { text throws(PublishError) in
            guard found.count < ModelManifest.mostFiles else {
                throw text.fault(.tooLarge, "is one file too many; \(ModelManifest.mostFiles) are allowed")
            }
            let file = try text.file(needsHash: !isSilmaril)
            // Each is at most a PiB, so the sum cannot overflow before this sees it.
            total += file.size
            guard total <= Metainfo.largestSize else { throw text.fault(.tooLarge, "makes all files more than 1 PiB") }
            try names.insert(file.path)
            found.append(file)
        }
        files = found
    }

    private func manifest() throws(PublishError) -> ModelManifest {
        if !isSilmaril {
            guard let schema else { throw Self.noSchema }
            guard schema == ModelManifest.schema else {
                throw PublishError(
                    .unsupported, "the manifest has the schema \(schema.quoted), which is not known",
                    hint: "update Shoal")
            }
        }
        guard let license, !license.isEmpty else {
            throw PublishError(
                .missingLicense, "the manifest names no licence",
                hint: "its publisher has to state one; nobody may pass the files on without")
        }
        guard let name else { throw PublishError(.missing, "the manifest has no name") }
        guard let createdAt = createdAt ?? (isSilmaril ? 0 : nil) else {
            throw PublishError(.missing, "the manifest does not say when it was made")
        }
        guard let files = files ?? (isSilmaril ? [] : nil), isSilmaril || !files.isEmpty else {
            throw PublishError(.missing, "the manifest lists no files")
        }
        var manifest = rest
        manifest.name = name
        manifest.license = license
        manifest.createdAt = createdAt
        manifest.files = files.sorted { $0.path < $1.path }
        guard isSilmaril || totalSize == manifest.totalSize else {
            throw PublishError(.inconsistent, "the manifest's files do not add up to its total_size")
        }
        return manifest
    }
}
