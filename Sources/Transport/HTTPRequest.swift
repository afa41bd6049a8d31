public import NIOCore
public import NIOHTTP1

/// An HTTP request; the URL is absolute and already percent-encoded.
public struct HTTPRequest: Sendable {
    public var method: HTTPMethod
    public var url: String
    public var headers: HTTPHeaders
    public var body: Body

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
}
