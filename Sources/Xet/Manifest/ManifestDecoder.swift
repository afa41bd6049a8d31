/// Decodes a manifest's wire form piece by piece in constant memory, and folds the tree root as it goes, so that a
/// manifest of any length can be streamed to disk and still be verified.
public struct ManifestDecoder: Sendable {
    private var partial: [UInt8] = []
    private var offset: UInt64 = 0
    private var tree = MerkleTreeBuilder()
    /// The promised number of chunks; nil until the header is complete.
    public private(set) var expectedCount: UInt64?

    public init() {
        partial.reserveCapacity(ManifestWire.recordSize)
    }

    /// Chunks decoded so far.
    public var chunkCount: UInt64 { tree.chunkCount }
    /// The sum of the decoded chunks' lengths in bytes.
    public var totalLength: UInt64 { tree.totalLength }
    /// Whether header and all promised chunks are decoded.
    public var isComplete: Bool { expectedCount == tree.chunkCount }

    /// Takes the next bytes and calls `body` with each chunk that they complete, in order.
    ///
    /// - Throws: `XetFormatError` for bytes that are no manifest, or what `body` throws. The decoder must not be used
    ///   after an error.
    public mutating func append(_ bytes: UnsafeRawBufferPointer, _ body: (Chunk) throws -> Void) throws {
        var rest = bytes
        while !rest.isEmpty {
            if isComplete {
                throw XetFormatError(
                    .trailingBytes, at: offset, "\(rest.count) bytes follow after the manifest's last chunk")
            }
            let size = expectedCount == nil ? ManifestWire.headerSize : ManifestWire.recordSize
            if partial.isEmpty, rest.count >= size {
                try consume(UnsafeRawBufferPointer(rebasing: rest[..<size]), body)
                rest = UnsafeRawBufferPointer(rebasing: rest[size...])
            } else {
                let taken = min(size - partial.count, rest.count)
                partial.append(contentsOf: rest[..<taken])
                rest = UnsafeRawBufferPointer(rebasing: rest[taken...])
                if partial.count == size {
                    let complete = partial
                    partial.removeAll(keepingCapacity: true)
                    try complete.withUnsafeBytes { try consume($0, body) }
                }
            }
        }
    }

    /// Ends the stream: throws `truncated` unless everything promised has come.
    public func finish() throws(XetFormatError) {
        guard isComplete else {
            let promised = expectedCount.map { "of \($0) chunks" } ?? "inside its header"
            throw XetFormatError(
                .truncated, at: offset + UInt64(partial.count),
                "the manifest ends early: \(chunkCount) \(promised) came")
        }
    }

    /// Ends the stream and throws `hashMismatch` unless the chunks make up the file `expected`.
    public func finish(expecting expected: FileHash) throws(XetFormatError) {
        try finish()
        var tree = tree
        let found = tree.finishFile()
        guard found == expected else {
            throw XetFormatError(
                .hashMismatch, at: 0, "the manifest describes file \(found), expected was \(expected)")
        }
    }

    private mutating func consume(_ record: UnsafeRawBufferPointer, _ body: (Chunk) throws -> Void) throws {
        guard let start = record.baseAddress else { return }
        if expectedCount == nil {
            expectedCount = try ManifestWire.loadHeader(record)
        } else {
            let chunk = try ManifestWire.load(from: start, at: offset)
            tree.append(chunk)
            try body(chunk)
        }
        offset += UInt64(record.count)
    }
}
