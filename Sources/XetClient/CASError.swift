/// Why a CAS could not do what was asked.
public struct CASError: Error, Sendable, CustomStringConvertible {
    /// Stable words that also appear in `--json` output.
    public struct Code: Hashable, Sendable {
        public let rawValue: String

        public static let unauthorized = Code(rawValue: "cas_unauthorized")
        public static let notFound = Code(rawValue: "cas_not_found")
        /// A signed URL is no longer accepted; ask for a new reconstruction.
        public static let expiredURL = Code(rawValue: "cas_expired_url")
        public static let rejected = Code(rawValue: "cas_rejected")
        public static let serverFailure = Code(rawValue: "cas_server_failure")
        /// The reply breaks the protocol.
        public static let badReply = Code(rawValue: "cas_bad_reply")
    }

    public var code: Code
    public var message: String
    public var status: Int?
    public var isTransient: Bool

    public init(code: Code, message: String, status: Int? = nil, isTransient: Bool = false) {
        self.code = code
        self.message = message
        self.status = status
        self.isTransient = isTransient
    }

    public var description: String { message }

    /// What may help.
    public var hint: String {
        switch code {
        case .unauthorized: "check that the token may read and write this repository"
        case .notFound: "the hub lists what its store does not have; tell its operator"
        case .serverFailure, .expiredURL: "run the same command again later; it continues where this one stopped"
        default: "something between here and the hub may change replies (a proxy?); if not, tell the hub's operator"
        }
    }
}
