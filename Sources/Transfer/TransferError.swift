/// Why a transfer failed, in one sentence, and what may help.
public struct TransferError: Error, Sendable, CustomStringConvertible {
    /// Stable words that also appear in `--json` output.
    public struct Code: Hashable, Sendable {
        public let rawValue: String

        /// Bytes do not hash to what was promised.
        public static let digestMismatch = Code(rawValue: "digest_mismatch")
        /// The source delivers fewer, more or other bytes than it announced.
        public static let badReply = Code(rawValue: "bad_reply")
        /// The source stopped delivering and did not recover.
        public static let stalled = Code(rawValue: "stalled")
        /// The source has other content than it listed, or changes it while it is fetched.
        public static let sourceChanged = Code(rawValue: "source_changed")
        /// Peers are the only source, and none has what is wanted.
        public static let noPeers = Code(rawValue: "no_peers")
        /// A local file changed while it was being read.
        public static let changedWhileReading = Code(rawValue: "changed_while_reading")
    }

    public var code: Code
    public var message: String
    public var hint: String?
    public var cause: (any Error)?

    public init(code: Code, message: String, hint: String? = nil, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.hint = hint
        self.cause = cause
    }

    /// A local file changed while it was being read.
    /// - Parameter what: the part of it that did.
    static func changed(_ path: String, _ what: String) -> Self {
        TransferError(
            code: .changedWhileReading, message: "\(path) changed \(what) while it was being read",
            hint: "wait until whatever writes it is done, then try again")
    }

    public var description: String { message }
}
