internal import ChunkStore
internal import NIOPosix

extension TransferEngine {
    /// Builds a file from one on this disk that should have the same content; the bytes are hashed while they are
    /// copied.
    /// - Returns: whether they are the wanted ones; if not, the partial file is empty again.
    public func copyPlain(
        from path: String, expected: ContentID, size: UInt64, name: String, into partial: PartialFile,
        observer: any TransferObserver
    ) async throws -> Bool {
        let copy = try await pool.runIfActive {
            PlainCopy(
                source: try RandomAccessFile(path: path, access: .read),
                target: try RandomAccessFile(path: partial.path, access: .update), id: expected, size: size)
        }
        let isRight = try await memory.withReservation(PlainCopy.batchBytes) {
            while let bytes = try await pool.runIfActive({ try copy.step() }) {
                try Task.checkCancellation()
                observer.advanced(name, bytes: bytes)
            }
            return try await pool.runIfActive { try copy.finish() }
        }
        return isRight
    }
}

/// Proof of `@unchecked Sendable`: one job at a time uses it, and each is awaited before the next.
private final class PlainCopy: @unchecked Sendable {
    static let batchBytes = 1 << 20

    private let source: RandomAccessFile
    private let target: RandomAccessFile
    private let id: ContentID
    private let size: UInt64
    private var hasher: ContentHasher
    private var position: UInt64 = 0
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: batchBytes, alignment: 64)

    init(source: RandomAccessFile, target: RandomAccessFile, id: ContentID, size: UInt64) {
        self.source = source
        self.target = target
        self.id = id
        self.size = size
        hasher = ContentHasher(for: id, size: size)
    }

    deinit { buffer.deallocate() }

    /// - Returns: the bytes copied; nil at the end.
    func step() throws -> UInt64? {
        let count = try source.read(into: buffer, at: position)
        guard count > 0, position + UInt64(count) <= size else { return nil }
        let bytes = UnsafeRawBufferPointer(rebasing: buffer[..<count])
        hasher.update(bytes)
        try target.write(bytes, at: position)
        position += UInt64(count)
        return UInt64(count)
    }

    func finish() throws -> Bool {
        let isRight = position == size && hasher.matches(id)
        try target.truncate(to: isRight ? size : 0)
        if isRight { try target.synchronize() }
        return isRight
    }
}
