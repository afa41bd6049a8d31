/// Sizes and marks of the shard format (xet-protocol §4).
enum ShardLayout {
    static let tag =
        Array("HFRepoMetaData\0".utf8) + [
            0x55, 0x69, 0x67, 0x45, 0x6A, 0x7B, 0x81, 0x57, 0x83, 0xA5, 0xBD, 0xD9, 0x5C, 0xCD, 0xD1, 0x4A, 0xA9,
        ]
    static let version: UInt64 = 2
    static let footerVersion: UInt64 = 1
    static let headerSize = 48
    static let recordSize = 48
    static let footerSize = 200
    /// Bytes per row of the lookup tables of files and xorbs.
    static let lookupRowSize = 12
    static let chunkLookupRowSize = 16
    static let withVerification: UInt32 = 0x8000_0000
    static let withMetadata: UInt32 = 0x4000_0000
    static let chunkEligible: UInt32 = 0x8000_0000
}

extension ShardFile {
    /// Records that the file takes in the file section.
    var recordCount: Int {
        1 + segments.count + (verification == nil ? 0 : segments.count) + (sha256 == nil ? 0 : 1)
    }
}

extension ShardXorb {
    /// Records that the xorb takes in the xorb section.
    var recordCount: Int { 1 + chunks.count }
}
