internal import AsyncHTTPClient
internal import NIOCore
internal import NIOPosix

/// Why an exchange with a server failed below HTTP, or was given up.
public struct TransportError: Error, Sendable, CustomStringConvertible {
    /// Stable words that also appear in `--json` output.
    public struct Code: Hashable, Sendable {
        public let rawValue: String

        public static let invalidURL = Code(rawValue: "invalid_url")
        public static let unreachable = Code(rawValue: "unreachable")
        public static let timedOut = Code(rawValue: "timed_out")
        public static let tls = Code(rawValue: "tls")
        /// The connection ended before the reply was complete.
        public static let interrupted = Code(rawValue: "interrupted")
        public static let tooManyRedirects = Code(rawValue: "too_many_redirects")
        public static let tooLarge = Code(rawValue: "reply_too_large")
    }

    public enum RetryAdvice: Sendable { case never, soon }

    public var code: Code
    public var message: String
    /// Without query: signed parts of a URL are secrets.
    public var url: String
    public var retryAdvice: RetryAdvice

    public init(code: Code, message: String, url: String, retryAdvice: RetryAdvice) {
        self.code = code
        self.message = message
        self.url = TransportError.withoutQuery(url)
        self.retryAdvice = retryAdvice
    }

    public var description: String { "\(message) (\(url))" }

    /// Cuts the query off a URL, so that it may be shown.
    public static func withoutQuery(_ url: String) -> String {
        String(url.prefix { $0 != "?" && $0 != "#" })
    }

    /// Gives any error of the HTTP stack one of our codes; cancellation passes through.
    static func wrapping(_ error: any Error, url: String) -> any Error {
        if error is CancellationError || error is TransportError { return error }
        let host = Origin(url)?.description ?? withoutQuery(url)
        if let error = error as? HTTPClientError {
            switch error {
            case .cancelled:
                return CancellationError()
            case .invalidURL, .emptyHost, .emptyScheme:
                return TransportError(code: .invalidURL, message: "not a usable URL", url: url, retryAdvice: .never)
            case .connectTimeout, .readTimeout, .writeTimeout, .deadlineExceeded, .getConnectionFromPoolTimeout:
                return TransportError(
                    code: .timedOut, message: "\(host) did not answer in time", url: url, retryAdvice: .soon)
            case .remoteConnectionClosed, .bodyLengthMismatch, .requestStreamCancelled:
                return TransportError(
                    code: .interrupted, message: "\(host) closed the connection early", url: url, retryAdvice: .soon)
            default:
                if error.description.contains("unsupportedScheme") {
                    return TransportError(code: .invalidURL, message: "not an http URL", url: url, retryAdvice: .never)
                }
            }
        }
        let text = String(describing: error)
        if text.contains("SSL") || text.contains("certificate") {
            return TransportError(
                code: .tls, message: "no trusted TLS connection to \(host): \(text)", url: url, retryAdvice: .never)
        }
        if error is NIOConnectionError || text.contains("Connection refused") {
            return TransportError(
                code: .unreachable, message: "cannot connect to \(host)", url: url, retryAdvice: .soon)
        }
        if error is IOError || error is ChannelError {
            return TransportError(
                code: .interrupted, message: "the connection to \(host) broke: \(text)", url: url, retryAdvice: .soon)
        }
        return TransportError(
            code: .interrupted, message: "the exchange with \(host) failed: \(text)", url: url, retryAdvice: .soon)
    }
}
