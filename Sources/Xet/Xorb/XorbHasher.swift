/// Unpacks and hashes the chunks of a body in batches, because the hash kernel is fastest over many chunks at once.
final class XorbHasher {
    /// Chunks of one memory area that wait for their hashes.
    private struct Batch {
        var offsets: [Int] = []
        var lengths: [Int] = []
        /// Which chunk of the xorb each is.
        var indices: [Int] = []
        var bytes = 0

        mutating func append(offset: Int, length: Int, index: Int) {
            offsets.append(offset)
            lengths.append(length)
            indices.append(index)
            bytes += length
        }

        mutating func hash(at base: UnsafeRawPointer, into chunks: inout [Chunk], scratch: inout [ChunkHash]) {
            guard !indices.isEmpty else { return }
            offsets.withUnsafeBufferPointer { offsets in
                lengths.withUnsafeBufferPointer { lengths in
                    scratch.withUnsafeMutableBufferPointer { hashes in
                        guard let first = hashes.baseAddress else { return }
                        ChunkHashing.hash(base: base, offsets: offsets, lengths: lengths, into: first)
                    }
                }
            }
            for (slot, index) in indices.enumerated() {
                chunks[index].hash = scratch[slot]
            }
            offsets.removeAll(keepingCapacity: true)
            lengths.removeAll(keepingCapacity: true)
            indices.removeAll(keepingCapacity: true)
            bytes = 0
        }
    }

    /// Chunks per batch at most.
    private static let batchChunks = 256
    /// Bytes after which a batch is hashed: enough to fill all vector lanes, little enough to stay in the cache.
    private static let batchBytes = 1 << 20

    private let body: UnsafeRawBufferPointer
    private let unpacked: UnsafeMutableRawBufferPointer
    private let decoder = ChunkDecoder()
    private var chunks: [Chunk] = []
    private var hashes = [ChunkHash](repeating: .zero, count: batchChunks)
    /// Chunks stored as they are, hashed where they lie.
    private var stored = Batch()
    private var decoded = Batch()

    init(base body: UnsafeRawBufferPointer) {
        self.body = body
        unpacked = .allocate(byteCount: Self.batchBytes + XetLimits.maximumChunk, alignment: 64)
    }

    deinit {
        unpacked.deallocate()
    }

    /// Takes the next chunk, whose payload lies in the body.
    func append(_ chunk: PackedChunk) throws(XetFormatError) {
        let length = chunk.header.unpackedLength
        let offset = Int(chunk.offset) + ChunkHeader.size
        if chunk.header.scheme == .none {
            stored.append(offset: offset, length: length, index: chunks.count)
        } else {
            try decoder.decode(
                chunk.header, payload: chunk.payload,
                into: UnsafeMutableRawBufferPointer(rebasing: unpacked[decoded.bytes...]), offset: UInt64(offset))
            decoded.append(offset: decoded.bytes, length: length, index: chunks.count)
        }
        chunks.append(Chunk(hash: .zero, length: UInt32(length)))
        if stored.bytes >= Self.batchBytes || stored.indices.count == Self.batchChunks {
            hashStored()
        }
        if decoded.bytes >= Self.batchBytes || decoded.indices.count == Self.batchChunks {
            hashDecoded()
        }
    }

    /// All chunks with their hashes.
    func finish() -> [Chunk] {
        hashStored()
        hashDecoded()
        return chunks
    }

    private func hashStored() {
        guard let base = body.baseAddress else { return }
        stored.hash(at: base, into: &chunks, scratch: &hashes)
    }

    private func hashDecoded() {
        guard let base = unpacked.baseAddress else { return }
        decoded.hash(at: UnsafeRawPointer(base), into: &chunks, scratch: &hashes)
    }
}
