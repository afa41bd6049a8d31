internal import NIOCore
internal import NIOHTTP1
internal import Synchronization
internal import Transport

/// Where a file comes from by plain HTTP, and what was learned about that place: the address behind redirects, the
/// version of the bytes, whether ranges are served.
final class PlainSource: Sendable {
    /// An answer whose bytes are those of the file from `range.lowerBound` on.
    struct Opening: Sendable {
        var response: HTTPResponse
        var range: Range<UInt64>
        /// The whole file although a part was asked for, or just the whole file.
        var isWhole: Bool
    }

    /// The source has other bytes than it had a moment ago.
    struct Changed: Error {}

    private struct State {
        /// The address that redirects led to; asked directly until it no longer answers.
        var direct: String?
        /// The ETag of each address's origin.
        var versions: [Origin: String] = [:]
        var servesRanges: Bool?
    }

    let request: PlainFileRequest
    private let engine: TransferEngine
    private let state = Mutex(State())

    init(request: PlainFileRequest, engine: TransferEngine) {
        self.request = request
        self.engine = engine
    }

    /// Whether ranges are served; nil before the first answer.
    var servesRanges: Bool? { state.withLock { $0.servesRanges } }

    /// The origin that delivers the bytes, for messages.
    var name: String {
        let home = Origin(request.url)?.description ?? "the hub"
        guard let direct = state.withLock({ $0.direct }).flatMap({ Origin($0)?.description }), direct != home else {
            return home
        }
        return "\(direct) (sent there by \(home))"
    }

    /// Forgets everything that was learned.
    func reset() { state.withLock { $0 = State() } }

    /// Asks for a range of the file.
    /// - Throws: ``PlainReplyError`` for a refusal, ``Changed``, `TransportError`, ``TransferError``.
    func open(_ range: Range<UInt64>) async throws -> Opening {
        var asksHub = false
        while true {
            let known = state.withLock { $0 }
            let direct = asksHub ? nil : known.direct
            let isAll = range == 0..<request.size && request.size <= engine.settings.plainRangeBytes
            let wantsRange = known.servesRanges != false && !isAll
            let response = try await send(range: wantsRange ? range : nil, to: direct, versions: known.versions)
            switch response.status {
            case 200, 206:
                if wantsRange || response.status == 206 {
                    let opening = try await accept(response, range: range, from: direct)
                    if let opening { return opening }
                    continue
                }
                return try await acceptWhole(response)
            case 416 where wantsRange:
                try await refuseRange(response)
            case let status where direct != nil && Self.hasExpired(status):
                // A signed address has its time; the hub gives out a new one.
                await response.discard()
                state.withLock { $0.direct = nil }
                asksHub = true
            default:
                let body = (try? await response.collect(upTo: 64 << 10)) ?? ByteBuffer()
                throw PlainReplyError(
                    status: response.status, headers: response.headers, body: body,
                    url: response.answerer ?? response.url)
            }
        }
    }

    private func send(
        range: Range<UInt64>?, to direct: String?, versions: [Origin: String]
    ) async throws -> HTTPResponse {
        let url = direct ?? request.url
        var outgoing = HTTPRequest(url: url, headers: request.headers)
        outgoing.replyTimeout = engine.settings.replyTimeout
        outgoing.headers.replaceOrAdd(name: "Accept-Encoding", value: "identity")
        if Origin(url) != Origin(request.url) { outgoing.headers.remove(name: "Authorization") }
        if let range {
            outgoing.headers.replaceOrAdd(name: "Range", value: "bytes=\(range.lowerBound)-\(range.upperBound - 1)")
            // Only a strong tag may be compared so (RFC 9110 §13.1.5).
            if let version = Origin(url).flatMap({ versions[$0] }), version.hasPrefix("\"") {
                outgoing.headers.replaceOrAdd(name: "If-Range", value: version)
            }
        }
        let response = try await engine.transport.sendFollowingRedirects(outgoing, retrying: engine.settings.retries)
        if response.isSuccess, response.url != request.url { state.withLock { $0.direct = response.url } }
        return response
    }

