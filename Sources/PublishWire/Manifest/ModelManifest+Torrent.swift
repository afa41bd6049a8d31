extension ModelManifest {
    /// Makes sure that a torrent holds the files of this manifest, in these sizes and with these roots, and nothing
    /// else but the manifest and its signature.
    public func check(against torrent: Metainfo) throws(PublishError) {
        var expected: [TorrentPath: File] = [:]
        for file in files { expected[file.path] = file }
        for index in torrent.payload {
            let found = torrent.files[index]
            guard let file = expected.removeValue(forKey: found.path) else {
                guard Self.companions.contains(found.path.description) else {
                    throw Self.differ("holds \(found.path.description.quoted), which its manifest does not name")
                }
                continue
            }
            guard file.size == found.size else {
                throw Self.differ("has another size for \(found.path.description.quoted) than its manifest")
            }
            if let root = file.piecesRoot, let other = found.piecesRoot, root != other {
                throw Self.differ("has another root for \(found.path.description.quoted) than its manifest")
            }
        }
        if let missing = expected.keys.min() {
            throw Self.differ("lacks \(missing.description.quoted), which its manifest names")
        }
    }

    private static let companions: Set<String> = [fileName, ManifestSignature.fileName]

    private static func differ(_ what: String) -> PublishError {
        PublishError(
            .inconsistent, "the torrent \(what)", hint: "do not use it; its publisher has to share the model again")
    }
}
