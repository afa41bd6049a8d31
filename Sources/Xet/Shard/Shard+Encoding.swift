extension Shard {
    /// The form that is uploaded: no lookups, no footer (xet-protocol §4.6).
    public func uploadForm() -> [UInt8] {
        var shard = self
        shard.normalize()
        let size = shard.sectionsEnd
        return ByteWriter.array(count: size) { shard.writeSections(to: &$0, footerSize: 0) }
    }

    /// The form that is stored, or sent in reply to a dedup query: with footer (xet-protocol §4.5).
    ///
    /// - Parameters:
    ///   - creation: Unix seconds; the shard's own if nil.
    ///   - expiry: Unix seconds; the shard's own if nil. Never send 0: some clients take it for "expired", some for "never".
    ///   - lookups: whether to write the lookup tables, which readers may do without.
    /// - Returns: the bytes of the shard.
    public func completeForm(creation: UInt64? = nil, expiry: UInt64? = nil, lookups: Bool = true) -> [UInt8] {
        var shard = self
        shard.normalize()
        shard.creation = creation ?? self.creation
        shard.expiry = expiry ?? self.expiry
        let chunkCount = lookups ? shard.xorbs.reduce(0) { $0 + $1.chunks.count } : 0
        let start = shard.sectionsEnd
        let fileRows = lookups ? shard.files.count : 0
        let xorbRows = lookups ? shard.xorbs.count : 0
        let xorbLookup = start + fileRows * ShardLayout.lookupRowSize
        let chunkLookup = xorbLookup + xorbRows * ShardLayout.lookupRowSize
        let end = chunkLookup + chunkCount * ShardLayout.chunkLookupRowSize
        let footer = ShardFooter(
            xorbSection: UInt64(shard.xorbSectionStart),
            fileLookup: .init(offset: UInt64(start), rows: UInt64(fileRows)),
            xorbLookup: .init(offset: UInt64(xorbLookup), rows: UInt64(xorbRows)),
            chunkLookup: .init(offset: UInt64(chunkLookup), rows: UInt64(chunkCount)),
            key: shard.key, creation: shard.creation, expiry: shard.expiry,
            storedBytesOnDisk: shard.xorbs.reduce(0) { $0 + UInt64($1.packedLength) },
            materializedBytes: shard.files.reduce(0) { $0 + $1.size },
            storedBytes: shard.xorbs.reduce(0) { $0 + UInt64($1.unpackedLength) }, position: end)
        return ByteWriter.array(count: end + ShardLayout.footerSize) { writer in
            shard.writeSections(to: &writer, footerSize: UInt64(ShardLayout.footerSize))
            if lookups {
                shard.writeLookups(to: &writer)
            }
            footer.write(to: &writer)
        }
    }

    private var xorbSectionStart: Int {
        ShardLayout.headerSize + (files.reduce(0) { $0 + $1.recordCount } + 1) * ShardLayout.recordSize
    }

    private var sectionsEnd: Int {
        xorbSectionStart + (xorbs.reduce(0) { $0 + $1.recordCount } + 1) * ShardLayout.recordSize
    }

    private func writeSections(to writer: inout ByteWriter, footerSize: UInt64) {
        writer.bytes(ShardLayout.tag)
        writer.u64(ShardLayout.version)
        writer.u64(footerSize)
        files.forEach { $0.write(to: &writer) }
        writer.bookend()
        xorbs.forEach { $0.write(to: &writer) }
        writer.bookend()
    }

    private func writeLookups(to writer: inout ByteWriter) {
        var record = 0
        for file in files {
            writer.u64(file.fileHash.w0)
            writer.u32(UInt32(record))
            record += file.recordCount
        }
        record = 0
        var rows: [(truncatedHash: UInt64, xorb: UInt32, chunk: UInt32)] = []
        for xorb in xorbs {
            writer.u64(xorb.hash.w0)
            writer.u32(UInt32(record))
            for (index, chunk) in xorb.chunks.enumerated() {
                rows.append((chunk.hash.w0, UInt32(record), UInt32(index)))
            }
            record += xorb.recordCount
        }
        rows.sort { $0 < $1 }
        for row in rows {
            writer.u64(row.truncatedHash)
            writer.u32(row.xorb)
            writer.u32(row.chunk)
        }
    }
}

extension ByteWriter {
    /// The record that ends a section of a shard.
    fileprivate mutating func bookend() {
        hash(RangeHash.bookend)
        zeros(16)
    }
}

extension ShardFile {
    fileprivate func write(to writer: inout ByteWriter) {
        let flags =
            (verification == nil ? 0 : ShardLayout.withVerification) | (sha256 == nil ? 0 : ShardLayout.withMetadata)
        writer.hash(fileHash)
        writer.u32(flags)
        writer.u32(UInt32(segments.count))
        writer.zeros(8)
        for segment in segments {
            writer.hash(segment.xorb)
            writer.u32(segment.flags)
            writer.u32(segment.unpackedLength)
            writer.u32(segment.chunkStart)
            writer.u32(segment.chunkEnd)
        }
        if let verification {
            precondition(verification.count == segments.count, "every segment has a verification hash")
            for hash in verification {
                writer.hash(hash)
                writer.zeros(16)
            }
        }
        if let sha256 {
            writer.bytes(sha256.wordSwapped)
            writer.zeros(16)
        }
    }
}

extension ShardXorb {
    func write(to writer: inout ByteWriter) {
        writer.hash(hash)
        writer.u32(0)
        writer.u32(UInt32(chunks.count))
        writer.u32(unpackedLength)
        writer.u32(packedLength)
        for chunk in chunks {
            writer.hash(chunk.hash)
            writer.u32(chunk.offset)
            writer.u32(chunk.length)
            writer.u32(chunk.isGlobalDedupEligible ? ShardLayout.chunkEligible : 0)
            writer.u32(0)
        }
    }
}
