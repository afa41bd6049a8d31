internal import ChunkStore
internal import Transfer
internal import Xet

extension PieceLayout {
    /// Chunks of a piece where their lengths are not known: no more than one answer can hold.
    private static let pieceChunks = 8...32

    /// Cuts a file that is pulled; the same on every node that knows as much of it.
    init(of pull: SharedPull) {
        let pieceBytes = Self.pieceBytes(forFileOf: pull.request.size)
        switch pull.chunks {
        case .manifest(let manifest):
            self.init(
                lengths: (0..<manifest.chunkCount).lazy.map { manifest[$0].length }, pieceBytes: pieceBytes)
        case .draft(let draft):
            let chunks = pieceBytes / (64 << 10)
            self.init(
                stretches: draft.places.lazy.map { place in
                    Stretch(
                        chunks: place.chunks, bytes: place.bytes,
                        whole: draft.xorbs[place.xorb].mayBeWhole ? place.xorb : nil)
                },
                pieceChunks: min(max(chunks, Self.pieceChunks.lowerBound), Self.pieceChunks.upperBound))
        }
    }

    /// Whether a piece is verified and written; of what nobody knows yet, whether it has come.
    func isHere(_ piece: Int, in pull: SharedPull) -> Bool {
        let chunks = chunks(of: piece..<piece + 1)
        return pull.contains(
            Int(chunks.lowerBound)..<Int(chunks.upperBound), at: bytes(of: piece..<piece + 1))
    }
}
