import NIOCore
import NIOHTTP1
import Synchronization
import Testing

@testable import Transport

@Suite struct TransportRuleTests {
    @Test(
        "reads origins",
        arguments: [
            ("http://h/a", "http://h"), ("https://H:443/x?y", "https://h"), ("http://h:8080", "http://h:8080"),
            ("http://[::1]:9/x", "http://[::1]:9"), ("https://user:pw@h/", "https://h"), ("http://h?x", "http://h"),
        ])
    func origins(url: String, expected: String) {
        #expect(Origin(url)?.description == expected)
    }

    @Test(
        "refuses what is no web address",
        arguments: ["ftp://h/", "h/a", "http://", "http://h:0/", "http://h:x/", "//h"])
    func notOrigins(url: String) {
        #expect(Origin(url) == nil)
    }

    @Test(
        "resolves what a redirect or a link names",
        arguments: [
            ("/b?u=http://x", "http://h/b?u=http://x"), ("https://x/y", "https://x/y"), ("ftp://x/y", nil),
            ("?cursor=2", "http://h/a/b?cursor=2"), ("c", "http://h/a/c"), ("//x/y", "http://x/y"),
        ])
    func locations(location: String, expected: String?) {
        #expect(Origin.resolve(location: location, against: "http://h/a/b?q") == expected)
    }

    @Test("a token stays with its origin through redirects")
    func tokenConfinement() async throws {
        let transport = ScriptedTransport([
            "http://hub/a": (302, ["Location": "/b"]),
            "http://hub/b": (307, ["Location": "http://cdn/c"]),
            "http://cdn/c": (302, ["Location": "http://hub/d"]),
            "http://hub/d": (200, [:]),
        ])
        var request = HTTPRequest(url: "http://hub/a")
        request.authorize(bearer: "secret")
        let response = try await transport.sendFollowingRedirects(request, retrying: .none)
        #expect(response.status == 200)
        #expect(
            transport.seen.withLock { $0 } == [
                "http://hub/a secret", "http://hub/b secret", "http://cdn/c -", "http://hub/d -",
            ])
    }

    @Test("ends a loop of redirects")
    func redirectLoop() async throws {
        let transport = ScriptedTransport(["http://hub/a": (302, ["Location": "/a"])])
        let error = await #expect(throws: TransportError.self) {
            _ = try await transport.sendFollowingRedirects(HTTPRequest(url: "http://hub/a"), retrying: .none)
        }
        #expect(error?.code == .tooManyRedirects)
    }

    @Test("waits as long as a server asks, within reason")
    func requestedDelays() {
        #expect(RetryPolicy.requestedDelay(["Retry-After": "7"]) == .seconds(7))
        #expect(RetryPolicy.requestedDelay(["RateLimit": "\"api\";r=0;t=55"]) == .seconds(56))
        #expect(RetryPolicy.requestedDelay(["Retry-After": "soon"]) == nil)
        #expect(RetryPolicy.requestedDelay(["RateLimit": "x;t=\(Int.max)"]) == .seconds((1 << 20) + 1))
        #expect(RetryPolicy().delay(attempt: 0, headers: ["Retry-After": "99999"]) == .seconds(300))
        for attempt in 0..<40 { #expect(RetryPolicy().delay(attempt: attempt, headers: nil) <= .seconds(10)) }
    }

    @Test("retries transient statuses and no others")
    func retries() async throws {
        var policy = RetryPolicy()
        policy.firstDelay = .milliseconds(1)
        policy.retries = 2
        let busy = ScriptedTransport(["http://hub/a": (503, [:])])
        #expect(try await busy.send(HTTPRequest(url: "http://hub/a"), retrying: policy).status == 503)
        #expect(busy.seen.withLock { $0.count } == 3)
        let missing = ScriptedTransport(["http://hub/a": (404, [:])])
        #expect(try await missing.send(HTTPRequest(url: "http://hub/a"), retrying: policy).status == 404)
        #expect(missing.seen.withLock { $0.count } == 1)
    }

    @Test("shows no query of a URL")
    func queriesAreSecret() {
        let error = TransportError(code: .timedOut, message: "late", url: "http://h/x?sig=1#f", retryAdvice: .soon)
        #expect(error.description == "late (http://h/x)")
    }
}

/// Answers by URL and remembers who asked with which token.
private final class ScriptedTransport: HTTPTransport {
    let replies: [String: (Int, HTTPHeaders)]
    let seen = Mutex<[String]>([])

    init(_ replies: [String: (Int, HTTPHeaders)]) { self.replies = replies }

    func send(_ request: HTTPRequest) async throws -> HTTPResponse {
        let token = request.headers.first(name: "Authorization")?.split(separator: " ").last ?? "-"
        seen.withLock { $0.append("\(request.url) \(token)") }
        let (status, headers) = replies[request.url] ?? (404, [:])
        return HTTPResponse(
            status: status, headers: headers, body: .init(parts: [], url: request.url), url: request.url)
    }
}
