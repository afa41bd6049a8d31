internal import Crypto
package import Xet

/// Hashes a file's bytes as they come, in order: SHA-256 and Xet hash in one pass.
///
/// A value of this type is moved from one step to the next and never copied while it works.
package struct ContentHasher: Sendable {
    private enum Scanner: Sendable {
        case fused(SHA256BoundaryScanner)
        case both(BoundaryScanner, SHA256)
    }

    private var scanner: Scanner
    private var tree = MerkleTreeBuilder()
    private var ends: [UInt64] = []
    private var offsets: [Int] = []
    private var lengths: [Int] = []
    private var hashes: [ChunkHash] = []
    /// File position of the first byte that belongs to no finished chunk.
    package private(set) var chunkStart: UInt64 = 0
    /// Bytes taken so far.
    package private(set) var position: UInt64 = 0

    package init() {
        scanner =
            SHA256BoundaryScanner.isAvailable ? .fused(SHA256BoundaryScanner()) : .both(BoundaryScanner(), SHA256())
    }

    /// Takes the next bytes.
    /// - Parameters:
    ///   - window: from ``chunkStart`` on, for a chunk may have begun in what came before.
    ///   - fresh: how many of them, at the end, are new.
    package mutating func take(_ window: UnsafeRawBufferPointer, fresh: Int) {
        let new = UnsafeRawBufferPointer(rebasing: window[(window.count - fresh)...])
        ends.removeAll(keepingCapacity: true)
        switch scanner {
        case .fused(var fused):
            fused.scan(new, into: &ends)
            scanner = .fused(fused)
        case .both(var boundaries, var digest):
            boundaries.scan(new, into: &ends)
            digest.update(bufferPointer: new)
            scanner = .both(boundaries, digest)
        }
        position += UInt64(fresh)
        addChunks(window)
    }

    /// Ends the file.
    /// - Parameter rest: the bytes from ``chunkStart`` on.
    package mutating func finish(_ rest: UnsafeRawBufferPointer) -> (sha256: Xet.SHA256Digest?, xet: FileHash) {
        ends.removeAll(keepingCapacity: true)
        let digest: Xet.SHA256Digest?
        switch scanner {
        case .fused(var fused):
            digest = fused.finish(into: &ends)
        case .both(var boundaries, let sha256):
            boundaries.finish(into: &ends)
            digest = sha256.finalize().withUnsafeBytes { $0.baseAddress.map { Xet.SHA256Digest(loading: $0) } }
        }
        addChunks(rest)
        return (digest, FileHash(root: tree.finish()))
    }

    private mutating func addChunks(_ window: UnsafeRawBufferPointer) {
        guard let base = window.baseAddress, !ends.isEmpty else { return }
        offsets.removeAll(keepingCapacity: true)
        lengths.removeAll(keepingCapacity: true)
        let start = chunkStart
        for end in ends {
            offsets.append(Int(chunkStart - start))
            lengths.append(Int(end - chunkStart))
            chunkStart = end
        }
        if hashes.count < lengths.count { hashes = Array(repeating: .zero, count: lengths.count) }
        hashes.withUnsafeMutableBufferPointer { out in
            guard let first = out.baseAddress else { return }
            offsets.withUnsafeBufferPointer { offsets in
                lengths.withUnsafeBufferPointer { lengths in
                    ChunkHashing.hash(base: base, offsets: offsets, lengths: lengths, into: first)
                }
            }
        }
        for index in lengths.indices { tree.append(hashes[index], length: UInt64(lengths[index])) }
    }
}
