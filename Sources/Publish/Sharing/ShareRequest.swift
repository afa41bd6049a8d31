package import PublishWire
package import Torrents

/// What a model is to be published as.
package struct ShareRequest: Sendable {
    package var id: CatalogueID
    package var version = ModelVersion.usual
    package var licence: String
    package var description: String?
    package var tags: [String] = []
    package var trackers: [String] = []
    package var webSeeds: [String] = []
    package var format = TorrentPlan.Format.hybrid
    /// Nil is chosen by size.
    package var pieceLength: Int?
    package var signs = true
    /// Whether the DHT, PEX and the catalogue may know of it.
    package var isPublic = true
    /// Whether the agent gives it to others.
    package var seeds = true
    package var origin = RegistryEntry.Origin.shared
    /// The folder that other clients make; by default the second half of the name.
    package var torrentName: String?
    /// When the content was made, in seconds since 1970; by default the latest change of its files.
    package var created: Int64?

    package init(id: CatalogueID, licence: String) {
        self.id = id
        self.licence = licence
    }
}

/// The files that are published.
package struct ShareContent: Sendable {
    package struct File: Sendable, Hashable {
        package var path: TorrentPath
        /// Where it lies, absolute.
        package var source: String
        package var size: Int64
        /// Git's id of it, 20 bytes, for what a hub keeps in git itself.
        package var gitOID: [UInt8]?

        package init(path: TorrentPath, source: String, size: Int64) {
            self.path = path
            self.source = source
            self.size = size
        }
    }

    /// The folder in which they lie at their paths.
    package var root: String
    /// In the order of a torrent.
    package var files: [File]
    /// Whether they are all that the folder has, so that what comes into it belongs to them.
    package var isWholeFolder = true
    /// Where they come from, when that is a hub.
    package var source: RegistryEntry.Source?
    /// What was left out, one clause each.
    package var leftOut: [String] = []

    package init(root: String, files: [File]) {
        self.root = root
        self.files = files.sorted { $0.path < $1.path }
    }

    package var size: Int64 { files.reduce(0) { $0 + $1.size } }

    /// Makes sure that all systems can hold the files beside each other, and that there are some.
    package func check() throws(PublishError) {
        guard !files.isEmpty else {
            throw PublishError(
                .nothingToShare, "there are no files to share in \(root)",
                hint: "files and folders whose names begin with a dot are left out")
        }
        guard files.count <= Metainfo.mostFiles, size <= Metainfo.largestSize else {
            throw PublishError(
                .tooLarge, "there are \(files.count) files with \(size) bytes in \(root)",
                hint: "a torrent takes up to \(Metainfo.mostFiles) files and a PiB")
        }
        var names = TreeNames()
        for reserved in [ModelManifest.fileName, ManifestSignature.fileName] {
            try names.insert(try TorrentPath([reserved]))
        }
        for file in files { try names.insert(file.path) }
    }
}

/// What was published.
package struct ShareResult: Sendable {
    package var entry: RegistryEntry
    package var metainfo: Metainfo
    package var manifest: ModelManifest?
    /// Who signed; nil when nobody did.
    package var publisher: PublisherKey?
    /// Whether the same torrent was there before.
    package var wasThere: Bool
    /// What was left out, one clause each.
    package var leftOut: [String]

    package init(
        entry: RegistryEntry, metainfo: Metainfo, manifest: ModelManifest?, publisher: PublisherKey?, wasThere: Bool,
        leftOut: [String] = []
    ) {
        self.entry = entry
        self.metainfo = metainfo
        self.manifest = manifest
        self.publisher = publisher
        self.wasThere = wasThere
        self.leftOut = leftOut
    }
}
