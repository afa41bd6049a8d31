public import NIOCore
public import Xet

/// A finished xorb as it travels: its name, its bytes, and their checksum.
public struct XorbBody: Sendable {
    public var hash: XorbHash
    public var crc64NVME: UInt64
    public var length: Int
    /// Copies out bytes of the body; may be asked several times, when an upload is repeated.
    public var read: @Sendable (Range<Int>) -> ByteBuffer

    public init(
        hash: XorbHash, crc64NVME: UInt64, length: Int, read: @escaping @Sendable (Range<Int>) -> ByteBuffer
    ) {
        self.hash = hash
        self.crc64NVME = crc64NVME
        self.length = length
        self.read = read
    }
}

/// What became of an uploaded xorb.
public enum XorbUploadOutcome: Sendable { case stored, alreadyStored }
