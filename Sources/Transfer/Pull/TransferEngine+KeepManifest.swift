internal import ChunkStore
internal import NIOPosix
internal import Xet

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

extension TransferEngine {
    /// The list of chunks of a larger file would take too much memory.
    private static let largestNoted: UInt64 = 16 << 30

    /// Keeps the manifest of a file that came without one: its journal has all of it now. With it a later check can
    /// tell which chunk is damaged. Best effort: without it only more is fetched then.
    func keepManifest(of request: XetFileRequest, journal: String, at path: String) async {
        guard request.size <= Self.largestNoted else { return }
        try? await pool.runIfActive {
            let records = try Journal.open(path: journal, file: request.hash, size: request.size).records
            var known: [UInt64: Chunk] = [:]
            // Of two records for one place the later one stands for what is on the disk.
            for record in records { known[record.offset] = record.chunk }
            var manifest = FileManifest(chunks: [])
            var position: UInt64 = 0
            while let chunk = known[position] {
                manifest.chunks.append(chunk)
                position += UInt64(chunk.length)
            }
            guard position == request.size, manifest.fileHash == request.hash else { return }
            let temporary = path + ".tmp"
            unlink(temporary)
            defer { unlink(temporary) }
            try manifest.encoded().withUnsafeBytes { bytes in
                try RandomAccessFile(path: temporary, access: .update).write(bytes, at: 0)
            }
            rename(temporary, path)
        }
    }
}
