/// A run of chunks of one xorb that a file continues with (xet-protocol §4.2).
public struct ShardSegment: Hashable, Sendable {
    public var xorb: XorbHash
    /// Bytes of the run.
    public var unpackedLength: UInt32
    /// The first chunk's index in the xorb.
    public var chunkStart: UInt32
    /// The index after the last chunk.
    public var chunkEnd: UInt32
    /// Zero; kept as found.
    public var flags: UInt32

    public init(xorb: XorbHash, unpackedLength: UInt32, chunkStart: UInt32, chunkEnd: UInt32, flags: UInt32 = 0) {
        self.xorb = xorb
        self.unpackedLength = unpackedLength
        self.chunkStart = chunkStart
        self.chunkEnd = chunkEnd
        self.flags = flags
    }
}

/// The recipe of one file (xet-protocol §4.2).
public struct ShardFile: Hashable, Sendable {
    public var fileHash: FileHash
    public var segments: [ShardSegment]
    /// A hash per segment over its chunks' hashes: proof that the uploader had them. Uploads must carry it.
    public var verification: [RangeHash]?
    public var sha256: SHA256Digest?

    public init(
        fileHash: FileHash, segments: [ShardSegment], verification: [RangeHash]? = nil, sha256: SHA256Digest? = nil,
    ) {
        self.fileHash = fileHash
        self.segments = segments
        self.verification = verification
        self.sha256 = sha256
    }

    /// The size of the file in bytes. O(number of segments).
    public var size: UInt64 {
        segments.reduce(0) { $0 + UInt64($1.unpackedLength) }
    }

    /// Takes over what only another copy of the same file has.
    mutating func adopt(_ other: ShardFile) {
        sha256 = sha256 ?? other.sha256
        if verification == nil, other.segments == segments {
            verification = other.verification
        }
    }
}

/// Builds a file's recipe chunk by chunk: merges what continues in the same xorb and folds the verification hashes.
public struct ShardFileBuilder: Sendable {
    private var segments: [ShardSegment] = []
    private var verification: [RangeHash] = []
    private var range = Blake3Hasher(key: HashKey.range)

    public init() {}

    /// Appends the file's next chunk, which is chunk `index` of `xorb`.
    public mutating func append(_ chunk: Chunk, xorb: XorbHash, index: UInt32) {
        if let last = segments.indices.last, segments[last].xorb == xorb, segments[last].chunkEnd == index {
            segments[last].chunkEnd = index + 1
            segments[last].unpackedLength += chunk.length
        } else {
            closeSegment()
            segments.append(
                ShardSegment(xorb: xorb, unpackedLength: chunk.length, chunkStart: index, chunkEnd: index + 1))
        }
        withUnsafeBytes(of: chunk.hash) { range.update($0) }
    }

    /// The recipe of what was appended. The builder is empty afterwards.
    public mutating func finish(fileHash: FileHash, sha256: SHA256Digest?) -> ShardFile {
        closeSegment()
        defer { self = ShardFileBuilder() }
        return ShardFile(fileHash: fileHash, segments: segments, verification: verification, sha256: sha256)
    }

    private mutating func closeSegment() {
        guard verification.count < segments.count else { return }
        verification.append(range.finalize())
        range = Blake3Hasher(key: HashKey.range)
    }
}
