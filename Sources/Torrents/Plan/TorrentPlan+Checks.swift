extension TorrentPlan {
    /// Bytes of a piece.
    package var pieceSize: Int {
        if let pieceLength { return pieceLength }
        let total = files.reduce(Int64(0)) { $0.addingReportingOverflow(max($1.size, 0)).partialValue }
        return switch total {
        case ...(4 << 30): 1 << 20
        case ...(40 << 30): 4 << 20
        default: 16 << 20
        }
    }

    func check() throws(TorrentError) {
        let size = pieceSize
        guard size >= 16 << 10, size <= 64 << 20, size.nonzeroBitCount == 1 else {
            throw TorrentError(
                .invalidTorrent, "A piece of \(size) bytes is not possible.",
                hint: "Take a power of two from 16 KiB to 64 MiB.")
        }
        for part in [name] + files.flatMap(\.path) {
            guard Self.isName(part) else {
                throw TorrentError(.invalidTorrent, "\"\(part)\" is no name that a file can have everywhere.")
            }
        }
        if let file = files.first(where: { $0.path.isEmpty }) {
            throw TorrentError(.invalidTorrent, "\(file.source) has no path in the torrent.")
        }
    }

    /// libtorrent shortens longer names when it reads them.
    private static let longestName = 240

    private static func isName(_ part: String) -> Bool {
        !part.isEmpty && part != "." && part != ".." && part.utf8.count <= longestName
            && part.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x2F && $0 != 0x5C }
    }
}
