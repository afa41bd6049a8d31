/// Bytes that do not follow a Xet format, or that do not hash to what was promised.
///
/// Every parser of this module throws only this type. `offset` counts bytes from the start of the object that was
/// being parsed, so that a damaged xorb or shard can be inspected at that place.
public struct XetFormatError: Error, Hashable, Sendable, CustomStringConvertible {
    /// A stable name for the kind of damage; new ones may be added.
    public struct Code: Hashable, Sendable, RawRepresentable, CustomStringConvertible {
        public let rawValue: String

        public init(rawValue: String) {
            self.rawValue = rawValue
        }

        public var description: String { rawValue }

        /// The bytes end inside a record.
        public static let truncated = Code(rawValue: "truncated")
        /// A magic number or section name is not the expected one.
        public static let badMagic = Code(rawValue: "bad_magic")
        /// The format version is not one that this code reads.
        public static let unsupportedVersion = Code(rawValue: "unsupported_version")
        /// The compression scheme, or a feature of an LZ4 frame, is not supported here.
        public static let unsupportedScheme = Code(rawValue: "unsupported_scheme")
        /// A length is outside its legal range.
        public static let lengthOutOfRange = Code(rawValue: "length_out_of_range")
        /// A count is outside its legal range, or larger than the bytes that follow allow.
        public static let countOutOfRange = Code(rawValue: "count_out_of_range")
        /// A compressed payload does not decode to its promised length.
        public static let decompressionFailed = Code(rawValue: "decompression_failed")
        /// Content does not hash to its promised hash, or a checksum is wrong.
        public static let hashMismatch = Code(rawValue: "hash_mismatch")
        /// Bytes follow after the end of the object.
        public static let trailingBytes = Code(rawValue: "trailing_bytes")
        /// Records are not in the order that the format demands.
        public static let notSorted = Code(rawValue: "not_sorted")
        /// Fields contradict each other, or a reserved field is in use.
        public static let malformed = Code(rawValue: "malformed")
    }

    public var code: Code
    /// Bytes from the start of the object being parsed.
    public var offset: UInt64
    /// One sentence: what is wrong, and what was expected.
    public var message: String

    public init(_ code: Code, at offset: UInt64, _ message: String) {
        self.code = code
        self.offset = offset
        self.message = message
    }

    public var description: String { "\(message) (\(code) at byte \(offset))" }
}
