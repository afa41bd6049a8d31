import Crypto
import NIOCore
import NIOHTTP1
import Synchronization
import Transport
import Xet

@testable import Transfer

/// A hub's file and the store behind it, behind the transport protocol; it misbehaves on demand.
final class PlainServer: HTTPTransport {
    enum Fault: Sendable, Equatable {
        case none
        /// Answers 200 with the whole file.
        case ignoresRanges
        /// Answers 416 to every range.
        case refusesRanges
        /// Ends the first replies after this many bytes.
        case cuts(after: Int, times: Int)
        /// Flips a byte of the file at this offset, in the first replies that have it.
        case flips(at: Int, times: Int)
        /// `Content-Range` names another total.
        case liesAboutTotal
        /// `Content-Length` of a whole reply is another than the file's.
        case liesAboutLength
        /// Delivers the range from one byte further and says so.
        case shifts
        /// Another ETag from this request on.
        case changes(afterRequests: Int)
        /// Another ETag with each reply.
        case changesAlways
        /// The signed address is refused after this many requests, until the hub gives out a new one.
        case expires(afterRequests: Int)
        /// Ranges come with a `Content-Encoding`; the whole comes plain.
        case encodesRanges
        /// Announces its own content id, which is not the listed one.
        case listsOther
        /// Sends half of the first reply and then nothing.
        case stalls
        /// Announces a range and sends one byte more.
        case overflows
    }

    struct Request: Sendable {
        var url: String
        var range: String?
        var token: String?
    }

    private struct State {
        var fault: Fault
        var requests: [Request] = []
        var signature = 1
        var usesOfSignature = 0
        var faultsLeft: Int?
        var sent = 0
    }

    static let hub = "https://hub.test/ns/name/resolve/main/model.bin"
    static let store = "https://store.test/model.bin"

    let content: [UInt8]
    private let redirects: Bool
    private let state: Mutex<State>

    init(_ content: [UInt8], fault: Fault = .none, redirects: Bool = false) {
        self.content = content
        self.redirects = redirects
        state = Mutex(State(fault: fault))
    }

    var requests: [Request] { state.withLock { $0.requests } }
    /// Bytes of bodies that were handed out.
    var sent: Int { state.withLock { $0.sent } }

    func heal() { state.withLock { $0.fault = .none } }

    func forget() {
        state.withLock {
            $0.requests = []
            $0.sent = 0
        }
    }

    var sha256: String { hexText(SHA256.hash(data: content)) }

    func request() throws -> PlainFileRequest {
        guard let expected = ContentID(etag: sha256) else { throw CancellationError() }
        return PlainFileRequest(
            url: Self.hub, headers: ["Authorization": "Bearer secret", "User-Agent": "tests"], expected: expected,
            size: UInt64(content.count), name: "model.bin")
    }

    func send(_ request: HTTPRequest) async throws -> HTTPResponse {
        let (fault, count) = state.withLock { state in
            state.requests.append(
                Request(
                    url: request.url, range: request.headers.first(name: "Range"),
                    token: request.headers.first(name: "Authorization")))
            return (state.fault, state.requests.count)
        }
        if redirects, request.url == Self.hub {
            let signature = state.withLock { state in
                if case .expires = fault, state.usesOfSignature > 0 { state.signature += 1 }
                state.usesOfSignature = 0
                return state.signature
            }
            return reply(request, 302, ["Location": "\(Self.store)?sig=\(signature)"])
        }
        if case .expires(let uses) = fault {
            let isGood = state.withLock { state in
                state.usesOfSignature += 1
                return request.url.hasSuffix("sig=\(state.signature)") && state.usesOfSignature <= uses
            }
            guard isGood else { return reply(request, 403) }
        }
        return await file(request, fault, count)
    }

    private func file(_ request: HTTPRequest, _ fault: Fault, _ count: Int) async -> HTTPResponse {
        var headers: HTTPHeaders = ["ETag": "\"v1\""]
        switch fault {
        case .changes(let requests) where count > requests: headers.replaceOrAdd(name: "ETag", value: "\"v2\"")
        case .changesAlways: headers.replaceOrAdd(name: "ETag", value: "\"v\(count)\"")
        case .listsOther: headers.replaceOrAdd(name: "X-Linked-Etag", value: String(repeating: "a", count: 64))
        default: break
        }
        let isCurrent = request.headers.first(name: "If-Range").map { $0 == headers.first(name: "ETag") } ?? true
        guard let range = asked(request), isCurrent, fault != .ignoresRanges else {
            let body = damaged(content, from: 0, fault)
            headers.add(
                name: "Content-Length", value: "\(fault == .liesAboutLength ? content.count + 1 : content.count)")
            return reply(request, 200, headers, body)
        }
        if fault == .refusesRanges { return reply(request, 416, ["Content-Range": "bytes */\(content.count)"]) }
        var bytes = damaged(Array(content[range]), from: range.lowerBound, fault)
        var said = range
        if fault == .shifts {
            said = range.lowerBound + 1..<min(range.upperBound + 1, content.count)
            bytes = Array(content[said])
        }
        let total = fault == .liesAboutTotal ? content.count - 1 : content.count
        headers.add(name: "Content-Range", value: "bytes \(said.lowerBound)-\(said.upperBound - 1)/\(total)")
        if fault == .encodesRanges { headers.add(name: "Content-Encoding", value: "gzip") }
        if fault == .overflows { bytes.append(0) }
        return reply(request, 206, headers, bytes, fault)
    }

    private func asked(_ request: HTTPRequest) -> Range<Int>? {
        guard let text = request.headers.first(name: "Range") else { return nil }
        let ends = text.dropFirst("bytes=".count).split(separator: "-")
        guard ends.count == 2, let first = Int(ends[0]), let last = Int(ends[1]) else { return nil }
        return first..<min(last + 1, content.count)
    }

    private func damaged(_ bytes: [UInt8], from start: Int, _ fault: Fault) -> [UInt8] {
        guard case .flips(let position, let times) = fault, (start..<start + bytes.count).contains(position),
            take(times)
        else { return bytes }
        var bytes = bytes
        bytes[position - start] ^= 0x40
        return bytes
    }

    private func take(_ times: Int) -> Bool {
        state.withLock { state in
            let left = state.faultsLeft ?? times
            state.faultsLeft = max(0, left - 1)
            return left > 0
        }
    }

    private func reply(
        _ request: HTTPRequest, _ status: Int, _ headers: HTTPHeaders = [:], _ body: [UInt8] = [],
        _ fault: Fault = .none
    ) -> HTTPResponse {
        var body = body
        var failure: (any Error)?
        if case .cuts(let after, let times) = fault, body.count > after, take(times) {
            body = Array(body[..<after])
            failure = TransportError(code: .interrupted, message: "cut", url: request.url, retryAdvice: .soon)
        }
        let parts = stride(from: 0, to: body.count, by: 60_000).map {
            ByteBuffer(bytes: body[$0..<min($0 + 60_000, body.count)])
        }
        state.withLock { $0.sent += body.count }
        if fault == .stalls, take(1) {
            let silent = HTTPResponse.Body(
                parts: Array(parts.prefix(parts.count / 2)), thenSilence: .seconds(60), url: request.url)
            return HTTPResponse(status: status, headers: headers, body: silent, url: request.url)
        }
        return HTTPResponse(
            status: status, headers: headers, body: .init(parts: parts, failure: failure, url: request.url),
            url: request.url)
    }
}
