import CLZ4

/// The LZ4 frame around one chunk (xet-protocol §3.2), written in the one form that other clients write and read in
/// any valid form.
///
/// Frames are parsed here rather than by liblz4's frame decoder: blocks then go straight into the caller's memory,
/// nothing is allocated whatever block size a header claims, and errors know their offset.
enum LZ4Frame {
    static let magic: UInt32 = 0x184D_2204
    /// Magic, two flag bytes, header checksum and one block size.
    static let headerSize = 7 + 4
    /// The same and the end mark.
    static let overhead = headerSize + 4
    private static let storedBit: UInt32 = 0x8000_0000
    /// Matches reach back 64 KiB at most.
    private static let window = 65536

    /// Writes a frame of one block around what `pack` makes of `count` source bytes, or returns nil when the frame
    /// would take more than `limit` bytes. `pack` gets the place and the room for the block.
    @inline(__always)
    static func encode(
        count: Int, into target: UnsafeMutableRawPointer, limit: Int,
        _ pack: (UnsafeMutableRawPointer, Int) -> Int?,
    ) -> Int? {
        guard limit > overhead, let packed = pack(target + headerSize, limit - overhead) else { return nil }
        target.storeBytes(of: magic.littleEndian, as: UInt32.self)
        // Version 1, independent blocks, no checksums; blocks of 64 or 256 KiB, and the checksum of these two bytes.
        let isSmall = count <= window
        target.storeBytes(of: 0x60, toByteOffset: 4, as: UInt8.self)
        target.storeBytes(of: isSmall ? 0x40 : 0x50, toByteOffset: 5, as: UInt8.self)
        target.storeBytes(of: isSmall ? 0x82 : 0xFB, toByteOffset: 6, as: UInt8.self)
        target.storeBytes(of: UInt32(packed).littleEndian, toByteOffset: 7, as: UInt32.self)
        target.storeBytes(of: UInt32(0), toByteOffset: headerSize + packed, as: UInt32.self)
        return overhead + packed
    }

    /// Unpacks one frame that fills `frame` completely and must yield exactly `count` bytes at `target`.
    ///
    /// - Parameters:
    ///   - frame: the frame and nothing else.
    ///   - target: at least `count` writable bytes.
    ///   - count: bytes that the frame must yield.
    ///   - offset: where the frame starts in the object, for errors.
    /// - Throws: for anything that is not one valid frame of exactly `count` bytes.
    static func decode(
        _ frame: UnsafeRawBufferPointer, into target: UnsafeMutableRawPointer, count: Int, offset: UInt64,
    ) throws(XetFormatError) {
        var cursor = ByteCursor(frame, base: offset)
        let descriptor = try LZ4FrameDescriptor(&cursor)
        if let promised = descriptor.contentSize, promised != UInt64(count) {
            throw XetFormatError(
                .decompressionFailed, at: offset, "the LZ4 frame promises \(promised) bytes, the chunk has \(count)")
        }
        var produced = 0
        while true {
            let mark = cursor.offset
            let field = try cursor.u32("an LZ4 block size")
            if field == 0 { break }
            let size = Int(field & ~storedBit)
            guard size <= descriptor.maximumBlock else {
                throw XetFormatError(
                    .decompressionFailed, at: mark,
                    "an LZ4 block of \(size) bytes exceeds the frame's limit of \(descriptor.maximumBlock)")
            }
            let block = UnsafeRawBufferPointer(start: try cursor.take(size, "an LZ4 block"), count: size)
            if descriptor.hasBlockChecksums {
                let expected = try cursor.u32("an LZ4 block checksum")
                guard XXHash32.hash(block) == expected else {
                    throw XetFormatError(.hashMismatch, at: mark, "an LZ4 block does not match its checksum")
                }
            }
            let room = min(count - produced, descriptor.maximumBlock)
            if field & storedBit != 0 {
                guard size <= room else { throw overrun(count, at: mark) }
                UnsafeMutableRawBufferPointer(start: target + produced, count: size).copyMemory(from: block)
                produced += size
            } else {
                let history = descriptor.hasLinkedBlocks ? min(produced, window) : 0
                let length = unpack(block, into: target + produced, room: room, history: history)
                guard length >= 0 else { throw overrun(count, at: mark) }
                produced += Int(length)
            }
        }
        guard produced == count else {
            throw XetFormatError(
                .decompressionFailed, at: offset, "the LZ4 frame yields \(produced) bytes, the chunk has \(count)")
        }
        if descriptor.hasContentChecksum {
            let mark = cursor.offset
            let expected = try cursor.u32("the LZ4 content checksum")
            guard XXHash32.hash(UnsafeRawBufferPointer(start: target, count: count)) == expected else {
                throw XetFormatError(.hashMismatch, at: mark, "the LZ4 frame does not match its checksum")
            }
        }
        guard cursor.isAtEnd else {
            throw XetFormatError(
                .trailingBytes, at: cursor.offset, "\(cursor.remaining) bytes follow after the LZ4 frame")
        }
    }

    /// Unpacks a block behind `history` bytes that it may refer to; negative on damage.
    @inline(__always)
    private static func unpack(
        _ block: UnsafeRawBufferPointer, into target: UnsafeMutableRawPointer, room: Int, history: Int,
    ) -> Int32 {
        let source = block.baseAddress?.assumingMemoryBound(to: CChar.self)
        let output = target.assumingMemoryBound(to: CChar.self)
        if history == 0 {
            return LZ4_decompress_safe(source, output, Int32(block.count), Int32(room))
        }
        return LZ4_decompress_safe_usingDict(
            source, output, Int32(block.count), Int32(room), output - history, Int32(history))
    }

    private static func overrun(_ count: Int, at offset: UInt64) -> XetFormatError {
        XetFormatError(
            .decompressionFailed, at: offset,
            "an LZ4 block is damaged or yields more than the chunk's \(count) bytes")
    }
}
