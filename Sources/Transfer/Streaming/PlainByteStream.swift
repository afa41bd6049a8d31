public import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import Transport

extension TransferEngine {
    /// Streams a file, or a part of it, by plain HTTP. Broken connections are continued from the byte where they broke.
    ///
    /// A stream of the whole file ends with an error unless the bytes hash to the file's content id; a part cannot be
    /// checked.
    /// - Parameter range: bytes of the file; nil means all of it. Clamped to the file's size.
    public func streamPlain(
        _ request: PlainFileRequest, range: Range<UInt64>? = nil, observer: any TransferObserver
    ) -> PlainByteStream {
        let whole = 0..<request.size
        return PlainByteStream(
            engine: self, request: request, range: (range ?? whole).clamped(to: whole), observer: observer)
    }
}

/// The bytes of a file in order, as they come from one server. Reading slowly slows the sender.
public struct PlainByteStream: AsyncSequence, Sendable {
    public typealias Element = ByteBuffer

    let engine: TransferEngine
    let request: PlainFileRequest
    let range: Range<UInt64>
    let observer: any TransferObserver

    /// Whether the end of the stream proves the bytes.
    public var isVerifiedAtEnd: Bool { range == 0..<request.size }

    /// The body of one reply.
    ///
    /// Proof of `@unchecked Sendable`: one task at a time calls ``next(within:)``, which returns when its child tasks have
    /// ended.
    final class Reader: @unchecked Sendable {
        private var parts: HTTPResponse.Body.AsyncIterator
        private let url: String

        init(_ response: HTTPResponse) {
            parts = response.body.makeAsyncIterator()
            url = response.url
        }

        /// - Throws: `TransportError` with code `timed_out` when nothing comes for so long.
        func next(within limit: Duration) async throws -> ByteBuffer? {
            try await withDeadline(limit) { [url] in
                let host = Origin(url)?.description ?? "the server"
                return TransportError(
                    code: .timedOut, message: "\(host) fell silent in the middle of a file", url: url,
                    retryAdvice: .soon)
            } _: {
                try await self.parts.next()
            }
        }
    }

    public struct AsyncIterator: AsyncIteratorProtocol {
        let stream: PlainByteStream
        var position: UInt64
        var hasher: ContentHasher?
        var body: Reader?
        /// Bytes to drop first, from a server that does not know ranges.
        var surplus: UInt64 = 0
        /// What the server calls this version of the file; a continuation must be of the same.
        var version: String?
        var fruitless = 0

        init(_ stream: PlainByteStream) {
            self.stream = stream
            position = stream.range.lowerBound
            if stream.isVerifiedAtEnd {
                hasher = ContentHasher(for: stream.request.expected, size: stream.request.size)
            }
        }

        /// - Throws: ``PlainReplyError`` when the server answers with anything but the file; ``TransferError`` when the
        ///   bytes are not the file's; `TransportError`; `CancellationError`.
        public mutating func next() async throws -> ByteBuffer? {
            while position < stream.range.upperBound {
                do {
                    if body == nil { body = try await open() }
                    guard let part = try await body?.next(within: stream.engine.settings.stallTimeout) else {
                        throw TransportError(
                            code: .interrupted, message: "\(host) ended the file at byte \(position)",
                            url: stream.request.url, retryAdvice: .soon)
                    }
                    if let part = try await accept(part) { return part }
                } catch let error as TransportError where error.retryAdvice == .soon {
                    body = nil
                    fruitless += 1
                    guard fruitless < stream.engine.settings.fruitlessTries else { throw error }
                    try await Task.sleep(for: RetryPolicy().delay(attempt: fruitless - 1, headers: nil))
                }
            }
            body = nil
            if let hasher, !hasher.matches(stream.request.expected) {
                throw TransferError(
                    code: .digestMismatch,
                    message: "\(stream.request.name): the bytes from \(host) do not hash to \(stream.request.expected)",
                    hint: "the hub's store or something on the way to it corrupts data; discard what was read")
            }
            return nil
        }

        private var host: String { Origin(stream.request.url)?.description ?? "the hub" }

        private mutating func open() async throws -> Reader {
            var outgoing = HTTPRequest(url: stream.request.url, headers: stream.request.headers)
            outgoing.headers.replaceOrAdd(name: "Accept-Encoding", value: "identity")
            outgoing.replyTimeout = stream.engine.settings.replyTimeout
            let isPart = position > 0 || stream.range.upperBound < stream.request.size
            if isPart {
                outgoing.headers.replaceOrAdd(
                    name: "Range", value: "bytes=\(position)-\(stream.range.upperBound - 1)")
            }
            let engine = stream.engine
            let response = try await engine.transport.sendFollowingRedirects(
                outgoing, retrying: engine.settings.retries)
            switch response.status {
            case 200:
                surplus = position
            case 206 where response.headers.first(name: "Content-Range")?.hasPrefix("bytes \(position)-") == true:
                surplus = 0
            default:
                let body = (try? await response.collect(upTo: 64 << 10)) ?? ByteBuffer()
                throw PlainReplyError(
                    status: response.status, headers: response.headers, body: body,
                    url: response.answerer ?? response.url)
            }
            let tag = response.headers.first(name: "ETag")
            guard version == nil || tag == version else {
                throw TransferError(
                    code: .badReply, message: "\(stream.request.name) changed at \(host) while it was read",
                    hint: "read it again from the start")
            }
            version = tag
            return Reader(response)
        }

        /// Takes the wanted bytes of a part; nil when none are.
        private mutating func accept(_ part: ByteBuffer) async throws -> ByteBuffer? {
            var part = part
            stream.observer.travelled(UInt64(part.readableBytes))
            let dropped = Int(Swift.min(surplus, UInt64(part.readableBytes)))
            surplus -= UInt64(dropped)
            part.moveReaderIndex(forwardBy: dropped)
            let count = Int(Swift.min(UInt64(part.readableBytes), stream.range.upperBound - position))
            guard count > 0, let wanted = part.readSlice(length: count) else { return nil }
            if let hasher {
                self.hasher = try await stream.engine.pool.runIfActive {
                    var next = hasher
                    wanted.withUnsafeReadableBytes { next.update($0) }
                    return next
                }
            }
            position += UInt64(count)
            fruitless = 0
            stream.observer.advanced(stream.request.name, bytes: UInt64(count))
            return wanted
        }
    }

    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(self) }
}
