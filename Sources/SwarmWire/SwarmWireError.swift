/// Bytes of a peer or tracker that do not follow the protocol (docs/swarm.md).
///
/// Every parser of this module throws only this type.
public struct SwarmWireError: Error, Hashable, Sendable, CustomStringConvertible {
    /// A stable name for the kind of damage; new ones may be added.
    public struct Code: Hashable, Sendable, RawRepresentable, CustomStringConvertible {
        public let rawValue: String

        public init(rawValue: String) {
            self.rawValue = rawValue
        }

        public var description: String { rawValue }

        /// The bytes end inside a field.
        public static let truncated = Code(rawValue: "truncated")
        /// Bytes follow after the end of the message.
        public static let trailingBytes = Code(rawValue: "trailing_bytes")
        /// A frame, list or number is larger than the limits allow.
        public static let tooLarge = Code(rawValue: "too_large")
        /// Fields contradict each other or the grammar.
        public static let malformed = Code(rawValue: "malformed")
        /// The peer does not speak this protocol, or not this version of it.
        public static let notOurs = Code(rawValue: "not_ours")
        /// A message that the protocol does not allow at this point.
        public static let unexpected = Code(rawValue: "unexpected")
    }

    public var code: Code
    /// One sentence: what is wrong.
    public var message: String

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    public var description: String { "\(message) (\(code))" }
}
