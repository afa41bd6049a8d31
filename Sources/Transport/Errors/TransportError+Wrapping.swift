internal import AsyncHTTPClient
internal import NIOCore
internal import NIOHTTPCompression
internal import NIOPosix
internal import NIOSSL

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

extension TransportError {
    /// Gives any error of the HTTP stack one of our codes; cancellation passes through.
    /// - Parameter proxy: the proxy that the exchange went through.
    static func wrapping(_ error: any Error, url: String, proxy: ProxyServer? = nil) -> any Error {
        if error is CancellationError || error is TransportError { return error }
        let host = Origin(url)?.description ?? withoutQuery(url)
        func make(_ code: Code, _ message: String, _ retryAdvice: RetryAdvice = .soon) -> TransportError {
            TransportError(code: code, message: message, url: url, retryAdvice: retryAdvice)
        }
        switch error {
        case let error as HTTPClientError:
            return wrapping(client: error, url: url, host: host, proxy: proxy)
        case is NIOSSLError, is NIOSSLExtraError, is BoringSSLError:
            let text = reason(of: error)
            return make(.tls, "no TLS connection to \(host): \(tlsReason(in: text) ?? text)", .never)
        case let error as NIOConnectionError:
            return unreachable(error, url: url, host: host, proxy: proxy)
        case ChannelError.connectTimeout:
            return make(.timedOut, "\(proxy.map { "the proxy \($0)" } ?? host) did not accept a connection in time")
        case let error as IOError where error.errnoCode == ECONNREFUSED:
            return refused(url: url, host: host, proxy: proxy)
        case is NIOHTTPDecompression.DecompressionError, is NIOHTTPDecompression.ExtraDecompressionError:
            return make(.interrupted, "\(host) sends a compressed reply that cannot be unpacked")
        case is IOError, is ChannelError:
            return make(.interrupted, "the connection to \(host) broke: \(reason(of: error))")
        default:
            return make(.interrupted, "the exchange with \(host) failed: \(reason(of: error))")
        }
    }

    private static func wrapping(
        client error: HTTPClientError, url: String, host: String, proxy: ProxyServer?
    ) -> any Error {
        func make(_ code: Code, _ message: String, _ retryAdvice: RetryAdvice = .soon) -> TransportError {
            TransportError(code: code, message: message, url: url, retryAdvice: retryAdvice)
        }
        let shown = proxy.map { "the proxy \($0)" } ?? "the proxy"
        switch error {
        case .cancelled:
            return CancellationError()
        case .invalidURL, .emptyHost, .emptyScheme:
            return make(.invalidURL, "not a usable URL", .never)
        case .connectTimeout:
            return make(.timedOut, "\(proxy == nil ? host : shown) did not accept a connection in time")
        case .readTimeout, .writeTimeout, .deadlineExceeded, .getConnectionFromPoolTimeout, .tlsHandshakeTimeout:
            return make(.timedOut, "\(host) did not answer in time")
        case .proxyAuthenticationRequired:
            return TransportError(
                code: .proxy, message: "\(shown) wants a user name and password, or refuses those given (HTTP 407)",
                hint: "write them into the variable: http://USER:PASSWORD@HOST:PORT", url: url)
        case .invalidProxyResponse:
            return TransportError(
                code: .proxy, message: "\(shown) refuses to connect to \(host)",
                hint: "ask who runs the proxy to allow it, or list the host in NO_PROXY", url: url)
        case .httpProxyHandshakeTimeout, .socksHandshakeTimeout:
            return TransportError(
                code: .proxy, message: "\(shown) did not connect to \(host) in time",
                hint: "check that it is a proxy that can reach the host", url: url, retryAdvice: .soon)
        case .remoteConnectionClosed, .bodyLengthMismatch, .requestStreamCancelled, .uncleanShutdown:
            return make(.interrupted, "\(host) closed the connection early")
        default:
            if error.description.contains("unsupportedScheme") {
                return make(.invalidURL, "not an http URL", .never)
            }
            return make(.interrupted, "the exchange with \(host) failed: \(error.shortDescription)")
        }
    }

    /// Tells a name without address from a closed port and from a missing route.
    private static func unreachable(
        _ error: NIOConnectionError, url: String, host: String, proxy: ProxyServer?
    ) -> TransportError {
        let codes = error.connectionErrors.map { ($0.error as? IOError)?.errnoCode }
        if codes.contains(ECONNREFUSED) { return refused(url: url, host: host, proxy: proxy) }
        let isTimeout = error.connectionErrors.contains {
            if case ChannelError.connectTimeout = $0.error { true } else { false }
        }
        if error.connectionErrors.isEmpty, error.dnsAError != nil || error.dnsAAAAError != nil {
            let name = proxy?.host ?? Origin(url)?.host ?? host
            return TransportError(
                code: proxy == nil ? .hostNotFound : .proxy,
                message: "the name \(name)\(proxy == nil ? "" : " of the proxy") has no address",
                hint: proxy == nil ? nil : "check HTTP_PROXY, HTTPS_PROXY and ALL_PROXY", url: url, retryAdvice: .soon)
        }
        if isTimeout || codes.contains(ETIMEDOUT) {
            return TransportError(
                code: .timedOut, message: "\(host) did not accept a connection in time", url: url, retryAdvice: .soon)
        }
        let text = codes.compactMap { $0 }.first.map { String(cString: strerror($0)) } ?? "no connection"
        return TransportError(
            code: .unreachable, message: "cannot reach \(host): \(text)", url: url, retryAdvice: .soon)
    }

    private static func refused(url: String, host: String, proxy: ProxyServer?) -> TransportError {
        guard let proxy else {
            return TransportError(
                code: .connectionRefused, message: "nothing answers at \(host): connection refused", url: url,
                retryAdvice: .soon)
        }
        return TransportError(
            code: .proxy, message: "nothing answers at the proxy \(proxy): connection refused",
            hint: "check HTTP_PROXY, HTTPS_PROXY and ALL_PROXY, or list the host in NO_PROXY", url: url,
            retryAdvice: .soon)
    }

    /// What BoringSSL calls the fault, picked out of its dump `error:100000f7:SSL routines:OPENSSL_internal:NAME at …`.
    static func tlsReason(in dump: String) -> String? {
        guard let mark = dump.firstRange(of: "OPENSSL_internal:") else { return nil }
        let name = dump[mark.upperBound...].prefix { $0.isLetter || $0.isNumber || $0 == "_" }
        guard !name.isEmpty else { return nil }
        if ["WRONG_VERSION_NUMBER", "HTTP_REQUEST"].contains(name) { return "it does not speak TLS" }
        return String(name.lowercased().map { $0 == "_" ? " " : $0 })
    }

    /// The words of a lower layer, on one short line.
    private static func reason(of error: any Error) -> String {
        if let error = error as? IOError { return String(cString: strerror(error.errnoCode)) }
        return String(String(describing: error).split(whereSeparator: \.isNewline).joined(separator: " ").prefix(200))
    }
}
