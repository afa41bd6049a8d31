internal import ChunkStore
internal import Xet

/// A buffer full of consecutive chunks from one or more files.
///
/// Proof of `@unchecked Sendable`: the reader writes a batch only inside `BatchReader.next()`, and the two batches it
/// owns take turns: while one is being filled the other is only read.
final class ChunkBatch: @unchecked Sendable {
    /// The chunks of one file inside the batch.
    struct Piece: Sendable {
        /// Index of the file in the reader's list.
        var file: Int
        var chunks: Range<Int>
        /// Set when the file ends here.
        var summary: FileSummary?
    }

    let buffer: UnsafeMutableRawBufferPointer
    /// Where the chunks lie: the buffer, or a window on a file.
    private(set) var view: UnsafeRawBufferPointer
    private(set) var window: FileWindow?
    var chunks: [Chunk] = []
    var offsets: [Int] = []
    var pieces: [Piece] = []

    init(capacity: Int) {
        buffer = .allocate(byteCount: capacity, alignment: 64)
        view = UnsafeRawBufferPointer(buffer)
    }

    /// Lets the chunks lie where a window shows them.
    func lie(in view: UnsafeRawBufferPointer, of window: FileWindow) {
        self.view = view
        self.window = window
    }

    deinit { buffer.deallocate() }

    /// The bytes of a chunk of the batch.
    func bytes(at index: Int) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: view[offsets[index]..<offsets[index] + Int(chunks[index].length)])
    }

    func clear() {
        chunks.removeAll(keepingCapacity: true)
        offsets.removeAll(keepingCapacity: true)
        pieces.removeAll(keepingCapacity: true)
        view = UnsafeRawBufferPointer(buffer)
        window = nil
    }
}

/// What hashing a whole file gave.
struct FileSummary: Sendable {
    var size: UInt64
    var fileHash: FileHash
    var sha256: Xet.SHA256Digest?
    var chunkCount: UInt64
    /// What the file was throughout; nil when it is no regular file, or changed while it was read.
    var identity: FileIdentity?
}
