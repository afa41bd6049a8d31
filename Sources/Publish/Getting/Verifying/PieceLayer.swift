internal import PublishWire

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// The roots of a file's pieces (BEP 52), which a `.torrent` has for each file of more than one piece.
enum PieceLayer {
    private static let readBytes = 1 << 20

    /// Reads a file for them. Blocks.
    /// - Returns: 32 bytes for each piece.
    static func read(_ path: String, size: Int64, pieceLength: Int) throws(PublishError) -> [UInt8] {
        let file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard file >= 0 else { throw .storage("open", path, errno) }
        defer { close(file) }
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: min(readBytes, pieceLength), alignment: 64)
        defer { buffer.deallocate() }
        var layer: [UInt8] = []
        var position: Int64 = 0
        while position < size {
            var piece = PiecesRootHasher()
            let end = min(size, position + Int64(pieceLength))
            while position < end {
                let got = pread(file, buffer.baseAddress, min(buffer.count, Int(end - position)), off_t(position))
                if got < 0, errno == EINTR { continue }
                guard got > 0 else { throw .storage("read", path, got < 0 ? errno : EIO) }
                piece.take(UnsafeRawBufferPointer(rebasing: buffer[..<got]))
                position += Int64(got)
            }
            layer += piece.finish(width: pieceLength) ?? []
        }
        return layer
    }
}
