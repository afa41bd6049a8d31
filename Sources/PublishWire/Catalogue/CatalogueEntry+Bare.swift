extension CatalogueEntry {
    /// What a root tells of a model in its own list: the id, and the hash of its newest torrent. All else is unknown.
    /// - Parameter told: when the root was signed.
    init?(bare id: CatalogueID, hash: [UInt8], told: Int64) {
        guard let hashes = InfoHashes(v1: nil, v2: hash) else { return nil }
        self.init(id: id, revision: "", published: told, size: 0, hashes: hashes, manifest: [])
    }

    /// Whether only its id and the v2 hash of its torrent are known: version, size and manifest are not.
    public var isBare: Bool { manifest.isEmpty }
}
