internal import HubWire
package import NIOCore
internal import NIOHTTP1
internal import PublishWire
internal import Synchronization
package import Transport

/// A server that has the files of a torrent (BEP 19).
///
/// Redirects are followed anew when their target refuses: signed addresses expire, and libtorrent's own web seeds then
/// stand still for good.
package final class WebSeed: RangeSource {
    private struct State {
        var lacksRanges = false
        var lacking: Set<Int> = []
        /// Where a file was found last.
        var targets: [Int: String] = [:]
    }

    package let name: String
    package let kind = SourceKind.web
    private let base: String
    private let torrent: String
    private let isSingleFile: Bool
    private let transport: any HTTPTransport
    private let patience: Duration
    private let state = Mutex(State())

    /// - Parameters:
    ///   - base: the address as the torrent, the magnet link or the user names it.
    ///   - torrent: the name of the torrent.
    ///   - patience: how long silence is borne.
    package init(
        _ base: String, torrent: String, isSingleFile: Bool, transport: any HTTPTransport,
        patience: Duration = .seconds(20)
    ) {
        self.base = base
        self.torrent = torrent
        self.isSingleFile = isSingleFile
        self.transport = transport
        self.patience = patience
        name = TransportError.withoutQuery(base)
    }

    package var knowsRanges: Bool { state.withLock { !$0.lacksRanges } }

    package func mayHave(_ file: SourceFile) -> Bool { state.withLock { !$0.lacking.contains(file.index) } }

    /// The address of a file: that of the one file, unless it ends in a slash; else below a folder of the torrent's name.
    package func address(of file: SourceFile) -> String {
        if isSingleFile {
            return base.hasSuffix("/") ? base + PercentEncoding.encode(segment: torrent) : base
        }
        let path = ([torrent] + file.path.components).map { PercentEncoding.encode(segment: $0) }.joined(separator: "/")
        return base + (base.hasSuffix("/") ? "" : "/") + path
    }

    package func read(
        _ file: SourceFile, _ range: Range<Int64>, _ take: @Sendable (ByteBuffer) async throws -> Bool
    ) async throws {
        do {
            let reply = try await open(file, range)
            try await pass(reply, range, take)
        } catch let error as TransportError {
            forgetTarget(of: file)
            throw SourceFault(error.retryAdvice == .soon || error.isAbsence ? .transient : .fatal, error.message)
        }
    }

    /// Asks where the file was found last, and from the beginning when it is not there any more.
    private func open(_ file: SourceFile, _ range: Range<Int64>) async throws -> HTTPResponse {
        if let target = state.withLock({ $0.targets[file.index] }) {
            let reply = try await ask(target, file, range)
            if [200, 206].contains(reply.status) { return try check(reply, file, range) }
            await reply.discard()
            forgetTarget(of: file)
        }
        let reply = try await ask(address(of: file), file, range)
        return try check(reply, file, range)
    }

    private func ask(_ url: String, _ file: SourceFile, _ range: Range<Int64>) async throws -> HTTPResponse {
        var request = HTTPRequest(url: url)
        request.headers.add(name: "Accept-Encoding", value: "identity")
        request.headers.add(name: "User-Agent", value: "shoal")
        if !(range.lowerBound == 0 && range.upperBound == file.size) {
            request.headers.add(name: "Range", value: "bytes=\(range.lowerBound)-\(range.upperBound - 1)")
        }
        request.replyTimeout = patience
        var retries = RetryPolicy()
        retries.retries = 1
        retries.longestRequestedDelay = .seconds(5)
        return try await transport.sendFollowingRedirects(request, retrying: retries)
    }

    /// Makes sure that a reply is the wanted part of this file.
    private func check(_ reply: HTTPResponse, _ file: SourceFile, _ range: Range<Int64>) throws -> HTTPResponse {
        let wanted = range.upperBound - range.lowerBound
        switch reply.status {
        case 200:
            if let length = reply.contentLength, length != UInt64(file.size) { throw lacks(file, "has another size") }
            guard range.lowerBound == 0 else {
                state.withLock { $0.lacksRanges = true }
                throw SourceFault(.lacksRanges, "\(name) cannot be asked for parts of a file")
            }
        case 206:
            let told = reply.headers.first(name: "Content-Range") ?? ""
            guard told.hasPrefix("bytes \(range.lowerBound)-") else {
                throw SourceFault(.fatal, "\(name) answers with another part of the file than was asked for")
            }
            if let total = told.split(separator: "/").last.flatMap({ Int64($0) }), total != file.size {
                throw lacks(file, "has another size")
            }
            if let length = reply.contentLength, length > UInt64(wanted) {
                throw SourceFault(.transient, "\(name) answers with more than was asked for")
            }
        case 404, 410, 416:
            throw lacks(file, "is not there")
        case 401, 403:
            throw SourceFault(.fatal, "\(name) refuses (\(reply.status))")
        case let status:
            throw SourceFault(
                RetryPolicy.isTransient(status: status) ? .transient : .fatal, "\(name) answers with \(status)")
        }
        if reply.url != address(of: file) { state.withLock { $0.targets[file.index] = reply.url } }
        return reply
    }

    private func lacks(_ file: SourceFile, _ reason: String) -> SourceFault {
        state.withLock { _ = $0.lacking.insert(file.index) }
        return SourceFault(.lacksFile, "\(file.path) \(reason) at \(name)")
    }

    private func forgetTarget(of file: SourceFile) { state.withLock { $0.targets[file.index] = nil } }

    /// Hands over the body, at most the wanted bytes of it.
    private func pass(
        _ reply: HTTPResponse, _ range: Range<Int64>, _ take: @Sendable (ByteBuffer) async throws -> Bool
    ) async throws {
        var left = Int(range.upperBound - range.lowerBound)
        var parts = QuietBody(reply, patience: patience)
        while left > 0 {
            guard var part = try await parts.next() else {
                throw SourceFault(.transient, "\(name) ended the file \(left) bytes too early")
            }
            guard let slice = part.readSlice(length: min(left, part.readableBytes)) else { continue }
            left -= slice.readableBytes
            guard try await take(slice) else { return }
        }
    }
}

/// A body that must not fall silent.
private struct QuietBody {
    /// Proof of `@unchecked Sendable`: one task reads, and awaits each part before the next.
    private final class Parts: @unchecked Sendable {
        var iterator: HTTPResponse.Body.AsyncIterator
        init(_ iterator: HTTPResponse.Body.AsyncIterator) { self.iterator = iterator }
        func next() async throws -> ByteBuffer? { try await iterator.next() }
    }

    private let parts: Parts
    private let url: String
    private let patience: Duration

    init(_ reply: HTTPResponse, patience: Duration) {
        parts = Parts(reply.body.makeAsyncIterator())
        url = reply.url
        self.patience = patience
    }

    mutating func next() async throws -> ByteBuffer? {
        let (parts, url) = (parts, url)
        return try await withDeadline(patience) {
            TransportError(
                code: .timedOut,
                message: "\(Origin(url)?.description ?? "the server") fell silent in the middle of a file",
                url: url, retryAdvice: .soon)
        } _: {
            try await parts.next()
        }
    }
}
