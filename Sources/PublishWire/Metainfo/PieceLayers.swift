internal import Crypto

/// The roots of the pieces of each v2 file that has more than one, checked against the file's own root.
struct PieceLayers {
    /// Where each layer stands, by the file's root.
    private(set) var layers: [[UInt8]: Range<Int>] = [:]
    /// A file whose layer is not there.
    private(set) var missing = ""

    var isComplete: Bool { missing.isEmpty }

    init(_ value: BencodeView?, list: FileList, pieceLength: Int) throws(PublishError) {
        var wanted: [[UInt8]: Metainfo.File] = [:]
        for file in list.files where file.size > Int64(pieceLength) {
            if let root = file.piecesRoot { wanted[root] = file }
        }
        guard !wanted.isEmpty else { return }
        if let value {
            guard value.isDictionary else { throw PublishError(.malformed, "the torrent's piece layers are damaged") }
            try value.forEachEntry { key, layer throws(PublishError) in
                // Some programs add those of files of one piece, which say nothing new.
                guard key.count == 32, let file = wanted.removeValue(forKey: Array(key)) else { return }
                layers[Array(key)] = try Self.check(layer, of: file, pieceLength: pieceLength)
            }
        }
        missing = wanted.values.map(\.path.description).min() ?? ""
    }

    private static func check(
        _ layer: BencodeView, of file: Metainfo.File, pieceLength: Int
    ) throws(PublishError) -> Range<Int> {
        let count = Int((file.size - 1) / Int64(pieceLength)) + 1
        guard let hashes = layer.content, hashes.count == 32 * count else {
            throw PublishError(
                .inconsistent, "the torrent has not one hash for each piece of \(file.path.description.quoted)")
        }
        guard PieceTree.root(of: hashes, pieceLength: pieceLength) == file.piecesRoot else {
            throw PublishError(
                .wrongHash, "the piece hashes of \(file.path.description.quoted) do not lead to its root",
                hint: "do not use it; fetch the torrent again")
        }
        return hashes.startIndex..<hashes.endIndex
    }
}

/// A file's tree of SHA-256 hashes (BEP 52), from the layer of its pieces upwards.
package enum PieceTree {
    /// The root over the hashes of pieces, 32 bytes each. Where pieces are missing to a full tree, the roots of pieces
    /// whose blocks all hash to zero stand.
    package static func root(of layer: ArraySlice<UInt8>, pieceLength: Int) -> [UInt8] {
        var level = Array(layer)
        var filler = [UInt8](repeating: 0, count: 32)
        var width = Metainfo.blockSize
        while width < pieceLength {
            filler = parent(filler[...], filler[...])
            width *= 2
        }
        while level.count > 32 {
            if level.count % 64 != 0 { level += filler }
            var above: [UInt8] = []
            above.reserveCapacity(level.count / 2)
            for start in stride(from: 0, to: level.count, by: 64) {
                above += parent(level[start..<start + 32], level[start + 32..<start + 64])
            }
            level = above
            filler = parent(filler[...], filler[...])
        }
        return level
    }

    private static func parent(_ left: ArraySlice<UInt8>, _ right: ArraySlice<UInt8>) -> [UInt8] {
        var hasher = SHA256()
        hasher.update(data: left)
        hasher.update(data: right)
        return Array(hasher.finalize())
    }
}
