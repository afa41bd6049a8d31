/// Unpacks chunks. It owns its scratch memory, so use one per task and keep it.
public final class ChunkDecoder {
    private let scratch: UnsafeMutableRawBufferPointer

    public init() {
        scratch = .allocate(byteCount: XetLimits.maximumChunk, alignment: 64)
    }

    deinit {
        scratch.deallocate()
    }

    /// Unpacks one chunk into the first `header.unpackedLength` bytes of `output`. Nothing is allocated and nothing
    /// else is written, whatever the payload claims.
    ///
    /// - Parameters:
    ///   - header: the chunk's header, as `ChunkHeader.init(parsing:at:)` accepted it.
    ///   - payload: the `header.packedLength` bytes after the header.
    ///   - output: at least `header.unpackedLength` bytes.
    ///   - offset: where the payload starts in the xorb, for errors.
    /// - Throws: when the payload does not unpack to exactly the promised length.
    public func decode(
        _ header: ChunkHeader, payload: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer,
        offset: UInt64,
    ) throws(XetFormatError) {
        let count = header.unpackedLength
        precondition(output.count >= count && count <= scratch.count, "the output must hold the unpacked chunk")
        guard payload.count == header.packedLength, let target = output.baseAddress, let space = scratch.baseAddress
        else {
            throw XetFormatError(
                .truncated, at: offset,
                "a chunk's payload has \(payload.count) bytes, its header says \(header.packedLength)")
        }
        switch header.scheme {
        case .none:
            guard payload.count == count else {
                throw XetFormatError(
                    .lengthOutOfRange, at: offset, "an unpacked chunk of \(count) bytes has \(payload.count) bytes")
            }
            UnsafeMutableRawBufferPointer(start: target, count: count).copyMemory(from: payload)
        case .lz4:
            try LZ4Frame.decode(payload, into: target, count: count, offset: offset)
        case .byteGroupedLZ4:
            try LZ4Frame.decode(payload, into: space, count: count, offset: offset)
            ByteGrouping.join(
                UnsafeRawBufferPointer(start: space, count: count),
                into: UnsafeMutableRawBufferPointer(start: target, count: count))
        case .bitSlicedLZ4:
            try LZ4Frame.decode(payload, into: space, count: count, offset: offset)
            BitSlicing.join(
                UnsafeRawBufferPointer(start: space, count: count),
                into: UnsafeMutableRawBufferPointer(start: target, count: count))
        }
    }
}
