internal import ChunkStore
public import NIOCore
public import NIOHTTP1
internal import NIOPosix
internal import Transport

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

extension TransferEngine {
    /// Fetches a file by plain HTTP into its partial file and checks it against its content id; the caller renames it.
    ///
    /// A broken connection is continued from the last byte; bytes with a wrong hash are fetched once more.
    /// - Throws: ``PlainReplyError`` when the server answers with anything but the file.
    public func pullPlain(
        _ request: PlainFileRequest, into partial: PartialFile, observer: any TransferObserver
    ) async throws -> PullStatistics {
        let file = try RandomAccessFile(path: partial.path, access: .update)
        var pull = PlainPull(request: request, file: file, engine: self, observer: observer)
        var wrongOnce = false
        while true {
            try await pull.fetchAll()
            if pull.isRight { break }
            guard !wrongOnce else {
                throw TransferError(
                    code: .digestMismatch,
                    message: "\(request.name): the bytes from \(Origin(request.url)?.description ?? "the hub") do not "
                        + "hash to \(request.expected)",
                    hint: "the hub's store or something on the way to it corrupts data; try again later")
            }
            wrongOnce = true
            pull.restart()
        }
        try await pool.runIfActive {
            try file.truncate(to: request.size)
            try file.synchronize()
        }
        var statistics = PullStatistics()
        statistics.networkBytes = pull.networkBytes
        return statistics
    }
}

private struct PlainPull {
    let request: PlainFileRequest
    let file: RandomAccessFile
    let engine: TransferEngine
    let observer: any TransferObserver
    private var hasher: ContentHasher
    private var position: UInt64 = 0
    private(set) var networkBytes: UInt64 = 0

    init(request: PlainFileRequest, file: RandomAccessFile, engine: TransferEngine, observer: any TransferObserver) {
        self.request = request
        self.file = file
        self.engine = engine
        self.observer = observer
        hasher = ContentHasher(for: request.expected, size: request.size)
    }

    var isRight: Bool { position == request.size && hasher.matches(request.expected) }

    mutating func restart() {
        position = 0
        hasher = ContentHasher(for: request.expected, size: request.size)
    }

    /// Reads to the announced end, continuing after breaks.
    mutating func fetchAll() async throws {
        var fruitless = 0
        while position < request.size {
            let before = position
            do {
                try await fetchOnce()
            } catch let error as TransportError where error.retryAdvice == .soon {
                fruitless = position > before ? 0 : fruitless + 1
                guard fruitless < engine.settings.fruitlessTries else { throw error }
                try await Task.sleep(for: RetryPolicy().delay(attempt: fruitless, headers: nil))
            }
        }
    }

    private mutating func fetchOnce() async throws {
        try await engine.connections.acquire(1)
        defer { engine.connections.release(1) }
        var outgoing = HTTPRequest(url: request.url, headers: request.headers)
        outgoing.headers.replaceOrAdd(name: "Accept-Encoding", value: "identity")
        if position > 0 { outgoing.headers.replaceOrAdd(name: "Range", value: "bytes=\(position)-") }
        let response = try await engine.transport.sendFollowingRedirects(outgoing, retrying: RetryPolicy())
        let host = Origin(request.url)?.description ?? "the hub"
        switch response.status {
        case 200: if position > 0 { restart() }
        case 206 where response.headers.first(name: "Content-Range")?.hasPrefix("bytes \(position)-") == true: break
        default:
            let body = (try? await response.collect(upTo: 64 << 10)) ?? ByteBuffer()
            throw PlainReplyError(status: response.status, headers: response.headers, body: body, url: response.url)
        }
        for try await part in response.body {
            networkBytes += UInt64(part.readableBytes)
            observer.travelled(UInt64(part.readableBytes))
            guard position + UInt64(part.readableBytes) <= request.size else {
                throw TransferError(
                    code: .badReply, message: "\(request.name): \(host) delivers more than \(request.size) bytes")
            }
            try await store(part)
        }
        if position < request.size {
            throw TransportError(
                code: .interrupted, message: "\(host) ended the file at byte \(position) of \(request.size)",
                url: request.url, retryAdvice: .soon)
        }
    }

    private mutating func store(_ part: ByteBuffer) async throws {
        let offset = position
        var hasher = hasher
        let file = file
        let updated = try await engine.pool.runIfActive { [hasher] in
            var next = hasher
            try part.withUnsafeReadableBytes { bytes in
                next.update(bytes)
                try file.write(bytes, at: offset)
            }
            return next
        }
        hasher = updated
        self.hasher = hasher
        position += UInt64(part.readableBytes)
        observer.advanced(request.name, bytes: UInt64(part.readableBytes))
    }
}
