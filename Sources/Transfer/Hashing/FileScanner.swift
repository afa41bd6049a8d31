internal import Crypto
internal import Xet

/// Finds the chunk ends of a file and, where wanted, its SHA-256 on the way.
enum FileScanner {
    case ends(BoundaryScanner)
    /// Both in one pass.
    case fused(SHA256BoundaryScanner)
    case both(BoundaryScanner, SHA256)

    init(withSHA256: Bool) {
        self =
            !withSHA256
            ? .ends(BoundaryScanner())
            : SHA256BoundaryScanner.isAvailable ? .fused(SHA256BoundaryScanner()) : .both(BoundaryScanner(), SHA256())
    }

    /// Scans the next bytes and appends the ends, as offsets in the file, of the chunks that finish in them.
    mutating func scan(_ bytes: UnsafeRawBufferPointer, into ends: inout [UInt64]) {
        switch self {
        case .ends(var scanner):
            scanner.scan(bytes, into: &ends)
            self = .ends(scanner)
        case .fused(var scanner):
            scanner.scan(bytes, into: &ends)
            self = .fused(scanner)
        case .both(var scanner, var hasher):
            hasher.update(bufferPointer: bytes)
            scanner.scan(bytes, into: &ends)
            self = .both(scanner, hasher)
        }
    }

    /// Ends the file: appends the end of its last chunk.
    mutating func finish(into ends: inout [UInt64]) -> Xet.SHA256Digest? {
        switch self {
        case .ends(var scanner):
            scanner.finish(into: &ends)
            return nil
        case .fused(var scanner):
            return scanner.finish(into: &ends)
        case .both(var scanner, let hasher):
            scanner.finish(into: &ends)
            return hasher.finalize().withUnsafeBytes { bytes in
                bytes.baseAddress.map { Xet.SHA256Digest(loading: $0) }
            }
        }
    }
}
