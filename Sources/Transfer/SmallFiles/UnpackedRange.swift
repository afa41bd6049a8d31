internal import NIOCore
internal import Xet
internal import XetClient

/// The chunks of one ranged GET, unpacked and hashed in memory.
struct UnpackedRange: Sendable {
    struct Piece: Sendable {
        var chunk: Chunk
        var bytes: ByteBuffer
        var packedBytes: UInt64
    }

    /// One for each chunk of the fetch.
    let pieces: [Piece]

    /// - Parameter limit: bytes that the chunks may have together.
    /// - Throws: `XetFormatError`, `TransferError` when the body is not exactly the promised chunks.
    init(_ fetch: Reconstruction.Fetch, body: ByteBuffer, limit: Int) throws {
        let decoder = ChunkDecoder()
        var pieces: [Piece] = []
        pieces.reserveCapacity(fetch.chunks.count)
        var unpacked = 0
        try body.withUnsafeReadableBytes { bytes in
            var position = 0
            for _ in fetch.chunks {
                let place = fetch.bytes.lowerBound + UInt64(position)
                let header = try ChunkHeader(
                    parsing: UnsafeRawBufferPointer(rebasing: bytes[position...]), at: place)
                let start = position + ChunkHeader.size
                unpacked += header.unpackedLength
                guard header.packedLength <= bytes.count - start, unpacked <= limit else {
                    throw TransferError(
                        code: .badReply, message: "the bytes of xorb \(fetch.xorb) are not the chunks of the plan")
                }
                let payload = UnsafeRawBufferPointer(rebasing: bytes[start..<start + header.packedLength])
                var hash = ChunkHash.zero
                var piece = ByteBuffer()
                try piece.writeWithUnsafeMutableBytes(minimumWritableBytes: header.unpackedLength) { space in
                    let target = UnsafeMutableRawBufferPointer(rebasing: space[..<header.unpackedLength])
                    try decoder.decode(header, payload: payload, into: target, offset: place)
                    hash = ChunkHashing.hash(UnsafeRawBufferPointer(target))
                    return header.unpackedLength
                }
                pieces.append(
                    Piece(
                        chunk: Chunk(hash: hash, length: UInt32(header.unpackedLength)), bytes: piece,
                        packedBytes: UInt64(ChunkHeader.size + header.packedLength)))
                position = start + header.packedLength
            }
            guard position == bytes.count else {
                throw TransferError(code: .badReply, message: "xorb \(fetch.xorb) has bytes after its last chunk")
            }
        }
        self.pieces = pieces
    }
}
