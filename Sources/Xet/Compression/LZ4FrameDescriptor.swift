/// What the header of an LZ4 frame says.
struct LZ4FrameDescriptor {
    var hasLinkedBlocks: Bool
    var hasBlockChecksums: Bool
    var hasContentChecksum: Bool
    var contentSize: UInt64?
    /// The largest block in bytes, packed or unpacked.
    var maximumBlock: Int

    /// Reads a frame header and leaves the cursor at the first block.
    init(_ cursor: inout ByteCursor) throws(XetFormatError) {
        let start = cursor.offset
        let magic = try cursor.u32("the LZ4 magic")
        guard magic == LZ4Frame.magic else {
            throw XetFormatError(.badMagic, at: start, "the payload does not start with the LZ4 frame magic")
        }
        let descriptorStart = cursor.position
        let flags = try cursor.byte("the LZ4 flags")
        let blockInfo = try cursor.byte("the LZ4 block descriptor")
        guard flags >> 6 == 1 else {
            throw XetFormatError(.unsupportedVersion, at: start + 4, "the LZ4 frame has version \(flags >> 6), not 1")
        }
        guard flags & 0b10 == 0, blockInfo & 0b1000_1111 == 0, blockInfo >> 4 >= 4 else {
            throw XetFormatError(.malformed, at: start + 4, "the LZ4 frame header uses reserved values")
        }
        guard flags & 1 == 0 else {
            throw XetFormatError(.unsupportedScheme, at: start + 4, "the LZ4 frame needs a dictionary")
        }
        hasLinkedBlocks = flags & 0b10_0000 == 0
        hasBlockChecksums = flags & 0b1_0000 != 0
        contentSize = flags & 0b1000 == 0 ? nil : try cursor.u64("the LZ4 content size")
        hasContentChecksum = flags & 0b100 != 0
        maximumBlock = 1 << (8 + 2 * Int(blockInfo >> 4))
        let covered = UnsafeRawBufferPointer(rebasing: cursor.bytes[descriptorStart..<cursor.position])
        let checksumOffset = cursor.offset
        let checksum = try cursor.byte("the LZ4 header checksum")
        guard checksum == UInt8(truncatingIfNeeded: XXHash32.hash(covered) >> 8) else {
            throw XetFormatError(.hashMismatch, at: checksumOffset, "the LZ4 header does not match its checksum")
        }
    }
}
