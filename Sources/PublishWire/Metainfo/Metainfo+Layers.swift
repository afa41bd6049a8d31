/// Completing a torrent that was begun by a magnet link, which tells no piece layers.
extension Metainfo {
    /// Files of several pieces whose layer is not known, by their place.
    public var filesWithoutLayer: [Int] {
        files.indices.filter { place in
            guard let root = files[place].piecesRoot else { return false }
            return files[place].size > Int64(pieceLength) && layers[root] == nil
        }
    }

    /// The same torrent with layers that were missing.
    /// - Parameter found: the roots of the pieces of files, by the files' own root.
    /// - Throws: ``PublishError`` where a layer does not lead to the root.
    public func adding(layers found: [[UInt8]: [UInt8]]) throws(PublishError) -> Metainfo {
        var all = found
        for (root, range) in layers { all[root] = Array(bytes[range]) }
        var entries: [(key: [UInt8], value: [UInt8])] = []
        let key = Array("piece layers".utf8)
        let root = try BencodeView(checking: bytes, depth: Self.deepestValue, nodes: Self.mostValues)
        try root.forEachEntry { name, value throws(PublishError) in
            if !name.elementsEqual(key) { entries.append((Array(name), Array(bytes[value.range]))) }
        }
        let sorted = all.sorted { $0.key.lexicographicallyPrecedes($1.key) }
        entries.append((key, Self.dictionary(sorted.map { ($0.key, Self.string($0.value)) })))
        return try Metainfo(
            Self.dictionary(entries.sorted { $0.key.lexicographicallyPrecedes($1.key) }), requiresLayers: false)
    }

    private static func string(_ bytes: [UInt8]) -> [UInt8] { Array("\(bytes.count):".utf8) + bytes }

    private static func dictionary(_ entries: [(key: [UInt8], value: [UInt8])]) -> [UInt8] {
        [UInt8(ascii: "d")] + entries.flatMap { string($0.key) + $0.value } + [UInt8(ascii: "e")]
    }
}
