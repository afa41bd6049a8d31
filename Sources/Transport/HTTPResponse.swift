internal import AsyncHTTPClient
public import NIOCore
public import NIOHTTP1
internal import Synchronization

/// The head of a reply, with the body still to be read.
public struct HTTPResponse: Sendable {
    public var status: Int
    public var headers: HTTPHeaders
    public var body: Body
    /// The URL that answered, after any redirects.
    public var url: String
    /// Where the reply came from in truth, if another endpoint or a mirror was asked in place of ``url``.
    public var answerer: String?

    package init(status: Int, headers: HTTPHeaders, body: Body, url: String) {
        self.status = status
        self.headers = headers
        self.body = body
        self.url = url
    }

    /// The body as parts in order. Reading slowly slows the sender: at most a few parts are buffered.
    public struct Body: AsyncSequence, Sendable {
        public typealias Element = ByteBuffer

        let base: HTTPClientResponse.Body
        let url: String
        /// What the reader must wait for, besides the sender.
        var limit: BandwidthLimit?

        init(base: HTTPClientResponse.Body, url: String) {
            self.base = base
            self.url = url
        }

        /// A body from another source than a connection, in the given parts; `failure` ends it early, and
        /// `thenSilence` passes before it ends.
        package init(
            parts: [ByteBuffer], failure: (any Error)? = nil, thenSilence: Duration = .zero, url: String
        ) {
            let rest = Mutex(parts[...])
            let sequence = AsyncThrowingStream { () -> ByteBuffer? in
                if let part = rest.withLock({ $0.popFirst() }) { return part }
                if thenSilence > .zero { try await Task.sleep(for: thenSilence) }
                if let failure { throw failure }
                return nil
            }
            self.init(base: .stream(sequence), url: url)
        }

        public struct AsyncIterator: AsyncIteratorProtocol {
            var base: HTTPClientResponse.Body.AsyncIterator
            let url: String
            var pieces: PacedPieces?

            /// - Throws: ``TransportError`` when the body ends early or stalls.
            public mutating func next() async throws -> ByteBuffer? {
                do {
                    guard pieces != nil else { return try await base.next() }
                    while true {
                        if let piece = try await pieces?.next() { return piece }
                        guard let part = try await base.next() else { return nil }
                        pieces?.fill(part)
                    }
                } catch {
                    throw TransportError.wrapping(error, url: url)
                }
            }
        }

        public func makeAsyncIterator() -> AsyncIterator {
            AsyncIterator(base: base.makeAsyncIterator(), url: url, pieces: limit.map { PacedPieces($0) })
        }
    }

    /// Whether the status is 200…299.
    public var isSuccess: Bool { (200..<300).contains(status) }

    /// The announced length of the body, when there is one.
    public var contentLength: UInt64? { headers.first(name: "Content-Length").flatMap { UInt64($0) } }

    /// Reads the whole body.
    /// - Throws: ``TransportError`` with code `.tooLarge` once more than `limit` bytes have come.
    public func collect(upTo limit: Int) async throws -> ByteBuffer { try await collect(upTo: limit, noting: nil) }

    /// Reads the whole body, and gives up when nothing comes for `silence`.
    package func collect(upTo limit: Int, silence: Duration) async throws -> ByteBuffer {
        try await withStallWatchdog(silence, url: url, what: "a reply") { watchdog in
            try await self.collect(upTo: limit, noting: watchdog)
        }
    }

    private func collect(upTo limit: Int, noting watchdog: StallWatchdog?) async throws -> ByteBuffer {
        var collected = ByteBuffer()
        for try await var part in body {
            watchdog?.noteProgress()
            guard collected.readableBytes + part.readableBytes <= limit else {
                throw TransportError(
                    code: .tooLarge, message: "the reply is larger than \(limit) bytes", url: url)
            }
            collected.writeBuffer(&part)
        }
        return collected
    }

    /// Reads and drops a small rest, so that the connection can be used again; gives up on a large one.
    public func discard() async {
        _ = try? await collect(upTo: 64 << 10, silence: .seconds(5))
    }
}
