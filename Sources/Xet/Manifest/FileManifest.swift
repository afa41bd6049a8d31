/// The chunk list of a file. It proves itself: its hashes and lengths hash to the file hash, so it may come from
/// anyone, and with it each chunk can be verified alone.
public struct FileManifest: Hashable, Sendable {
    /// The chunks in file order; a chunk that repeats is listed each time.
    public var chunks: [Chunk]

    public init(chunks: [Chunk]) {
        self.chunks = chunks
    }

    /// The size of the file in bytes. O(n).
    public var totalLength: UInt64 {
        chunks.reduce(0) { $0 &+ UInt64($1.length) }
    }

    /// The hash of the file that the chunks make up. O(n), a node hash per three to nine chunks.
    public var fileHash: FileHash { FileHash(of: chunks) }

    /// Throws `hashMismatch` unless the chunks make up the file `expected`.
    public func verify(_ expected: FileHash) throws(XetFormatError) {
        let found = fileHash
        guard found == expected else {
            throw XetFormatError(
                .hashMismatch, at: 0, "the manifest describes file \(found), expected was \(expected)")
        }
    }

    /// The wire form: a header of `ManifestWire.headerSize` bytes and a record per chunk.
    public func encoded() -> [UInt8] {
        let size = ManifestWire.size(chunkCount: chunks.count)
        return [UInt8](unsafeUninitializedCapacity: size) { buffer, initialized in
            initialized = size
            guard let start = UnsafeMutableRawPointer(buffer.baseAddress) else { return }
            UnsafeMutableRawBufferPointer(start: start, count: ManifestWire.headerSize)
                .copyBytes(from: ManifestWire.header(count: UInt64(chunks.count)))
            var target = start + ManifestWire.headerSize
            for chunk in chunks {
                ManifestWire.store(chunk, to: target)
                target += ManifestWire.recordSize
            }
        }
    }

    /// Decodes a complete wire form. Nothing is allocated before the promised count agrees with the bytes present.
    public init(decoding bytes: UnsafeRawBufferPointer) throws(XetFormatError) {
        let count = try ManifestWire.loadHeader(bytes)
        let present = (bytes.count - ManifestWire.headerSize) / ManifestWire.recordSize
        guard count <= UInt64(present) else {
            throw XetFormatError(
                .truncated, at: UInt64(bytes.count), "the manifest promises \(count) chunks and holds \(present)")
        }
        let end = ManifestWire.size(chunkCount: Int(count))
        guard bytes.count == end else {
            throw XetFormatError(
                .trailingBytes, at: UInt64(end), "\(bytes.count - end) bytes follow after the manifest's last chunk")
        }
        var chunks: [Chunk] = []
        chunks.reserveCapacity(Int(count))
        var offset = ManifestWire.headerSize
        while offset < end, let start = bytes.baseAddress {
            chunks.append(try ManifestWire.load(from: start + offset, at: UInt64(offset)))
            offset += ManifestWire.recordSize
        }
        self.chunks = chunks
    }
}
