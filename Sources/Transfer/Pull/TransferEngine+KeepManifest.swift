internal import ChunkStore
internal import NIOPosix
internal import Xet

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

extension TransferEngine {
    /// Keeps the manifest of a file that came without one. With it a later check can tell which chunk is damaged. Best
    /// effort: without it only more is fetched then.
    /// - Parameter find: the chunks, if all of them are known; blocks.
    func keepManifest(
        of request: XetFileRequest, _ path: String, _ find: @escaping @Sendable () throws -> [Chunk]?
    ) async {
        guard request.size <= ManifestShelf.largestFile else { return }
        try? await pool.runIfActive {
            guard let chunks = try find() else { return }
            let manifest = FileManifest(chunks: chunks)
            guard manifest.fileHash == request.hash else { return }
            let temporary = path + ".tmp"
            unlink(temporary)
            defer { unlink(temporary) }
            try manifest.encoded().withUnsafeBytes { bytes in
                try RandomAccessFile(path: temporary, access: .update).write(bytes, at: 0)
            }
            rename(temporary, path)
        }
    }

    /// All chunks of a file by its journal; nil when a part of it is still missing.
    static func chunks(of request: XetFileRequest, journal: String) throws -> [Chunk]? {
        let records = try Journal.open(path: journal, file: request.hash, size: request.size).records
        var known: [UInt64: Chunk] = [:]
        // Of two records for one place the later one stands for what is on the disk.
        for record in records { known[record.offset] = record.chunk }
        var chunks: [Chunk] = []
        var position: UInt64 = 0
        while position < request.size, let chunk = known[position] {
            chunks.append(chunk)
            position += UInt64(chunk.length)
        }
        return position == request.size ? chunks : nil
    }
}
