import NIOCore
import Xet

/// Reads runs of chunks from a stored object and lets none through whose bytes do not hash to its leaf.
enum VerifiedChunks {
    /// Blocks; call it on a content thread.
    static func read(_ chunks: Range<UInt32>, of index: XorbIndex, from file: OpenFile) throws -> ByteBuffer {
        let bytes = index.byteRange(of: chunks)
        let packedLength = Int(bytes.count)
        let unpackedLength = Int(index.unpackedLength(of: chunks))
        let packed = UnsafeMutableRawBufferPointer.allocate(byteCount: packedLength, alignment: 16)
        defer { packed.deallocate() }
        guard try file.read(into: packed, at: Int(bytes.lowerBound)) else {
            throw ContentError.damagedObject(index.hash, reason: "the object is cut short")
        }
        var piece = ByteBufferAllocator().buffer(capacity: unpackedLength)
        try piece.writeWithUnsafeMutableBytes(minimumWritableBytes: unpackedLength) { target in
            do {
                try decode(chunks, of: index, packed: UnsafeRawBufferPointer(packed), into: target)
            } catch let error as XetFormatError {
                throw ContentError.damagedObject(index.hash, reason: "\(error)")
            }
            return unpackedLength
        }
        return piece
    }

    private static func decode(
        _ chunks: Range<UInt32>, of index: XorbIndex, packed: UnsafeRawBufferPointer,
        into target: UnsafeMutableRawBufferPointer,
    ) throws {
        let packedStart = index.packedStart(of: chunks.lowerBound)
        let unpackedStart = index.unpackedStart(of: chunks.lowerBound)
        let decoder = ChunkDecoder()
        for chunk in chunks {
            let start = Int(index.packedStart(of: chunk) - packedStart)
            let end = Int(index.packedEnds[Int(chunk)] - packedStart)
            let frame = UnsafeRawBufferPointer(rebasing: packed[start..<end])
            let offset = UInt64(index.packedStart(of: chunk))
            let header = try ChunkHeader(parsing: frame, at: offset)
            let length = Int(index.chunk(chunk).length)
            guard header.packedLength == end - start - ChunkHeader.size, header.unpackedLength == length else {
                throw ContentError.damagedObject(index.hash, reason: "the header of chunk \(chunk) does not fit")
            }
            let begin = Int(index.unpackedStart(of: chunk) - unpackedStart)
            let plain = UnsafeMutableRawBufferPointer(rebasing: target[begin..<begin + length])
            try decoder.decode(
                header, payload: UnsafeRawBufferPointer(rebasing: frame[ChunkHeader.size...]), into: plain,
                offset: offset + UInt64(ChunkHeader.size))
        }
        try check(chunks, of: index, plain: UnsafeRawBufferPointer(target), unpackedStart: unpackedStart)
    }

    private static func check(
        _ chunks: Range<UInt32>, of index: XorbIndex, plain: UnsafeRawBufferPointer, unpackedStart: UInt32,
    ) throws {
        guard let base = plain.baseAddress else { return }
        let offsets = chunks.map { Int(index.unpackedStart(of: $0) - unpackedStart) }
        let lengths = chunks.map { Int(index.chunk($0).length) }
        let hashes = [ChunkHash](unsafeUninitializedCapacity: chunks.count) { output, count in
            offsets.withUnsafeBufferPointer { offsets in
                lengths.withUnsafeBufferPointer { lengths in
                    guard let into = output.baseAddress else { return }
                    ChunkHashing.hash(base: base, offsets: offsets, lengths: lengths, into: into)
                }
            }
            count = chunks.count
        }
        for (position, chunk) in chunks.enumerated() where hashes[position] != index.chunkHashes[Int(chunk)] {
            throw ContentError.damagedObject(index.hash, reason: "chunk \(chunk) does not match its hash")
        }
    }
}
