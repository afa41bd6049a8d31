internal import Synchronization
internal import Xet

/// The memory in which a pool thread unpacks and hashes chunks, until they are written.
///
/// It is small enough that chunks stay in the processor's cache from one step to the next, and lent to one job at a
/// time, so that its memory does not grow with the number of connections.
///
/// Proof of `@unchecked Sendable`: ``DecodeSpaces`` lends a space to one job, which gives it back before it ends.
final class DecodeSpace: @unchecked Sendable {
    static let capacity = 4 * XetLimits.maximumChunk
    private static let mostChunks = 64

    private let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: capacity, alignment: 64)
    private let decoder = ChunkDecoder()
    private var used = 0
    private(set) var lengths: [Int] = []
    private(set) var offsets: [Int] = []
    private(set) var hashes = [ChunkHash](repeating: .zero, count: mostChunks)

    deinit { bytes.deallocate() }

    var count: Int { lengths.count }

    func clear() {
        used = 0
        lengths.removeAll(keepingCapacity: true)
        offsets.removeAll(keepingCapacity: true)
    }

    /// Whether another chunk of `length` bytes finds room.
    func hasRoom(for length: Int) -> Bool { used + length <= bytes.count && count < hashes.count }

    /// Unpacks a chunk behind the others; there must be room.
    /// - Parameter offset: where the payload starts in the xorb, for errors.
    func decode(_ header: ChunkHeader, payload: UnsafeRawBufferPointer, offset: UInt64) throws(XetFormatError) {
        let space = UnsafeMutableRawBufferPointer(rebasing: bytes[used..<used + header.unpackedLength])
        try decoder.decode(header, payload: payload, into: space, offset: offset)
        offsets.append(used)
        lengths.append(header.unpackedLength)
        used += header.unpackedLength
    }

    /// Hashes all chunks.
    func hashChunks() {
        guard let base = bytes.baseAddress else { return }
        ChunkHashing.hash(base, offsets: offsets, lengths: lengths, into: &hashes)
    }

    /// The bytes from one chunk to another, which lie back to back.
    func bytes(of chunks: Range<Int>) -> UnsafeRawBufferPointer {
        guard let last = chunks.last else { return UnsafeRawBufferPointer(start: nil, count: 0) }
        return UnsafeRawBufferPointer(rebasing: bytes[offsets[chunks.lowerBound]..<offsets[last] + lengths[last]])
    }
}

/// The spaces of an engine: as many as are used at once, which is at most one for each pool thread.
final class DecodeSpaces: Sendable {
    private let free = Mutex<[DecodeSpace]>([])

    /// Runs `body` with an empty space.
    func withSpace<R>(_ body: (DecodeSpace) throws -> R) rethrows -> R {
        let space = free.withLock { $0.popLast() } ?? DecodeSpace()
        defer {
            space.clear()
            free.withLock { $0.append(space) }
        }
        return try body(space)
    }
}
