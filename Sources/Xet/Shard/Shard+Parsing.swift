extension Shard {
    /// Reads a shard of any of the three shapes: an upload, a dedup reply or a cached shard (xet-protocol §4.6).
    ///
    /// Lookup tables are checked to lie inside the shard and otherwise ignored: they say nothing new, and servers may
    /// leave them empty.
    public init(parsing bytes: UnsafeRawBufferPointer) throws(XetFormatError) {
        var cursor = ByteCursor(bytes)
        try cursor.expect(ShardLayout.tag, "the shard's tag")
        let version = try cursor.u64("the shard's version")
        guard version == ShardLayout.version else {
            throw XetFormatError(
                .unsupportedVersion, at: 32, "the shard has version \(version), not \(ShardLayout.version)")
        }
        let footerSize = try cursor.u64("the shard's footer size")
        guard footerSize == 0 || footerSize == UInt64(ShardLayout.footerSize) else {
            throw XetFormatError(
                .unsupportedVersion, at: 40, "the shard's footer has \(footerSize) bytes, known are 0 and 200")
        }
        var shard = Shard()
        guard footerSize != 0 else {
            try shard.parseRecords(&cursor)
            self = shard
            return
        }
        let footer: ShardFooter
        do {
            footer = try ShardFooter(parsingEndOf: bytes)
        } catch {
            // hf_xet 1.2 promises a footer in what it uploads, and leaves it off.
            guard (try? shard.parseRecords(&cursor)) != nil else { throw error }
            self = shard
            return
        }
        shard.isComplete = true
        shard.key = footer.key
        shard.creation = footer.creation
        shard.expiry = footer.expiry
        // The records must end before the footer, even if they could be read on into it.
        let records = UnsafeRawBufferPointer(rebasing: bytes[..<footer.position])
        cursor = ByteCursor(records, position: ShardLayout.headerSize)
        try shard.parseFiles(&cursor)
        guard footer.xorbSection == cursor.offset else {
            throw XetFormatError(
                .malformed, at: UInt64(footer.position + 16),
                "the footer places the xorb section at \(footer.xorbSection), it starts at \(cursor.offset)")
        }
        try shard.parseXorbs(&cursor)
        try footer.checkLookups(after: cursor.offset)
        self = shard
    }

    /// Throws unless the shard is fit to be uploaded: not keyed, and every file verified (xet-protocol §4.2). A footer is
    /// no harm.
    public func checkUpload() throws(XetFormatError) {
        guard key.isZero else {
            throw XetFormatError(.malformed, at: 40, "an uploaded shard is not keyed")
        }
        for file in files where file.verification == nil {
            throw XetFormatError(
                .malformed, at: UInt64(ShardLayout.headerSize), "file \(file.fileHash) lacks its verification hashes")
        }
    }

    /// Reads both sections; nothing may follow.
    private mutating func parseRecords(_ cursor: inout ByteCursor) throws(XetFormatError) {
        try parseFiles(&cursor)
        try parseXorbs(&cursor)
        guard cursor.isAtEnd else {
            throw XetFormatError(
                .trailingBytes, at: cursor.offset, "\(cursor.remaining) bytes follow after the shard's last record")
        }
    }

    private mutating func parseFiles(_ cursor: inout ByteCursor) throws(XetFormatError) {
        while true {
            let start = cursor.offset
            guard let file = try ShardFile(parsing: &cursor) else { return }
            guard let last = files.last else {
                files.append(file)
                continue
            }
            // A repeated file is legal, the first one counts.
            guard last.fileHash <= file.fileHash else {
                throw XetFormatError(.notSorted, at: start, "file \(file.fileHash) stands after \(last.fileHash)")
            }
            if last.fileHash != file.fileHash { files.append(file) }
        }
    }

    private mutating func parseXorbs(_ cursor: inout ByteCursor) throws(XetFormatError) {
        while true {
            let start = cursor.offset
            guard let xorb = try ShardXorb(parsing: &cursor) else { return }
            if let last = xorbs.last {
                guard last.hash < xorb.hash else {
                    throw XetFormatError(.notSorted, at: start, "xorb \(xorb.hash) stands after \(last.hash)")
                }
            }
            xorbs.append(xorb)
        }
    }
}

