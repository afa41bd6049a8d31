internal import NIOPosix
public import Xet

/// The hashes of a local file.
public struct HashedFile: Sendable, Hashable {
    public var size: UInt64
    public var fileHash: FileHash
    /// Only when asked for.
    public var sha256: Xet.SHA256Digest?
    public var chunkCount: UInt64
}

extension TransferEngine {
    /// Hashes a local file as an upload would, in fixed memory.
    /// - Parameter path: a file, or `-` for standard input.
    public func hash(path: String, withSHA256: Bool, observer: any TransferObserver) async throws -> HashedFile {
        let reader = BatchReader(paths: [path], withSHA256: withSHA256) { _, error in throw error }
        while let batch = try await pool.runIfActive({ try reader.next() }) {
            try Task.checkCancellation()
            observer.advanced(path, bytes: batch.chunks.reduce(0) { $0 + UInt64($1.length) })
            if let summary = batch.pieces.last?.summary {
                return HashedFile(
                    size: summary.size, fileHash: summary.fileHash, sha256: summary.sha256,
                    chunkCount: summary.chunkCount)
            }
        }
        preconditionFailure("a file that was read to its end has a summary")
    }
}
