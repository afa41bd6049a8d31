public import NIOCore
public import NIOHTTP1

/// An HTTP request; the URL is absolute and already percent-encoded.
public struct HTTPRequest: Sendable {
    public var method: HTTPMethod
    public var url: String
    public var headers: HTTPHeaders
    public var body: Body
    /// Longest wait for the head of the reply; nil leaves it to the transport's patience with silence.
    public var replyTimeout: Duration?
    /// The socket of this machine at which the server listens, in place of the URL's host and port.
    public var unixSocket: String?

    /// What travels with the request.
    public enum Body: Sendable {
        case none
        /// Bytes in memory; may be sent again on a retry.
        case bytes(ByteBuffer)
        /// `length` bytes produced while sending; the closure is called anew for each try.
        case stream(length: Int64, @Sendable () -> AsyncThrowingStream<ByteBuffer, any Error>)
    }

    public init(method: HTTPMethod = .GET, url: String, headers: HTTPHeaders = [:], body: Body = .none) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
    }

    /// Adds `Authorization: Bearer …` when there is a token.
    public mutating func authorize(bearer token: String?) {
        if let token { headers.replaceOrAdd(name: "Authorization", value: "Bearer \(token)") }
    }

    /// The request as a command line for people who look for a fault; without tokens, and without the query, which may
    /// be a signature.
    var curl: String {
        func quoted(_ text: String) -> String { "'" + text.replacing("'", with: "'\\''") + "'" }
        var words = ["curl", "-X", method.rawValue]
        for (name, value) in headers {
            let isSecret = ["authorization", "cookie", "proxy-authorization"].contains(name.lowercased())
            words += ["-H", quoted("\(name): \(isSecret ? "<hidden>" : value)")]
        }
        switch body {
        case .none: break
        case .bytes(let bytes): words.append("--data-binary '<\(bytes.readableBytes) bytes>'")
        case .stream(let length, _): words.append("--data-binary '<\(length) bytes>'")
        }
        let shown = TransportError.withoutQuery(url)
        words.append(quoted(url.contains("?") ? shown + "?<hidden>" : shown))
        return words.joined(separator: " ")
    }
}
