internal import PublishWire

/// The parts of a `.torrent` outside of its info dictionary that tell the world where to meet.
enum Announcing {
    /// The same torrent, with no tracker, web seed or DHT node in it.
    static func without(_ metainfo: Metainfo) -> [UInt8] {
        var bytes = Array("d4:info".utf8) + metainfo.infoDictionary
        let layers = Dictionary(
            metainfo.files.indices.compactMap { file in
                metainfo.files[file].piecesRoot.flatMap { root in metainfo.layer(of: file).map { (root, $0) } }
            }
        ) { first, _ in first }
        if !layers.isEmpty {
            bytes += Array("12:piece layersd".utf8)
            for (root, layer) in layers.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
                bytes += Array("\(root.count):".utf8) + root + Array("\(layer.count):".utf8) + layer
            }
            bytes.append(UInt8(ascii: "e"))
        }
        bytes.append(UInt8(ascii: "e"))
        return bytes
    }
}
