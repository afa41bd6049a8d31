/// A fixed buffer that a file is read through: fill it, drain its finished chunks, and again.
///
/// Nothing is copied but the unfinished tail (below 128 KiB), which moves to the front. Files can be
/// read through the same stream one after the other.
public struct ChunkStream: ~Copyable {
    private let buffer: UnsafeMutableRawBufferPointer
    private var filled = 0
    private var scanned = 0
    /// Offset in the stream of the first byte of the buffer.
    private var origin: UInt64 = 0
    private var scanner = BoundaryScanner()
    private var ends: [UInt64] = []
    private var offsets: [Int] = []
    private var lengths: [Int] = []
    private var hashes: [ChunkHash] = []
    private var chunks: [Chunk] = []

    /// - Parameter capacity: bytes of the buffer, at least twice the longest chunk.
    public init(capacity: Int = 2 << 20) {
        precondition(capacity >= 2 * XetLimits.maximumChunk, "a chunk stream needs room for two of the longest chunks")
        buffer = .allocate(byteCount: capacity, alignment: 64)
    }

    deinit {
        buffer.deallocate()
    }

    /// Gives the free space (never empty after a drain) to `read`, which returns how many bytes it put there, 0 at the
    /// end of the file.
    ///
    /// - Returns: what `read` returned.
    /// - Throws: what `read` throws; the stream is as it was then.
    public mutating func fill<E>(_ read: (UnsafeMutableRawBufferPointer) throws(E) -> Int) throws(E) -> Int {
        precondition(filled < buffer.count, "drain a full chunk stream before it is filled again")
        let count = try read(UnsafeMutableRawBufferPointer(rebasing: buffer[filled...]))
        precondition(count >= 0 && count <= buffer.count - filled, "more bytes read than there was room for")
        filled += count
        return count
    }

    /// Calls `body` with the finished chunks, in order and back to back from the address it gets; not at all when none
    /// is finished. The bytes live until `body` returns.
    ///
    /// - Parameters:
    ///   - atEnd: whether the file has ended, so that what is left is its last chunk. The stream is ready for another
    ///     file then.
    ///   - body: takes the chunks; what it throws is thrown on, and its chunks count as drained.
    /// - Throws: what `body` throws.
    public mutating func drain<E>(
        atEnd: Bool, _ body: (UnsafeRawPointer, [Chunk]) throws(E) -> Void
    ) throws(E) {
        ends.removeAll(keepingCapacity: true)
        scanner.scan(UnsafeRawBufferPointer(rebasing: buffer[scanned..<filled]), into: &ends)
        scanned = filled
        let consumed: Int
        if atEnd {
            scanner.finish(into: &ends)
            consumed = filled
        } else {
            consumed = ends.last.map { Int($0 - origin) } ?? 0
        }
        defer { discard(consumed, atEnd: atEnd) }
        guard let base = buffer.baseAddress, consumed > 0 else { return }
        hashChunks(at: base)
        try body(UnsafeRawPointer(base), chunks)
    }

    /// Forgets a file that was not read to its end, to read another from its start.
    public mutating func reset() {
        filled = 0
        scanned = 0
        origin = 0
        scanner = BoundaryScanner()
    }

    private mutating func hashChunks(at base: UnsafeMutableRawPointer) {
        offsets.removeAll(keepingCapacity: true)
        lengths.removeAll(keepingCapacity: true)
        var start = 0
        for end in ends {
            let end = Int(end - origin)
            offsets.append(start)
            lengths.append(end - start)
            start = end
        }
        if hashes.count < ends.count {
            hashes = Array(repeating: .zero, count: ends.count)
        }
        hashes.withUnsafeMutableBufferPointer { hashes in
            guard let first = hashes.baseAddress else { return }
            offsets.withUnsafeBufferPointer { offsets in
                lengths.withUnsafeBufferPointer { lengths in
                    ChunkHashing.hash(base: base, offsets: offsets, lengths: lengths, into: first)
                }
            }
        }
        chunks.removeAll(keepingCapacity: true)
        for (hash, length) in zip(hashes, lengths) {
            chunks.append(Chunk(hash: hash, length: UInt32(length)))
        }
    }

    private mutating func discard(_ count: Int, atEnd: Bool) {
        if let base = buffer.baseAddress, count < filled {
            base.copyMemory(from: base + count, byteCount: filled - count)
        }
        filled -= count
        scanned = filled
        origin = atEnd ? 0 : origin + UInt64(count)
    }
}

// The only owner of its memory is the one value, which cannot be copied, so moving it to another thread moves all.
extension ChunkStream: @unchecked Sendable {}
