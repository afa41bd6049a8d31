/// The manifest and its signature, as they may also stand in a `.torrent`, beside its info dictionary.
///
/// Who has the `.torrent`, and reaches nobody but a web server, a hub or a Xet swarm that have the model's own files, can
/// check those all the same. The bytes are those of the files in the torrent, and count only when the torrent's hashes say that they are.
package struct TorrentPapers: Sendable, Hashable {
    package var manifest: [UInt8]
    /// Nil when nobody has signed.
    package var signature: [UInt8]?

    /// Other clients read a `.torrent` into memory, and some limit what they take.
    package static let largest = 4 << 20

    package init(manifest: [UInt8], signature: [UInt8]?) {
        self.manifest = manifest
        self.signature = signature
    }

    /// - Returns: nil when a torrent has no manifest beside its info dictionary.
    package init?(in metainfo: Metainfo) {
        let root = try? BencodeView(checking: metainfo.bytes, depth: Metainfo.deepestValue, nodes: Metainfo.mostValues)
        guard let root, let manifest = root["shoal-manifest.json"]?.content, manifest.count <= Self.largest else {
            return nil
        }
        self.manifest = Array(manifest)
        signature = root["shoal-manifest.sig"]?.content.map { Array($0.prefix(Self.largest)) }
    }

    /// Puts them into a torrent that has none. What is too large is left out.
    package func added(to torrent: [UInt8]) throws(PublishError) -> [UInt8] {
        let root = try BencodeView(checking: torrent, depth: Metainfo.deepestValue, nodes: Metainfo.mostValues)
        guard manifest.count + (signature?.count ?? 0) <= Self.largest, root.isDictionary else { return torrent }
        var (position, isThere) = (1, false)
        try root.forEachEntry { key, value throws(PublishError) in
            if key.elementsEqual(ModelManifest.fileName.utf8) { isThere = true }
            // Keys are in order.
            if key.lexicographicallyPrecedes(ModelManifest.fileName.utf8) { position = value.range.upperBound }
        }
        guard !isThere else { return torrent }
        var parts = Self.string(Array(ModelManifest.fileName.utf8)) + Self.string(manifest)
        if let signature {
            parts += Self.string(Array(ManifestSignature.fileName.utf8)) + Self.string(signature)
        }
        guard torrent.count + parts.count <= Metainfo.largestTorrent else { return torrent }
        return torrent[..<position] + parts + torrent[position...]
    }

    private static func string(_ content: [UInt8]) -> [UInt8] { Array("\(content.count):".utf8) + content }
}
