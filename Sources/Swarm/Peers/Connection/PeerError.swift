internal import SwarmWire

/// Why a connection to a peer ended or never began.
public struct PeerError: Error, Sendable, CustomStringConvertible {
    /// Stable words.
    public struct Code: Hashable, Sendable {
        public let rawValue: String

        /// Nobody answers at the address.
        public static let unreachable = Code(rawValue: "peer_unreachable")
        /// The peer closed the connection, or the network did.
        public static let closed = Code(rawValue: "peer_closed")
        /// We closed the connection.
        public static let closedByUs = Code(rawValue: "peer_closed_by_us")
        /// The peer broke the protocol. Talking to it again is of no use.
        public static let protocolViolation = Code(rawValue: "peer_protocol_violation")
        /// The peer did not say anything for longer than it may.
        public static let silent = Code(rawValue: "peer_silent")
        /// The peer speaks another protocol.
        public static let notOurs = Code(rawValue: "peer_not_ours")
        /// We have reached ourselves.
        public static let ourselves = Code(rawValue: "peer_ourselves")
        /// The peer was banned for what it sent before.
        public static let banned = Code(rawValue: "peer_banned")
    }

    public var code: Code
    /// One sentence: what happened.
    public var message: String
    public var cause: (any Error)?

    public init(code: Code, message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    init(_ error: SwarmWireError) {
        self.init(
            code: error.code == .notOurs ? .notOurs : .protocolViolation,
            message: "the peer broke the protocol: \(error)",
            cause: error)
    }

    /// Whether the failure to connect can mean that the peer speaks, but something else.
    var mayBeAnotherDialect: Bool { code == .closed || code == .notOurs }

    public var description: String { message }
}
