/// What is wrong with something published: a torrent, manifest, signature, DHT item or index.
///
/// Every parser of this module throws only this type.
public struct PublishError: Error, Sendable, Hashable, CustomStringConvertible {
    /// A stable name for the kind of fault; new ones may be added.
    public struct Code: Hashable, Sendable, RawRepresentable, CustomStringConvertible {
        public let rawValue: String

        public init(rawValue: String) {
            self.rawValue = rawValue
        }

        public var description: String { rawValue }

        /// Bytes that do not follow the format.
        public static let malformed = Code(rawValue: "malformed")
        /// More bytes, parts or depth than the limits allow.
        public static let tooLarge = Code(rawValue: "too_large")
        /// A format or version that this program does not know.
        public static let unsupported = Code(rawValue: "unsupported")
        /// A path that leads out of its folder, or that not every system can store.
        public static let unsafePath = Code(rawValue: "unsafe_path")
        /// Two paths that are one on some systems, or a file that is also a folder.
        public static let nameCollision = Code(rawValue: "name_collision")
        /// Parts that contradict each other, such as sizes and the number of pieces.
        public static let inconsistent = Code(rawValue: "inconsistent")
        /// Hashes that do not lead to the root they belong to.
        public static let wrongHash = Code(rawValue: "wrong_hash")
        /// Something that must be there and is not.
        public static let missing = Code(rawValue: "missing")
        /// A manifest without a licence.
        public static let missingLicense = Code(rawValue: "missing_license")
    }

    public var code: Code
    /// One sentence: what is wrong.
    public var message: String
    /// What the user can do.
    public var hint: String?

    public init(_ code: Code, _ message: String, hint: String? = nil) {
        self.code = code
        self.message = message
        self.hint = hint
    }

    public var description: String { "\(message) (\(code))" }
}
