/// Why an operation on a hub, a cache or a local folder failed: a stable code, one sentence, and what to try next.
public struct HubError: Error, Sendable, CustomStringConvertible {
    /// Stable words that also appear in `--json` output; `docs/errors.md` lists them all.
    public struct Code: RawRepresentable, Hashable, Sendable {
        public let rawValue: String
        public init(rawValue: String) { self.rawValue = rawValue }

        public static let badReference = Code(rawValue: "bad_reference")
        public static let badRequest = Code(rawValue: "bad_request")
        public static let repoNotFound = Code(rawValue: "repo_not_found")
        public static let gated = Code(rawValue: "gated")
        public static let disabled = Code(rawValue: "disabled")
        public static let badToken = Code(rawValue: "bad_token")
        public static let tokenNotFound = Code(rawValue: "token_not_found")
        public static let notLoggedIn = Code(rawValue: "not_logged_in")
        /// A CI job's proof of who it is could not be exchanged for a token.
        public static let tokenExchange = Code(rawValue: "token_exchange")
        public static let revisionNotFound = Code(rawValue: "revision_not_found")
        public static let entryNotFound = Code(rawValue: "entry_not_found")
        public static let noMatch = Code(rawValue: "no_match")
        public static let ignored = Code(rawValue: "ignored")
        public static let offline = Code(rawValue: "offline")
        public static let unreachable = Code(rawValue: "unreachable")
        public static let connectionRefused = Code(rawValue: "connection_refused")
        public static let hostNotFound = Code(rawValue: "host_not_found")
        public static let timedOut = Code(rawValue: "timed_out")
        public static let interrupted = Code(rawValue: "interrupted")
        public static let proxy = Code(rawValue: "proxy")
        /// A page of the network asks for something before it lets anybody through.
        public static let captivePortal = Code(rawValue: "captive_portal")
        public static let clockWrong = Code(rawValue: "clock_wrong")
        public static let notAHub = Code(rawValue: "not_a_hub")
        public static let forbidden = Code(rawValue: "forbidden")
        /// The token may read but not change.
        public static let noWriteAccess = Code(rawValue: "no_write_access")
        public static let conflict = Code(rawValue: "conflict")
        public static let rateLimited = Code(rawValue: "rate_limited")
        public static let serverError = Code(rawValue: "server_error")
        public static let unsafePath = Code(rawValue: "unsafe_path")
        public static let digestMismatch = Code(rawValue: "digest_mismatch")
        public static let localFile = Code(rawValue: "local_file")
        public static let localPathNotFound = Code(rawValue: "local_path_not_found")
        public static let noSpace = Code(rawValue: "no_space")
        public static let readOnly = Code(rawValue: "read_only")
        public static let noPermission = Code(rawValue: "no_permission")
        public static let fileChanged = Code(rawValue: "file_changed")
        public static let cacheNotFound = Code(rawValue: "cache_not_found")
        public static let notCached = Code(rawValue: "not_cached")
        public static let quantNotFound = Code(rawValue: "quant_not_found")
        public static let quantAmbiguous = Code(rawValue: "quant_ambiguous")
        public static let badFilter = Code(rawValue: "bad_filter")
        public static let inUse = Code(rawValue: "in_use")
        public static let unsupported = Code(rawValue: "unsupported")

        /// Whether the hub did not answer, or not with anything useful, so that the cache is the best there is.
        package var isAbsence: Bool {
            [
                .unreachable, .connectionRefused, .hostNotFound, .timedOut, .interrupted, .proxy, .serverError,
                .rateLimited, .captivePortal,
            ].contains(self)
        }
    }

    public var code: Code
    /// One sentence: what happened, to which object.
    public var message: String
    /// What to try, when there is something to try.
    public var hint: String?
    /// The HTTP status of the reply that is at fault, when there was one.
    public var status: Int?
    /// What the server calls the request, for its operator.
    public var requestID: String?
    /// The address that was asked, without its query.
    public var url: String?
    public var cause: (any Error)?
    /// What was asked for, which decides where to look for names like it.
    var subject: HubErrorSubject?

    public init(
        _ code: Code, _ message: String, hint: String? = nil, status: Int? = nil, requestID: String? = nil,
        cause: (any Error)? = nil
    ) {
        self.code = code
        self.message = message
        self.hint = hint
        self.status = status
        self.requestID = requestID
        self.cause = cause
    }

    public var description: String { message }
}
