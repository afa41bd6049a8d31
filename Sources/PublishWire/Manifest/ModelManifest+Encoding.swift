internal import HubWire

extension ModelManifest {
    /// The manifest as JSON: the same content gives the same bytes, whatever the order in which it was filled in.
    public func encoded() -> [UInt8] {
        var members = ManifestMembers()
        members.add("schema", Self.schema)
        members.add("kind", kind.rawValue)
        members.add("name", name.description)
        members.add("version", version)
        members.add("revision", revision)
        members.add("description", description)
        members.add("license", license)
        members.add("created_at", UTCTime.text(createdAt))
        members.add("architecture", architecture)
        members.add("model_type", modelType)
        members.add("parameters", parameters)
        members.add("quantization", quantization)
        members.add("quantizations", quantizations)
        members.add("formats", formats)
        members.add("tags", tags)
        members.add("inference_hints", hints.members)
        if let source {
            var inner = ManifestMembers()
            inner.add("endpoint", source.endpoint)
            inner.add("repo", source.repo.description)
            inner.add("commit", source.commit)
            members.add("source", inner)
        }
        members.add("publisher", publisher?.fingerprint)
        members.add("web_seeds", webSeeds)
        members.add("magnet_uri", magnetURI)
        var cids = ManifestMembers()
        for (key, value) in ipfsCIDs.sorted(by: { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }) {
            cids.add(key, value)
        }
        members.add("ipfs_cids", cids)
        members.add("total_size", totalSize)
        let list = files.sorted { $0.path < $1.path }.map { JSONText.object($0.members.list) }
        members.add("files", JSONText.array(list))
        return JSONText.object(members.list).bytes
    }
}

extension ModelManifest.InferenceHints {
    fileprivate var members: ManifestMembers {
        var members = ManifestMembers()
        members.add("min_ram_gb", minRAM)
        members.add("min_vram_gb", minVRAM)
        members.add("recommended_gpu", recommendedGPUs)
        members.add("context_length", contextLength)
        members.add("tokenizer_type", tokenizerType)
        return members
    }
}

extension ModelManifest.File {
    fileprivate var members: ManifestMembers {
        var members = ManifestMembers()
        members.add("path", path.description)
        members.add("size", size)
        members.add("sha256", sha256.map { Hex.encode($0) })
        members.add("git_oid", gitOID.map { Hex.encode($0) })
        members.add("xet_hash", xetHash)
        members.add("pieces_root", piecesRoot.map { Hex.encode($0) })
        return members
    }
}

/// Members of an object; what is nil or holds nothing is left out.
private struct ManifestMembers {
    private(set) var list: [JSONText.Member] = []

    mutating func add(_ key: String, _ value: JSONText) { list.append(JSONText.Member(key, value)) }

    mutating func add(_ key: String, _ text: String?) {
        if let text { add(key, JSONText.string(text)) }
    }

    mutating func add(_ key: String, _ number: Int64?) {
        if let number { add(key, JSONText.integer(number)) }
    }

    mutating func add(_ key: String, _ texts: [String]) {
        if !texts.isEmpty { add(key, JSONText.array(texts.map(JSONText.string))) }
    }

    mutating func add(_ key: String, _ members: ManifestMembers) {
        if !members.list.isEmpty { add(key, JSONText.object(members.list)) }
    }
}
