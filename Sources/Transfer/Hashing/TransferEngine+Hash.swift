internal import ChunkStore
internal import Logging
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
        let recorder = path == "-" ? nil : local.map { ChunkListRecorder(shelf: $0.manifests) }
        let began = FileIdentity.now
        while let batch = try await pool.runIfActive({ try reader.next() }) {
            try Task.checkCancellation()
            observer.advanced(path, bytes: batch.chunks.reduce(0) { $0 + UInt64($1.length) })
            if let recorder { try await pool.runIfActive { recorder.add(batch) } }
            if let summary = batch.pieces.last?.summary {
                await remember(path, summary, began: began)
                return HashedFile(
                    size: summary.size, fileHash: summary.fileHash, sha256: summary.sha256,
                    chunkCount: summary.chunkCount)
            }
        }
        preconditionFailure("a file that was read to its end has a summary")
    }

    /// The SHA-256 of a file as far as it is known from an earlier reading, and the file has not changed since.
    public func knownSHA256(path: String) async -> Xet.SHA256Digest? {
        guard let local else { return nil }
        return try? await pool.runIfActive { local.find(path)?.sha256 }
    }

    private func remember(_ path: String, _ summary: FileSummary, began: Int64) async {
        guard let local, path != "-" else { return }
        let logger = logger
        try? await pool.runIfActive {
            var summary = summary
            // Hashing without SHA-256 must not forget the one that is known.
            if summary.sha256 == nil { summary.sha256 = local.find(path)?.sha256 }
            local.note([(path, summary)], began: began, logger: logger)
            local.manifests.prune()
        }
    }
}