extension ShardFile {
    /// Reads the next file of a file section; nil for the mark that ends it.
    init?(parsing cursor: inout ByteCursor) throws(XetFormatError) {
        let start = cursor.offset
        fileHash = try cursor.hash("a file record")
        let flags = try cursor.u32("a file's flags")
        let count = try cursor.u32("a file's segment count")
        _ = try cursor.take(8, "a file record")
        segments = []
        if fileHash == .bookend { return nil }
        guard flags & ~(ShardLayout.withVerification | ShardLayout.withMetadata) == 0 else {
            throw XetFormatError(.malformed, at: start + 32, "file \(fileHash) has unknown flags \(flags)")
        }
        let isVerified = flags & ShardLayout.withVerification != 0
        let records = (isVerified ? 2 : 1) * UInt64(count)
        guard records <= UInt64(cursor.remaining / ShardLayout.recordSize) else {
            throw XetFormatError(
                .countOutOfRange, at: start + 36, "file \(fileHash) promises \(count) segments, more than follow")
        }
        segments.reserveCapacity(Int(count))
        for _ in 0..<count {
            segments.append(try ShardSegment(parsing: &cursor))
        }
        if isVerified {
            var hashes: [RangeHash] = []
            hashes.reserveCapacity(Int(count))
            for _ in 0..<count {
                hashes.append(try cursor.hash("a verification record"))
                _ = try cursor.take(16, "a verification record")
            }
            verification = hashes
        }
        if flags & ShardLayout.withMetadata != 0 {
            sha256 = SHA256Digest(wordSwapped: try cursor.take(32, "a metadata record"))
            _ = try cursor.take(16, "a metadata record")
        }
    }
}

extension ShardXorb {
    /// Reads the next xorb of a xorb section; nil for the mark that ends it.
    init?(parsing cursor: inout ByteCursor) throws(XetFormatError) {
        let start = cursor.offset
        hash = try cursor.hash("a xorb record")
        _ = try cursor.u32("a xorb's flags")
        let count = try cursor.u32("a xorb's chunk count")
        unpackedLength = try cursor.u32("a xorb's unpacked length")
        packedLength = try cursor.u32("a xorb's packed length")
        chunks = []
        if hash == .bookend { return nil }
        guard (1...UInt32(XetLimits.maximumXorbChunks)).contains(count),
            Int(count) <= cursor.remaining / ShardLayout.recordSize
        else {
            throw XetFormatError(
                .countOutOfRange, at: start + 36,
                "xorb \(hash) promises \(count) chunks, more than a xorb holds or than follow")
        }
        chunks.reserveCapacity(Int(count))
        var end: UInt32 = 0
        for _ in 0..<count {
            let chunk = try ShardChunk(parsing: &cursor, expectedOffset: end)
            // Both are bounded by 8192 chunks of 128 KiB, far below the limit of the type.
            end += chunk.length
            chunks.append(chunk)
        }
        guard end == unpackedLength, end <= XetLimits.maximumXorbBytes else {
            throw XetFormatError(
                .lengthOutOfRange, at: start + 40,
                "xorb \(hash) promises \(unpackedLength) bytes, its chunks have \(end)")
        }
    }
}

extension ShardSegment {
    fileprivate init(parsing cursor: inout ByteCursor) throws(XetFormatError) {
        let start = cursor.offset
        xorb = try cursor.hash("a segment record")
        flags = try cursor.u32("a segment's flags")
        unpackedLength = try cursor.u32("a segment's length")
        chunkStart = try cursor.u32("a segment's first chunk")
        chunkEnd = try cursor.u32("a segment's last chunk")
        guard chunkStart < chunkEnd, chunkEnd <= XetLimits.maximumXorbChunks else {
            throw XetFormatError(
                .countOutOfRange, at: start + 40, "a segment names chunks \(chunkStart) to \(chunkEnd) of a xorb")
        }
        guard (1...UInt32(XetLimits.maximumXorbBytes)).contains(unpackedLength) else {
            throw XetFormatError(
                .lengthOutOfRange, at: start + 36,
                "a segment has \(unpackedLength) bytes, allowed are 1 to \(XetLimits.maximumXorbBytes)")
        }
    }
}

extension ShardChunk {
    fileprivate init(parsing cursor: inout ByteCursor, expectedOffset: UInt32) throws(XetFormatError) {
        let start = cursor.offset
        hash = try cursor.hash("a chunk record")
        offset = try cursor.u32("a chunk's offset")
        length = try cursor.u32("a chunk's length")
        isGlobalDedupEligible = try cursor.u32("a chunk's flags") & ShardLayout.chunkEligible != 0
        _ = try cursor.take(4, "a chunk record")
        guard offset == expectedOffset else {
            throw XetFormatError(
                .malformed, at: start + 32,
                "a chunk starts at \(offset) in its xorb, the one before ends at \(expectedOffset)")
        }
        guard (1...UInt32(XetLimits.maximumChunk)).contains(length) else {
            throw XetFormatError(
                .lengthOutOfRange, at: start + 36,
                "a chunk has \(length) bytes, allowed are 1 to \(XetLimits.maximumChunk)")
        }
    }
}