    /// Checks an answer to a range request.
    /// - Returns: nil when the range must be asked for again in another way.
    private func accept(_ response: HTTPResponse, range: Range<UInt64>, from direct: String?) async throws -> Opening? {
        try await checkVersion(response)
        guard response.status == 206 else {
            guard servesRanges != true else {
                // It served ranges before: the condition of If-Range no longer holds.
                await response.discard()
                throw Changed()
            }
            return try await acceptWhole(response)
        }
        if PlainSource.isEncoded(response) {
            // A range of a compressed file is of no use; the compressed whole can be unpacked.
            await response.discard()
            state.withLock { $0.servesRanges = false }
            return nil
        }
        let said = response.headers.first(name: "Content-Range") ?? ""
        guard let delivered = ContentRange(said), delivered.range.lowerBound == range.lowerBound else {
            await response.discard()
            throw flaw("answers with another range than asked: '\(said.prefix(80))'")
        }
        if let total = delivered.total, total != request.size { try await refuseSize(total, response) }
        let end = min(delivered.range.upperBound, range.upperBound)
        if let announced = response.contentLength, announced != UInt64(delivered.range.count) {
            await response.discard()
            throw flaw("announces \(announced) bytes for a range of \(delivered.range.count)")
        }
        state.withLock { $0.servesRanges = true }
        return Opening(response: response, range: range.lowerBound..<end, isWhole: false)
    }

    private func acceptWhole(_ response: HTTPResponse) async throws -> Opening {
        try await checkVersion(response)
        if !PlainSource.isEncoded(response), let announced = response.contentLength, announced != request.size {
            try await refuseSize(announced, response)
        }
        if request.size > engine.settings.plainRangeBytes { state.withLock { $0.servesRanges = false } }
        return Opening(response: response, range: 0..<request.size, isWhole: true)
    }

    private func refuseRange(_ response: HTTPResponse) async throws {
        let total = response.headers.first(name: "Content-Range").flatMap { $0.split(separator: "/").last }
            .flatMap { UInt64($0) }
        if let total, total != request.size { try await refuseSize(total, response) }
        await response.discard()
        state.withLock { $0.servesRanges = false }
    }

    private func refuseSize(_ size: UInt64, _ response: HTTPResponse) async throws -> Never {
        await response.discard()
        throw flaw("announces \(size) bytes, but the hub lists \(request.size)")
    }

    /// Compares the ETag with that of earlier answers, and the hub's own with the content id that it listed.
    private func checkVersion(_ response: HTTPResponse) async throws {
        guard let origin = Origin(response.url) else { return }
        if origin == Origin(request.url) {
            let linked = response.headers.first(name: "X-Linked-Etag") ?? response.headers.first(name: "ETag")
            if let id = linked.flatMap({ ContentID(etag: ETag.normalized($0)) }), id.isOfSameKind(as: request.expected),
                id != request.expected
            {
                await response.discard()
                throw TransferError(
                    code: .sourceChanged,
                    message: "\(request.name): \(name) serves \(id) where it listed \(request.expected)",
                    hint: "run the command again; if that does not help, tell who runs the hub")
            }
        }
        guard let version = response.headers.first(name: "ETag") else { return }
        let isSame = state.withLock { state in
            defer { state.versions[origin] = version }
            return state.versions[origin].map { ETag.normalized($0) == ETag.normalized(version) } ?? true
        }
        if !isSame {
            await response.discard()
            throw Changed()
        }
    }

    func flaw(_ what: String) -> TransferError {
        TransferError(
            code: .badReply, message: "\(request.name): \(name) \(what)",
            hint: "something between here and the hub may change replies (a proxy?); if not, tell who runs the hub")
    }

    /// How stores answer to an address that they gave out and that is no longer good.
    private static func hasExpired(_ status: Int) -> Bool { [400, 401, 403, 404, 410].contains(status) }

    private static func isEncoded(_ response: HTTPResponse) -> Bool {
        response.headers.first(name: "Content-Encoding").map { $0.lowercased() != "identity" } ?? false
    }
}

/// `Content-Range: bytes 0-99/1000`.
struct ContentRange: Equatable {
    var range: Range<UInt64>
    var total: UInt64?

    init(range: Range<UInt64>, total: UInt64?) {
        self.range = range
        self.total = total
    }

    init?(_ text: String) {
        let parts = text.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "bytes" else { return nil }
        let sides = parts[1].split(separator: "/", maxSplits: 1)
        let ends = sides.first?.split(separator: "-", maxSplits: 1) ?? []
        guard sides.count == 2, ends.count == 2, let first = UInt64(ends[0]), let last = UInt64(ends[1]),
            first <= last, last < UInt64.max
        else { return nil }
        range = first..<last + 1
        total = UInt64(sides[1])
    }
}

/// Entity tags.
enum ETag {
    /// Without quotes and the mark of a weak tag.
    static func normalized(_ text: String) -> String {
        var tag = text[...]
        if tag.hasPrefix("W/") { tag = tag.dropFirst(2) }
        return String(tag.filter { $0 != "\"" })
    }
}
