import Foundation
import NIOCore
import NIOHTTP1
import Synchronization
import Transport

/// A web server of one test, in memory: files below a base address, in all the states that real ones are found in.
final class TestServer: HTTPTransport {
    struct Manners: Sendable {
        var knowsRanges = true
        /// Whether files are told by a redirect to an address that answers so many requests, then 403.
        var redirectLife: Int?
        /// Every so many replies ends half way; 0 never.
        var breaksEvery = 0
        /// Every so many replies has a wrong byte; 0 never.
        var spoilsEvery = 0
        /// Replies with 503 to so many requests at first.
        var refusals = 0
        /// Falls silent in the middle of each reply.
        var isSilent = false
        var missing: Set<String> = []
    }

    private struct State {
        var requests: [String] = []
        var replies = 0
        var tokens: [String: Int] = [:]
        var refusals = 0
        var sent = 0
    }

    let files: [String: [UInt8]]
    let manners: Manners
    private let state = Mutex(State())

    /// - Parameter files: by path, below `http://web.test/`.
    init(_ files: [String: [UInt8]], _ manners: Manners = Manners()) {
        self.files = files
        self.manners = manners
    }

    var requests: [String] { state.withLock { $0.requests } }
    var sent: Int { state.withLock { $0.sent } }

    func send(_ request: HTTPRequest) async throws -> HTTPResponse {
        let target = request.url.replacing("http://web.test/", with: "").replacing("http://cdn.test/", with: "")
        let path = target.prefix { $0 != "?" }
        let range = request.headers.first(name: "Range")
        let number = state.withLock { state in
            state.requests.append(request.url + (range.map { " " + $0 } ?? ""))
            state.replies += 1
            return state.replies
        }
        func reply(_ status: Int, _ headers: HTTPHeaders = [:], _ body: [UInt8] = []) -> HTTPResponse {
            HTTPResponse(
                status: status, headers: headers,
                body: .init(parts: body.isEmpty ? [] : [ByteBuffer(bytes: body)], url: request.url), url: request.url)
        }
        if state.withLock({ state in
            state.refusals += 1
            return state.refusals <= manners.refusals
        }) {
            return reply(503)
        }
        guard let name = path.removingPercentEncoding, let content = files[name], !manners.missing.contains(name) else {
            return reply(404)
        }
        if let life = manners.redirectLife {
            if request.url.hasPrefix("http://web.test/") {
                return reply(302, ["Location": "http://cdn.test/\(path)?sig=\(number)"])
            }
            let uses = state.withLock { state in
                state.tokens[request.url, default: 0] += 1
                return state.tokens[request.url] ?? 0
            }
            guard uses <= life else { return reply(403) }
        }
        guard manners.knowsRanges, let range, range.hasPrefix("bytes=") else {
            return body(reply(200, ["Content-Length": "\(content.count)"]), content, number, request.url)
        }
        let ends = range.dropFirst(6).split(separator: "-").compactMap { Int($0) }
        guard ends.count == 2, ends[0] <= ends[1], ends[0] < content.count else { return reply(416) }
        let part = Array(content[ends[0]...min(ends[1], content.count - 1)])
        let headers: HTTPHeaders = [
            "Content-Length": "\(part.count)",
            "Content-Range": "bytes \(ends[0])-\(ends[0] + part.count - 1)/\(content.count)",
        ]
        return body(reply(206, headers), part, number, request.url)
    }

    private func body(_ head: HTTPResponse, _ content: [UInt8], _ number: Int, _ url: String) -> HTTPResponse {
        var content = content
        var failure: (any Error)?
        if manners.spoilsEvery > 0, number % manners.spoilsEvery == 0, !content.isEmpty {
            content[content.count / 2] ^= 1
        }
        if manners.breaksEvery > 0, number % manners.breaksEvery == 0 {
            content.removeLast(content.count / 2)
            failure = TransportError(code: .interrupted, message: "the connection broke", url: url, retryAdvice: .soon)
        }
        if manners.isSilent { content.removeLast(content.count / 2) }
        state.withLock { $0.sent += content.count }
        let parts = stride(from: 0, to: content.count, by: 50_000).map { start in
            ByteBuffer(bytes: content[start..<min(content.count, start + 50_000)])
        }
        var reply = head
        reply.body = .init(
            parts: parts, failure: failure, thenSilence: manners.isSilent ? .seconds(30) : .zero, url: url)
        return reply
    }
}
