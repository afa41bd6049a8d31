internal import ChunkStore
internal import NIOPosix
public import Xet

extension TransferEngine {
    /// Whether a local file is a copy of another one, whose chunk list is remembered here. Only chunks are hashed, up to
    /// the first that differs: a fifth of the work of hashing a file for a push.
    /// - Parameter name: what the observer calls the file.
    /// - Returns: nil where nothing is remembered.
    /// - Throws: ``TransferError``, code `changed_while_reading`, when somebody writes to the file meanwhile.
    public func isCopy(
        path: String, of hash: FileHash, size: UInt64, name: String, observer: any TransferObserver
    ) async throws -> Bool? {
        guard let local else { return nil }
        let began = FileIdentity.now
        let known: FileHash? = try await pool.runIfActive { local.find(path)?.fileHash }
        if let known { return known == hash }
        let opened: ChunkComparison? = try await pool.runIfActive {
            guard let list = ManifestFile(path: local.manifests.path(of: hash), file: hash, size: size) else {
                return nil
            }
            return try ChunkComparison(path: path, list: list)
        }
        guard let comparison = opened else { return nil }
        try await memory.withReservation(ChunkComparison.memory) {
            while let bytes = try await pool.runIfActive({ try Self.step(comparison) }) {
                observer.advanced(name, bytes: bytes)
                try Task.checkCancellation()
            }
        }
        guard let identity = comparison.identity else { return comparison.isSame }
        let logger = logger
        try await pool.runIfActive {
            // The SHA-256 of these chunks may have been computed for an earlier state of this file, or for another one.
            let sha256 = local.files.all { $0.fileHash == hash && $0.sha256 != nil }.first?.sha256
            let summary = FileSummary(size: size, fileHash: hash, sha256: sha256, chunkCount: 0, identity: identity)
            local.note([(path: path, summary: summary)], began: began, logger: logger)
        }
        return true
    }

    /// Bytes that one job compares before others have their turn.
    private static let comparedBytes: UInt64 = 16 << 20

    private static func step(_ comparison: ChunkComparison) throws -> UInt64? {
        var bytes: UInt64 = 0
        while bytes < comparedBytes, let count = try comparison.step() { bytes += count }
        return bytes > 0 ? bytes : nil
    }
}
