internal import HubWire

/// The kinds of fields that a manifest has.
extension JSONReader {
    /// One line of text.
    mutating func line() throws(PublishError) -> String {
        let text = try string(limit: ModelManifest.longestText)
        guard !text.unicodeScalars.contains(where: \.isUnprintable) else { throw wrong("holds control characters") }
        return text
    }

    mutating func optionalLine() throws(PublishError) -> String? {
        let text = try line()
        return text.isEmpty ? nil : text
    }

    /// Text of several lines.
    mutating func paragraphs() throws(PublishError) -> String {
        let text = try string(limit: ModelManifest.longestDescription)
        guard !text.unicodeScalars.contains(where: { $0.isUnprintable && !["\n", "\r", "\t"].contains($0) }) else {
            throw wrong("holds control characters")
        }
        return text
    }

    mutating func lines() throws(PublishError) -> [String] {
        var lines: [String] = []
        try array { text throws(PublishError) in
            guard lines.count < ModelManifest.mostTags else {
                throw text.fault(.tooLarge, "is one too many; \(ModelManifest.mostTags) are allowed")
            }
            lines.append(try text.line())
        }
        return lines
    }

    mutating func count(atMost most: Int64) throws(PublishError) -> Int64 {
        let number = try integer()
        guard number >= 0, number <= most else { throw wrong("is \(number), which is out of range") }
        return number
    }

    /// The lower-case name of a commit.
    mutating func commit() throws(PublishError) -> String {
        Hex.encode(try hash(of: 20, "a commit"))
    }

    mutating func hash(of size: Int, _ name: String) throws(PublishError) -> [UInt8] {
        guard let bytes = Hex.decode(try line(), count: size) else {
            throw wrong("is not \(name), which has \(2 * size) hexadecimal digits")
        }
        return bytes
    }

    mutating func hints() throws(PublishError) -> ModelManifest.InferenceHints {
        var hints = ModelManifest.InferenceHints()
        try object { key, text throws(PublishError) in
            guard try !text.takeNull() else { return }
            switch key {
            case "min_ram_gb": hints.minRAM = try text.count(atMost: 1 << 32)
            case "min_vram_gb": hints.minVRAM = try text.count(atMost: 1 << 32)
            case "recommended_gpu": hints.recommendedGPUs = try text.lines()
            case "context_length": hints.contextLength = try text.count(atMost: 1 << 40)
            case "tokenizer_type": hints.tokenizerType = try text.optionalLine()
            default: try text.skip()
            }
        }
        return hints
    }

    mutating func source() throws(PublishError) -> ModelManifest.Source {
        var endpoint: String?
        var repo: RepoID?
        var commit: String?
        try object { key, text throws(PublishError) in
            switch key {
            case "endpoint":
                let url = try text.string(limit: Metainfo.longestURL)
                guard WebAddress.isValid(url) else { throw text.wrong("is no address of a hub") }
                endpoint = url
            case "repo": repo = RepoID(try text.line())
            case "commit": commit = try text.commit()
            default: try text.skip()
            }
        }
        guard let endpoint, let repo, let commit else { throw wrong("lacks endpoint, repo or commit") }
        return ModelManifest.Source(endpoint: endpoint, repo: repo, commit: commit)
    }

    /// Addresses; those of other schemes are left out.
    mutating func webSeeds() throws(PublishError) -> [String] {
        var urls = UniqueURLs(schemes: WebAddress.ofFiles, limit: ModelManifest.mostTags)
        try array { text throws(PublishError) in urls.insert(try text.string(limit: Metainfo.longestURL)) }
        return urls.kept
    }

    mutating func magnet() throws(PublishError) -> String? {
        let text = try string(limit: MagnetLink.longest)
        return text.isEmpty ? nil : try MagnetLink(text).description
    }

    mutating func file(needsHash: Bool) throws(PublishError) -> ModelManifest.File {
        var path: TorrentPath?
        var size: Int64?
        var sha256: [UInt8]?
        var gitOID: [UInt8]?
        var xetHash: String?
        var piecesRoot: [UInt8]?
        try object { key, text throws(PublishError) in
            guard try !text.takeNull() else { return }
            switch key {
            case "path": path = try TorrentPath(try text.string(limit: TorrentPath.longestPath))
            case "size": size = try text.count(atMost: Metainfo.largestSize)
            case "sha256":
                // Silmaril writes an empty one for large files.
                if !needsHash, try text.takeEmptyText() { return }
                sha256 = try text.hash(of: 32, "a SHA-256")
            case "git_oid": gitOID = try text.hash(of: 20, "a git blob's SHA-1")
            case "xet_hash": xetHash = Hex.encode(try text.hash(of: 32, "a Xet hash"))
            case "pieces_root": piecesRoot = try text.hash(of: 32, "a pieces root")
            default: try text.skip()
            }
        }
        guard let path, let size else { throw wrong("lacks its path or size") }
        guard sha256 != nil || !needsHash else {
            throw fault(
                .missing, "lacks its sha256: \(path.description.quoted)",
                hint: "without it nobody can tell whether the file is right; publish it again with Shoal")
        }
        var file = ModelManifest.File(path: path, size: size, sha256: sha256)
        file.gitOID = gitOID
        file.xetHash = xetHash
        file.piecesRoot = piecesRoot
        return file
    }

    /// Consumes `""`, if it comes next.
    private mutating func takeEmptyText() throws(PublishError) -> Bool {
        let before = self
        if try kind() == .string, try string(limit: ModelManifest.longestText).isEmpty { return true }
        self = before
        return false
    }
}
