/// Builds the body of one xorb in memory that is kept for the next one. Chunks are packed while they are appended, or
/// many at once, which takes less time.
///
/// Not `Sendable`: one task owns it at a time.
public final class XorbBuilder {
    private let body: UnsafeMutableRawBufferPointer
    private let encoder = ChunkEncoder()
    private let maximumLength: Int
    private let maximumChunks: Int
    /// Chunks that are counted but not packed yet.
    private var staged: [ChunkEncoder.Job] = []
    private var stagedRoom = 0
    /// Room for the packing of staged chunks beyond what they take in the end.
    private static let slack = 128 << 10

    /// The chunks appended so far, in order.
    public private(set) var chunks: [Chunk] = []
    /// Where each chunk that is packed ends in the body, headers included.
    public private(set) var packedEnds: [UInt32] = []
    /// The sum of the chunks' lengths in bytes.
    public private(set) var unpackedLength = 0
    /// Bytes of the body so far, headers included.
    public private(set) var packedBytes = 0

    /// - Parameters:
    ///   - maximumLength: unpacked bytes a xorb may hold, at most `XetLimits.maximumXorbBytes`. Address space for all
    ///     of it is reserved at once; memory is used as the body grows.
    ///   - maximumChunks: chunks a xorb may hold, at most `XetLimits.maximumXorbChunks`.
    public init(
        maximumLength: Int = XetLimits.maximumXorbBytes, maximumChunks: Int = XetLimits.maximumXorbChunks,
    ) {
        precondition((XetLimits.maximumChunk...XetLimits.maximumXorbBytes).contains(maximumLength))
        precondition((1...XetLimits.maximumXorbChunks).contains(maximumChunks))
        self.maximumLength = maximumLength
        self.maximumChunks = maximumChunks
        body = .allocate(
            byteCount: maximumLength + maximumChunks * ChunkHeader.size + Self.slack, alignment: 4096)
    }

    deinit {
        body.deallocate()
    }

    public var isEmpty: Bool { chunks.isEmpty }

    /// Whether a chunk of `length` bytes still fits; if not, finish this xorb first.
    public func canAppend(length: Int) -> Bool {
        chunks.count < maximumChunks && unpackedLength + length <= maximumLength
    }

    /// Packs and appends a chunk, for which `canAppend(length:)` must hold.
    public func append(_ bytes: UnsafeRawBufferPointer, hash: ChunkHash, scheme: CompressionScheme) {
        stage(bytes, hash: hash, scheme: scheme)
        packStaged()
    }

    /// Appends a chunk, for which `canAppend(length:)` must hold; it is packed by `packStaged()` at the latest, until
    /// when its bytes must stay.
    public func stage(_ bytes: UnsafeRawBufferPointer, hash: ChunkHash, scheme: CompressionScheme) {
        precondition(canAppend(length: bytes.count), "the chunk does not fit into this xorb")
        let job = ChunkEncoder.Job(bytes: bytes, scheme: scheme)
        if packedBytes + stagedRoom + job.room > body.count { packStaged() }
        staged.append(job)
        stagedRoom += job.room
        unpackedLength += bytes.count
        chunks.append(Chunk(hash: hash, length: UInt32(bytes.count)))
    }

    /// Packs the chunks that were staged.
    public func packStaged() {
        guard !staged.isEmpty else { return }
        encoder.encode(staged, into: UnsafeMutableRawBufferPointer(rebasing: body[packedBytes...])) { size in
            packedBytes += size
            packedEnds.append(UInt32(packedBytes))
        }
        staged.removeAll(keepingCapacity: true)
        stagedRoom = 0
    }

    /// Appends a chunk that `ChunkEncoder` has packed elsewhere, header included.
    public func append(packed: UnsafeRawBufferPointer, chunk: Chunk) {
        precondition(canAppend(length: Int(chunk.length)), "the chunk does not fit into this xorb")
        precondition(packed.count <= ChunkHeader.size + Int(chunk.length), "a packed chunk never grows")
        packStaged()
        UnsafeMutableRawBufferPointer(rebasing: body[packedBytes...]).copyMemory(from: packed)
        packedBytes += packed.count
        unpackedLength += Int(chunk.length)
        chunks.append(chunk)
        packedEnds.append(UInt32(packedBytes))
    }

    /// Calls `operation` with the body as it is uploaded: chunks only, no footer. The pointer dies with the call.
    public func withBody<R, E>(_ operation: (UnsafeRawBufferPointer) throws(E) -> R) throws(E) -> R {
        try operation(UnsafeRawBufferPointer(rebasing: body[..<packedBytes]))
    }

    /// Names the xorb. The body stays readable until `reset()`. O(number of chunks).
    public func finish() -> FinishedXorb {
        packStaged()
        return FinishedXorb(
            hash: XorbHash(of: chunks), chunks: chunks, packedEnds: packedEnds, unpackedLength: unpackedLength,
            packedLength: packedBytes)
    }

    /// Starts the next xorb in the same memory.
    public func reset() {
        staged.removeAll(keepingCapacity: true)
        stagedRoom = 0
        chunks.removeAll(keepingCapacity: true)
        packedEnds.removeAll(keepingCapacity: true)
        unpackedLength = 0
        packedBytes = 0
    }
}

/// What a complete xorb holds and is called.
public struct FinishedXorb: Hashable, Sendable {
    public var hash: XorbHash
    public var chunks: [Chunk]
    /// Where each chunk ends in the body, headers included.
    public var packedEnds: [UInt32]
    /// The sum of the chunks' lengths in bytes.
    public var unpackedLength: Int
    /// Bytes of the body.
    public var packedLength: Int
}
