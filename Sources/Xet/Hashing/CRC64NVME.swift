import CKernels

/// CRC-64/NVME, the checksum of an upload grant (xet-protocol §5.6).
public struct CRC64NVME: Sendable {
    /// The checksum of all bytes so far.
    public private(set) var value: UInt64 = 0

    public init() {}

    public mutating func update(_ bytes: UnsafeRawBufferPointer) {
        value = shoal_crc64(value, bytes.baseAddress, bytes.count)
    }
}
