public import NIOCore
public import NIOHTTP1

/// A file to fetch by plain HTTP.
public struct PlainFileRequest: Sendable {
    public var url: String
    /// Sent to the URL's own origin; `Authorization` does not follow a redirect to another one.
    public var headers: HTTPHeaders
    public var expected: ContentID
    public var size: UInt64
    /// Shown in progress and errors.
    public var name: String

    public init(url: String, headers: HTTPHeaders, expected: ContentID, size: UInt64, name: String) {
        self.url = url
        self.headers = headers
        self.expected = expected
        self.size = size
        self.name = name
    }
}

/// A server's refusal to deliver a file by plain HTTP, for the caller to interpret: only a hub's client knows its codes.
public struct PlainReplyError: Error, Sendable {
    public var status: Int
    public var headers: HTTPHeaders
    /// The start of the reply's body.
    public var body: ByteBuffer
    /// The URL that answered.
    public var url: String
}
