/// What a xorb body proved to hold (xet-protocol §3.6).
public struct XorbValidation: Hashable, Sendable {
    public var hash: XorbHash
    public var chunks: [Chunk]
    /// Where each chunk ends in the body, headers included.
    public var packedEnds: [UInt32]
    /// Where each chunk ends in the unpacked content.
    public var unpackedEnds: [UInt32]
    /// Bytes of chunks, without the footer that old clients send along.
    public var bodyLength: Int

    /// The footer to store behind the body.
    public func footer(nonce: UInt32 = 0) -> XorbFooter {
        XorbFooter(
            xorbHash: hash, chunkHashes: chunks.map(\.hash), packedEnds: packedEnds, unpackedEnds: unpackedEnds,
            nonce: nonce)
    }

    /// Unpacks and hashes every chunk of a body, with or without footer, and compares the tree root with the name it
    /// was sent under.
    ///
    /// Costs what unpacking and hashing cost and at most 4 MiB of memory; call it off the cooperative threads. A
    /// footer in the body must be well-formed and agree with the chunks. Bit-sliced chunks are refused, because most
    /// clients could not read them back.
    public static func validate(
        _ body: UnsafeRawBufferPointer, expecting expected: XorbHash,
    ) throws(XetFormatError) -> XorbValidation {
        let found = try inspect(body)
        guard found.hash == expected else {
            throw XetFormatError(
                .hashMismatch, at: 0, "the xorb's chunks make up \(found.hash), it was sent as \(expected)")
        }
        return found
    }

    /// Does all of `validate(_:expecting:)` but the comparison: names an unnamed body.
    public static func inspect(_ body: UnsafeRawBufferPointer) throws(XetFormatError) -> XorbValidation {
        let hasher = XorbHasher(base: body)
        var reader = XorbReader(body, acceptsFooter: true)
        var packedEnds: [UInt32] = []
        var unpackedEnds: [UInt32] = []
        var unpacked = 0
        while let chunk = try reader.next() {
            guard chunk.header.scheme != .bitSlicedLZ4 else {
                throw XetFormatError(
                    .unsupportedScheme, at: chunk.offset + 4, "bit-sliced chunks are not accepted; use scheme 0, 1 or 2"
                )
            }
            unpacked += chunk.header.unpackedLength
            guard unpacked <= XetLimits.maximumXorbBytes, packedEnds.count < XetLimits.maximumXorbChunks else {
                throw XetFormatError(
                    .countOutOfRange, at: chunk.offset,
                    "a xorb holds at most \(XetLimits.maximumXorbBytes) bytes in \(XetLimits.maximumXorbChunks) chunks")
            }
            try hasher.append(chunk)
            packedEnds.append(UInt32(chunk.end))
            unpackedEnds.append(UInt32(unpacked))
        }
        guard !packedEnds.isEmpty else {
            throw XetFormatError(.countOutOfRange, at: 0, "the xorb holds no chunk")
        }
        let chunks = hasher.finish()
        let result = XorbValidation(
            hash: XorbHash(of: chunks), chunks: chunks, packedEnds: packedEnds, unpackedEnds: unpackedEnds,
            bodyLength: reader.position)
        if reader.position < body.count {
            try result.check(XorbFooter(parsing: body))
        }
        return result
    }

    private func check(_ footer: XorbFooter) throws(XetFormatError) {
        let agrees =
            footer.packedEnds == packedEnds && footer.chunkHashes == chunks.map(\.hash) && footer.xorbHash == hash
            && (footer.unpackedEnds ?? unpackedEnds) == unpackedEnds
        guard agrees else {
            throw XetFormatError(
                .malformed, at: UInt64(bodyLength), "the xorb's footer does not agree with its chunks")
        }
    }
}
