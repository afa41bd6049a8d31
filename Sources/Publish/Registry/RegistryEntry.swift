package import PublishWire

/// One version of a model on this machine that has a torrent.
package struct RegistryEntry: Sendable, Hashable {
    /// How it came here.
    package enum Origin: String, Sendable, Hashable, CaseIterable {
        /// The user published it.
        case shared
        /// It was fetched from peers.
        case got
        /// It was copied from a hub.
        case mirrored
    }

    /// Limits of its own; nil is what the settings say.
    package struct Limits: Sendable, Hashable {
        /// Bytes per second.
        package var upload: Int?
        package var seedRatio: Double?
        /// Seconds.
        package var seedTime: Int?

        package init(upload: Int? = nil, seedRatio: Double? = nil, seedTime: Int? = nil) {
            self.upload = upload
            self.seedRatio = seedRatio
            self.seedTime = seedTime
        }
    }

    /// A repository of a hub that has the same files.
    package struct Source: Sendable, Hashable {
        /// Its address, without a slash at the end.
        package var hub: String
        package var repo: String
        package var commit: String

        package init(hub: String, repo: String, commit: String) {
            self.hub = hub
            self.repo = repo
            self.commit = commit
        }
    }

    package var id: CatalogueID
    package var version: String
    package var origin: Origin
    /// The folder where its files lie, at their paths in the torrent.
    package var folder: String
    /// Whether all of the folder is shared. Of a single file the folder around it is nobody's business.
    package var isWholeFolder = true
    /// Files that lie elsewhere: absolute paths by path in the torrent (below its own folder).
    package var places: [String: String] = [:]
    package var hashes: InfoHashes
    /// Bytes of all files, and how many there are, without pads.
    package var size: Int64
    package var fileCount: Int
    /// Seconds since 1970.
    package var added: Int64
    /// When its files were last hashed, in nanoseconds since 1970; nil when nobody knows.
    package var hashedAt: Int64?
    /// Whether the agent gives it to others.
    package var seeds = true
    /// Whether the DHT, PEX and the catalogue may know of it.
    package var isPublic = true
    package var limits = Limits()
    package var licence: String?
    /// What the publisher says it is, such as `llama`.
    package var modelType: String?
    /// `safetensors`, `gguf`, …
    package var formats: [String] = []
    /// The fingerprint of who signed the manifest; nil when nobody did.
    package var publisher: String?
    package var source: Source?

    package init(
        id: CatalogueID, version: String, origin: Origin, folder: String, hashes: InfoHashes, size: Int64,
        fileCount: Int, added: Int64
    ) {
        self.id = id
        self.version = version
        self.origin = origin
        self.folder = folder
        self.hashes = hashes
        self.size = size
        self.fileCount = fileCount
        self.added = added
    }

    package var name: ModelName { ModelName(id, version: version) }

    /// Where a file of the torrent lies.
    package func place(of path: TorrentPath) -> String {
        places[path.description] ?? folder + "/" + path.description
    }

    /// Where each file of the torrent lies, by its place in the metainfo, pads left out: for ``TorrentOrder/places``.
    package func places(in metainfo: Metainfo) -> [Int: String] {
        var found: [Int: String] = [:]
        for place in metainfo.payload { found[place] = self.place(of: metainfo.files[place].path) }
        return found
    }

    /// The files that are missing or of another size, up to `limit`. Blocks for a moment.
    package func missing(in metainfo: Metainfo, limit: Int = 8) -> [String] {
        var missing: [String] = []
        for place in metainfo.payload where missing.count < limit {
            let file = metainfo.files[place]
            let facts = FileFacts(self.place(of: file.path))
            if facts?.isFile != true || facts?.size != file.size { missing.append(file.path.description) }
        }
        return missing
    }
}
