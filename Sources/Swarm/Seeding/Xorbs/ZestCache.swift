internal import ChunkStore
internal import NIOCore
internal import Xet

/// The xorbs that zest has kept (p2p §1.4). Nobody has checked them yet, and zest keeps whatever it gets: what is served
/// is hashed first, every time.
public struct ZestCache: Sendable {
    /// No xorb takes more: 64 MiB of chunks with a header each.
    private static let largestFile = UInt64(XetLimits.maximumXorbBytes + XetLimits.maximumXorbChunks * ChunkHeader.size)

    private let folder: String

    /// - Parameter folder: the one that has `xorbs/`, such as `~/.cache/zest`.
    public init(folder: String) { self.folder = folder }

    /// Chunks of a xorb that is there as a whole, and is what its name says; all of them where the range begins with the
    /// first. Blocks.
    func whole(_ chunks: Range<UInt32>, of xorb: XorbHash) -> XorbFrames? {
        guard let bytes = read("\(xorb)") else { return nil }
        let found = bytes.withUnsafeReadableBytes { try? XorbValidation.validate($0, expecting: xorb) }
        // Behind the chunks stands nothing that a peer could use.
        guard let found, found.bodyLength == bytes.readableBytes else { return nil }
        let count = UInt32(found.chunks.count)
        guard chunks.upperBound <= count else { return nil }
        guard chunks.lowerBound > 0 else { return XorbFrames(firstChunk: 0, chunkCount: count, bytes: bytes) }
        let start = Int(found.packedEnds[Int(chunks.lowerBound) - 1])
        let end = Int(found.packedEnds[Int(chunks.upperBound) - 1])
        return bytes.getSlice(at: bytes.readerIndex + start, length: end - start).map {
            XorbFrames(firstChunk: chunks.lowerBound, chunkCount: UInt32(chunks.count), bytes: $0)
        }
    }

    /// Bytes of a xorb that is there as a whole, as far as the name tells; nil when it is not. Blocks.
    func length(of xorb: XorbHash) -> UInt64? {
        try? RandomAccessFile(path: path(of: "\(xorb)"), access: .read).length
    }

    /// Chunks of a xorb out of the part that starts with the first of them. Blocks.
    /// - Parameter expected: what the chunks are, from a list that is trusted.
    func part(_ chunks: Range<UInt32>, of xorb: XorbHash, expected: [Chunk]) -> ByteBuffer? {
        guard let bytes = read("\(xorb).\(chunks.lowerBound)"), expected.count == chunks.count else { return nil }
        let end = bytes.withUnsafeReadableBytes { body -> Int? in
            var reader = XorbReader(body)
            let decoder = ChunkDecoder()
            let space = UnsafeMutableRawBufferPointer.allocate(byteCount: XetLimits.maximumChunk, alignment: 64)
            defer { space.deallocate() }
            for chunk in expected {
                guard let packed = try? reader.next(), packed.header.unpackedLength == Int(chunk.length) else {
                    return nil
                }
                let plain = UnsafeMutableRawBufferPointer(rebasing: space[..<Int(chunk.length)])
                guard (try? decoder.decode(packed.header, payload: packed.payload, into: plain, offset: 0)) != nil,
                    ChunkHashing.hash(UnsafeRawBufferPointer(plain)) == chunk.hash
                else { return nil }
            }
            return reader.position
        }
        return end.flatMap { bytes.getSlice(at: bytes.readerIndex, length: $0) }
    }

    private func path(of name: String) -> String { "\(folder)/xorbs/\(name.prefix(2))/\(name)" }

    private func read(_ name: String) -> ByteBuffer? {
        guard let file = try? RandomAccessFile(path: path(of: name), access: .read), let length = try? file.length,
            length > 0, length <= Self.largestFile
        else { return nil }
        var bytes = ByteBufferAllocator().buffer(capacity: Int(length))
        let got = try? bytes.writeWithUnsafeMutableBytes(minimumWritableBytes: Int(length)) { space in
            try file.read(into: UnsafeMutableRawBufferPointer(rebasing: space[..<Int(length)]), at: 0)
        }
        return got == Int(length) ? bytes : nil
    }
}
