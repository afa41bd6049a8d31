/// The footer that stores append to a xorb's chunks (xet-protocol §3.5). It is never part of an upload or a download;
/// it lets its holder find each chunk without walking over all of them.
public struct XorbFooter: Hashable, Sendable {
    static let identifier = Array("XETBLOB".utf8)
    static let hashesIdentifier = Array("XBLBHSH".utf8)
    static let boundariesIdentifier = Array("XBLBBND".utf8)
    /// Bytes of the length field that ends the object, after the footer.
    public static let lengthFieldSize = 4
    static let fixedSize = 92
    static let sizePerChunk = 40
    static let legacyFixedSize = 60
    static let legacySizePerChunk = 36

    public var xorbHash: XorbHash
    public var chunkHashes: [ChunkHash]
    /// Where each chunk ends, in bytes from the start of the xorb, headers included.
    public var packedEnds: [UInt32]
    /// Where each chunk ends in the unpacked content; nil when a legacy footer does not say.
    public var unpackedEnds: [UInt32]?
    /// Distinguishes stores of equal xorbs; covered by no hash.
    public var nonce: UInt32

    public init(
        xorbHash: XorbHash, chunkHashes: [ChunkHash], packedEnds: [UInt32], unpackedEnds: [UInt32]?, nonce: UInt32 = 0,
    ) {
        self.xorbHash = xorbHash
        self.chunkHashes = chunkHashes
        self.packedEnds = packedEnds
        self.unpackedEnds = unpackedEnds
        self.nonce = nonce
    }

    /// Bytes of chunks before the footer.
    public var bodyLength: Int { Int(packedEnds.last ?? 0) }

    /// Chunks with their unpacked lengths; nil when a legacy footer does not say.
    public var chunks: [Chunk]? {
        guard let unpackedEnds else { return nil }
        var start: UInt32 = 0
        return zip(chunkHashes, unpackedEnds).map { hash, end in
            defer { start = end }
            return Chunk(hash: hash, length: end - start)
        }
    }

    /// Where chunks `range` lie in the xorb, headers included.
    public func packedRange(of range: Range<Int>) -> Range<Int> {
        let start = range.lowerBound == 0 ? 0 : Int(packedEnds[range.lowerBound - 1])
        return start..<(range.isEmpty ? start : Int(packedEnds[range.upperBound - 1]))
    }

    /// Throws `hashMismatch` unless the chunk hashes and lengths make up the xorb hash. Needs unpacked ends.
    public func verify() throws(XetFormatError) {
        guard let chunks else {
            throw XetFormatError(.unsupportedVersion, at: 0, "a legacy footer has no lengths to verify its hash by")
        }
        let found = XorbHash(of: chunks)
        guard found == xorbHash else {
            throw XetFormatError(.hashMismatch, at: 0, "the footer names xorb \(xorbHash), its chunks make up \(found)")
        }
    }

    /// The newest form, followed by the length field that ends the object. The footer must have unpacked ends.
    public func encoded() -> [UInt8] {
        let count = chunkHashes.count
        let unpackedEnds = unpackedEnds ?? []
        precondition(packedEnds.count == count && unpackedEnds.count == count, "a footer needs all boundaries")
        let size = Self.fixedSize + Self.sizePerChunk * count
        return ByteWriter.array(count: size + Self.lengthFieldSize) { writer in
            writer.bytes(Self.identifier)
            writer.byte(1)
            writer.hash(xorbHash)
            writer.bytes(Self.hashesIdentifier)
            writer.byte(0)
            writer.u32(UInt32(count))
            chunkHashes.forEach { writer.hash($0) }
            writer.bytes(Self.boundariesIdentifier)
            writer.byte(1)
            writer.u32(UInt32(count))
            packedEnds.forEach { writer.u32($0) }
            unpackedEnds.forEach { writer.u32($0) }
            writer.u32(UInt32(count))
            // Where the two sections start, counted back from the end of the footer.
            writer.u32(UInt32(52 + 40 * count))
            writer.u32(UInt32(40 + 8 * count))
            writer.u32(nonce)
            writer.zeros(12)
            writer.u32(UInt32(size))
        }
    }
}
