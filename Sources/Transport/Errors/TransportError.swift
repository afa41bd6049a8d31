/// Why an exchange with a server failed below HTTP, or was given up.
public struct TransportError: Error, Sendable, CustomStringConvertible {
    /// Stable words that also appear in `--json` output.
    public struct Code: Hashable, Sendable {
        public let rawValue: String

        public static let invalidURL = Code(rawValue: "invalid_url")
        /// No way to the host: no network, no route, or something else that is not one of the next three.
        public static let unreachable = Code(rawValue: "unreachable")
        /// Nobody listens at the host's port.
        public static let connectionRefused = Code(rawValue: "connection_refused")
        /// The name of the host has no address.
        public static let hostNotFound = Code(rawValue: "host_not_found")
        public static let timedOut = Code(rawValue: "timed_out")
        /// The TLS handshake failed for a reason other than the certificate.
        public static let tls = Code(rawValue: "tls")
        public static let certificateUntrusted = Code(rawValue: "certificate_untrusted")
        public static let certificateSelfSigned = Code(rawValue: "certificate_self_signed")
        public static let certificateName = Code(rawValue: "certificate_name")
        public static let certificateExpired = Code(rawValue: "certificate_expired")
        public static let certificateNotYetValid = Code(rawValue: "certificate_not_yet_valid")
        /// The clock of this machine and the server's differ so much that certificates or tokens are refused.
        public static let clockWrong = Code(rawValue: "clock_wrong")
        /// The environment names certificates of authorities that are not there.
        public static let trustStore = Code(rawValue: "trust_store")
        /// A proxy cannot be used, or refuses.
        public static let proxy = Code(rawValue: "proxy")
        /// The connection ended before the reply was complete.
        public static let interrupted = Code(rawValue: "interrupted")
        public static let tooManyRedirects = Code(rawValue: "too_many_redirects")
        public static let tooLarge = Code(rawValue: "reply_too_large")
    }

    public enum RetryAdvice: Sendable { case never, soon }

    public var code: Code
    public var message: String
    /// What to try, where the code alone does not tell.
    public var hint: String?
    /// Without query: signed parts of a URL are secrets.
    public var url: String
    public var retryAdvice: RetryAdvice
    /// Whether one connection was given up while the host answered others: no sign that it has too much to do.
    package var concernsConnection = false

    public init(
        code: Code, message: String, hint: String? = nil, url: String, retryAdvice: RetryAdvice = .never
    ) {
        self.code = code
        self.message = message
        self.hint = hint
        self.url = TransportError.withoutQuery(url)
        self.retryAdvice = retryAdvice
    }

    public var description: String { "\(message) (\(url))" }

    /// Whether the server could not be reached or did not answer, so that a copy on this machine is the best there is.
    public var isAbsence: Bool {
        [.unreachable, .connectionRefused, .hostNotFound, .timedOut, .interrupted, .proxy].contains(code)
    }

    /// Cuts the query off a URL, so that it may be shown, and user and password.
    public static func withoutQuery(_ url: String) -> String {
        let shown = String(url.prefix { $0 != "?" && $0 != "#" })
        guard let mark = shown.firstRange(of: "://") else { return shown }
        let authority = shown[mark.upperBound...].prefix { $0 != "/" }
        guard let at = authority.lastIndex(of: "@") else { return shown }
        return String(shown[..<mark.upperBound] + shown[shown.index(after: at)...])
    }
}
