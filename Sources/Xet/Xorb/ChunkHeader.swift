/// The eight bytes before each chunk of a xorb (xet-protocol §3.1).
public struct ChunkHeader: Hashable, Sendable {
    /// Bytes that a header takes.
    public static let size = 8
    /// A header may not promise more payload than this.
    public static let maximumPackedLength = 2 * XetLimits.maximumChunk
    static let version: UInt8 = 0

    /// Bytes of payload that follow.
    public var packedLength: Int
    public var scheme: CompressionScheme
    /// Bytes of the chunk itself, 1 to `XetLimits.maximumChunk`.
    public var unpackedLength: Int

    public init(packedLength: Int, scheme: CompressionScheme, unpackedLength: Int) {
        self.packedLength = packedLength
        self.scheme = scheme
        self.unpackedLength = unpackedLength
    }

    /// Reads the header at the start of `bytes`. A footer's mark is an error here; ask `isFooterMark` first where a
    /// footer is allowed.
    ///
    /// - Parameters:
    ///   - bytes: at least `size` bytes; what follows is not looked at.
    ///   - offset: where `bytes` starts in the xorb, for errors.
    /// - Throws: for an unknown version or scheme, and for lengths out of range.
    public init(parsing bytes: UnsafeRawBufferPointer, at offset: UInt64) throws(XetFormatError) {
        var cursor = ByteCursor(bytes, base: offset)
        let start = try cursor.take(Self.size, "a chunk header")
        let version = start.load(as: UInt8.self)
        guard version == Self.version else {
            if Self.isFooterMark(bytes) {
                throw XetFormatError(.trailingBytes, at: offset, "a xorb footer stands where a chunk was expected")
            }
            throw XetFormatError(.unsupportedVersion, at: offset, "a chunk header has version \(version), not 0")
        }
        let schemeByte = start.load(fromByteOffset: 4, as: UInt8.self)
        guard let scheme = CompressionScheme(rawValue: schemeByte) else {
            throw XetFormatError(
                .unsupportedScheme, at: offset + 4, "a chunk uses compression scheme \(schemeByte), which is unknown")
        }
        packedLength = (start + 1).littleEndian24()
        unpackedLength = (start + 5).littleEndian24()
        self.scheme = scheme
        guard (1...Self.maximumPackedLength).contains(packedLength) else {
            throw XetFormatError(
                .lengthOutOfRange, at: offset + 1,
                "a chunk's payload has \(packedLength) bytes, allowed are 1 to \(Self.maximumPackedLength)")
        }
        guard (1...XetLimits.maximumChunk).contains(unpackedLength) else {
            throw XetFormatError(
                .lengthOutOfRange, at: offset + 5,
                "a chunk unpacks to \(unpackedLength) bytes, allowed are 1 to \(XetLimits.maximumChunk)")
        }
        guard scheme != .none || packedLength == unpackedLength else {
            throw XetFormatError(
                .lengthOutOfRange, at: offset + 5,
                "a chunk stored as it is has lengths \(packedLength) and \(unpackedLength), which must be equal")
        }
    }

    /// Writes the header, `size` bytes, at `target`.
    public func store(to target: UnsafeMutableRawPointer) {
        // The low bytes of the two words are the version and the scheme.
        let first = UInt32(Self.version) | UInt32(truncatingIfNeeded: packedLength) << 8
        let second = UInt32(scheme.rawValue) | UInt32(truncatingIfNeeded: unpackedLength) << 8
        target.storeBytes(of: first.littleEndian, as: UInt32.self)
        target.storeBytes(of: second.littleEndian, toByteOffset: 4, as: UInt32.self)
    }

    /// Whether `bytes` starts with the identifier of a xorb footer, which ends the chunk list.
    public static func isFooterMark(_ bytes: UnsafeRawBufferPointer) -> Bool {
        bytes.count >= XorbFooter.identifier.count && bytes.starts(with: XorbFooter.identifier)
    }
}
