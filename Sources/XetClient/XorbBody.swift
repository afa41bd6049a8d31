public import NIOCore
public import Xet

/// A finished xorb as it travels: its name and its bytes.
public struct XorbBody: Sendable {
    public var hash: XorbHash
    public var length: Int
    /// Sums up the body with CRC-64/NVME; only asked for where the CAS gives grants.
    public var checksum: @Sendable () async throws -> UInt64
    /// Copies out bytes of the body; may be asked several times, when an upload is repeated.
    public var read: @Sendable (Range<Int>) -> ByteBuffer

    public init(
        hash: XorbHash, length: Int, checksum: @escaping @Sendable () async throws -> UInt64,
        read: @escaping @Sendable (Range<Int>) -> ByteBuffer
    ) {
        self.hash = hash
        self.length = length
        self.checksum = checksum
        self.read = read
    }
}

/// What became of an uploaded xorb.
public enum XorbUploadOutcome: Sendable { case stored, alreadyStored }
