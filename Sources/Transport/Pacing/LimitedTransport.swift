internal import NIOCore

/// Keeps what travels below a number of bytes per second, over all requests together.
public final class LimitedTransport: HTTPTransport {
    private let base: any HTTPTransport
    private let download: BandwidthLimit?
    private let upload: BandwidthLimit?

    /// - Parameters:
    ///   - download: of the bodies of replies; nil for no limit.
    ///   - upload: of the bodies of requests; nil for no limit.
    public init(_ base: any HTTPTransport, download: BandwidthLimit?, upload: BandwidthLimit?) {
        self.base = base
        self.download = download
        self.upload = upload
    }

    public func send(_ request: HTTPRequest) async throws -> HTTPResponse {
        var request = request
        if let upload { request.body = Self.paced(request.body, upload) }
        var response = try await base.send(request)
        response.body.limit = download
        return response
    }

    private static func paced(_ body: HTTPRequest.Body, _ limit: BandwidthLimit) -> HTTPRequest.Body {
        switch body {
        case .none: body
        case .bytes(let buffer):
            .stream(length: Int64(buffer.readableBytes)) {
                let source = PacedBody(limit, first: buffer, rest: nil)
                return AsyncThrowingStream { try await source.next() }
            }
        case .stream(let length, let make):
            .stream(length: length) {
                let source = PacedBody(limit, first: ByteBuffer(), rest: make())
                return AsyncThrowingStream { try await source.next() }
            }
        }
    }
}

/// The body of one request, read piece by piece.
private actor PacedBody {
    private var pieces: PacedPieces
    private var rest: AsyncThrowingStream<ByteBuffer, any Error>.AsyncIterator?

    init(_ limit: BandwidthLimit, first: ByteBuffer, rest: AsyncThrowingStream<ByteBuffer, any Error>?) {
        pieces = PacedPieces(limit)
        pieces.fill(first)
        self.rest = rest?.makeAsyncIterator()
    }

    func next() async throws -> ByteBuffer? {
        while true {
            var taken = pieces
            let piece = try await taken.next()
            pieces = taken
            if let piece { return piece }
            guard var source = rest else { return nil }
            let part = try await source.next(isolation: self)
            rest = source
            guard let part else { return nil }
            pieces.fill(part)
        }
    }
}
