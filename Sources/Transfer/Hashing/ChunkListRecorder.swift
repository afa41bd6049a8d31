internal import ChunkStore

/// Keeps the chunk lists of files that are hashed, for pulls that can use parts of them.
///
/// Proof of `@unchecked Sendable`: one job at a time uses a recorder, and each is awaited before the next.
final class ChunkListRecorder: @unchecked Sendable {
    private let shelf: ManifestShelf
    private var file: Int?
    private var writer: ManifestWriter?

    init(shelf: ManifestShelf) { self.shelf = shelf }

    /// Takes the chunks of a batch; blocks for short writes.
    func add(_ batch: ChunkBatch) {
        for piece in batch.pieces {
            if file != piece.file || writer == nil {
                file = piece.file
                writer = shelf.makeWriter()
            }
            writer?.append(batch.chunks[piece.chunks])
            if let summary = piece.summary {
                writer?.finish(summary.fileHash)
                writer = nil
            }
        }
    }
}
