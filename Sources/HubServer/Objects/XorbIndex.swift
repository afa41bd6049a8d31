import Xet

/// Where the chunks of a stored xorb are and what they hash to; made only from a footer that proved itself against
/// the xorb hash. The packed ends are not covered by the hash: wrong ones show when a chunk is decoded.
final class XorbIndex: Sendable {
    static let maximumObjectSize = 80 << 20

    let hash: XorbHash
    let chunkHashes: [ChunkHash]
    let packedEnds: [UInt32]
    let unpackedEnds: [UInt32]

    var chunkCount: Int { chunkHashes.count }
    var bodyLength: UInt32 { packedEnds.last ?? 0 }
    var unpackedLength: UInt32 { unpackedEnds.last ?? 0 }

    init(verifying footer: XorbFooter, of xorb: XorbHash, objectSize: Int) throws(ContentError) {
        guard let unpackedEnds = footer.unpackedEnds, footer.xorbHash == xorb,
            !footer.chunkHashes.isEmpty, footer.chunkHashes.count <= XetLimits.maximumXorbChunks,
            footer.packedEnds.count == footer.chunkHashes.count, unpackedEnds.count == footer.chunkHashes.count
        else { throw .damagedObject(xorb, reason: "its footer belongs to something else") }
        guard Self.isAscending(footer.packedEnds), Self.isAscending(unpackedEnds),
            Int(footer.packedEnds.last ?? 0) + footer.encodedSize == objectSize
        else { throw .damagedObject(xorb, reason: "its footer does not fit its size") }
        hash = xorb
        chunkHashes = footer.chunkHashes
        packedEnds = footer.packedEnds
        self.unpackedEnds = unpackedEnds
        guard XorbHash(of: (0..<UInt32(chunkCount)).lazy.map { [self] in chunk($0) }) == xorb else {
            throw .damagedObject(xorb, reason: "its chunk hashes do not add up to its name")
        }
    }

    private static func isAscending(_ ends: [UInt32]) -> Bool {
        var previous: UInt32 = 0
        for end in ends {
            guard end > previous else { return false }
            previous = end
        }
        return true
    }

    func chunk(_ index: UInt32) -> Chunk {
        Chunk(
            hash: chunkHashes[Int(index)], length: unpackedEnds[Int(index)] - unpackedStart(of: index))
    }

    func packedStart(of index: UInt32) -> UInt32 { index == 0 ? 0 : packedEnds[Int(index) - 1] }
    func unpackedStart(of index: UInt32) -> UInt32 { index == 0 ? 0 : unpackedEnds[Int(index) - 1] }

    /// True when the indices exist and there is at least one.
    func contains(_ chunks: Range<UInt32>) -> Bool { !chunks.isEmpty && Int(chunks.upperBound) <= chunkCount }

    func unpackedLength(of chunks: Range<UInt32>) -> UInt32 {
        chunks.isEmpty ? 0 : unpackedEnds[Int(chunks.upperBound) - 1] - unpackedStart(of: chunks.lowerBound)
    }

    /// The inclusive byte positions of a run of chunks in the object, headers included; never reaches the footer.
    func byteRange(of chunks: Range<UInt32>) -> ClosedRange<UInt64> {
        UInt64(packedStart(of: chunks.lowerBound))...UInt64(packedEnds[Int(chunks.upperBound) - 1]) - 1
    }
}

extension XorbFooter {
    /// Bytes of the V1 form with the trailing length (xet-protocol §3.5).
    var encodedSize: Int { 96 + 40 * chunkHashes.count }
}
