import CLZ4

/// Packs chunks. It owns its scratch memory, so use one per task and keep it.
public final class ChunkEncoder {
    private let groups: UnsafeMutableRawBufferPointer
    private let state: UnsafeMutableRawPointer
    private let planes = PlaneCompressor()

    public init() {
        groups = .allocate(byteCount: XetLimits.maximumChunk + PlaneCompressor.sourceSlack, alignment: 64)
        groups.initializeMemory(as: UInt8.self, repeating: 0)
        state = .allocate(byteCount: Int(LZ4_sizeofState()), alignment: 16)
    }

    deinit {
        groups.deallocate()
        state.deallocate()
    }

    /// Writes header and payload of one chunk. A chunk that does not shrink is stored with `CompressionScheme.none`.
    ///
    /// - Parameters:
    ///   - chunk: 1 to `XetLimits.maximumChunk` bytes.
    ///   - scheme: anything but `bitSlicedLZ4`, which is read only.
    ///   - output: at least `ChunkHeader.size` + `chunk.count` bytes.
    /// - Returns: how many bytes were written.
    public func encode(
        _ chunk: UnsafeRawBufferPointer, scheme: CompressionScheme, into output: UnsafeMutableRawBufferPointer,
    ) -> Int {
        precondition((1...XetLimits.maximumChunk).contains(chunk.count), "a chunk has 1 to 131072 bytes")
        precondition(output.count >= ChunkHeader.size + chunk.count, "the output must hold the unpacked chunk")
        precondition(scheme != .bitSlicedLZ4, "bit-sliced chunks are not written")
        guard let start = output.baseAddress else { return 0 }
        let payload = start + ChunkHeader.size
        if let packed = pack(chunk, scheme: scheme, into: payload) {
            ChunkHeader(packedLength: packed, scheme: scheme, unpackedLength: chunk.count).store(to: start)
            return ChunkHeader.size + packed
        }
        ChunkHeader(packedLength: chunk.count, scheme: .none, unpackedLength: chunk.count).store(to: start)
        UnsafeMutableRawBufferPointer(start: payload, count: chunk.count).copyMemory(from: chunk)
        return ChunkHeader.size + chunk.count
    }

    private func pack(
        _ chunk: UnsafeRawBufferPointer, scheme: CompressionScheme, into payload: UnsafeMutableRawPointer,
    ) -> Int? {
        let limit = chunk.count - 1
        switch scheme {
        case .none, .bitSlicedLZ4:
            return nil
        case .lz4:
            return LZ4Frame.encode(count: chunk.count, into: payload, limit: limit) { target, room in
                let packed = LZ4_compress_fast_extState(
                    state, chunk.baseAddress?.assumingMemoryBound(to: CChar.self),
                    target.assumingMemoryBound(to: CChar.self), Int32(chunk.count), Int32(room), 1)
                return packed > 0 ? Int(packed) : nil
            }
        case .byteGroupedLZ4:
            guard let start = groups.baseAddress else { return nil }
            ByteGrouping.split(chunk, into: UnsafeMutableRawBufferPointer(start: start, count: chunk.count))
            return LZ4Frame.encode(count: chunk.count, into: payload, limit: limit) { target, room in
                planes.compress(start, count: chunk.count, into: target, limit: room)
            }
        }
    }
}
