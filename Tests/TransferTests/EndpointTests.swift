import Logging
import NIOHTTP1
import Synchronization
import Testing
import XetClient

@testable import Transport

/// Other endpoints, mirrors and limits, without a network.
@Suite struct EndpointTests {
    /// Answers by origin and remembers what was asked.
    private final class Origins: HTTPTransport {
        let seen = Mutex<[String]>([])
        let answer: @Sendable (HTTPRequest) throws -> (Int, HTTPHeaders)

        init(_ answer: @escaping @Sendable (HTTPRequest) throws -> (Int, HTTPHeaders)) { self.answer = answer }

        func send(_ request: HTTPRequest) async throws -> HTTPResponse {
            seen.withLock { $0.append("\(request.method) \(request.url)") }
            let (status, headers) = try answer(request)
            return HTTPResponse(
                status: status, headers: headers, body: .init(parts: [], url: request.url), url: request.url)
        }
    }

    private func transport(
        _ base: Origins, rewrites: [URLRewrite] = [], notices: @escaping EndpointTransport.Notice = { _, _, _ in }
    ) -> EndpointTransport {
        EndpointTransport(
            base, endpoints: ["http://a", "http://b"], rewrites: rewrites, logger: PullTests.logger, notice: notices)
    }

    private static func refused(_ url: String) -> TransportError {
        TransportError(code: .connectionRefused, message: "refused by \(url)", url: url, retryAdvice: .soon)
    }

    @Test("the next endpoint is asked, stays, and speaks with the first one's address")
    func failover() async throws {
        let base = Origins { request in
            if request.url.hasPrefix("http://a") { throw Self.refused(request.url) }
            return (200, ["Link": "<http://b/api/x?c=2>; rel=\"next\"", "Location": "http://b/y"])
        }
        let told = Mutex(0)
        let transport = transport(base) { _, _, _ in told.withLock { $0 += 1 } }
        for _ in 0..<2 {
            let response = try await transport.send(HTTPRequest(url: "http://a/api/x"))
            #expect(response.url == "http://a/api/x" && response.answerer == "http://b/api/x")
            #expect(response.headers.first(name: "Link") == "<http://a/api/x?c=2>; rel=\"next\"")
            #expect(response.headers.first(name: "Location") == "http://a/y")
        }
        #expect(
            base.seen.withLock { $0 } == ["GET http://a/api/x", "GET http://b/api/x", "GET http://b/api/x"])
        #expect(told.withLock { $0 } == 1)
        // Other hosts are nobody's second choice, nor is a name that only begins alike.
        _ = try await transport.send(HTTPRequest(url: "http://c/api"))
        _ = try? await transport.send(HTTPRequest(url: "http://abc/api"))
        #expect(base.seen.withLock { $0.suffix(2) } == ["GET http://c/api", "GET http://abc/api"])
    }

    @Test("what may have been done is not done twice")
    func changes() async throws {
        let interrupted = Origins { request in
            throw TransportError(code: .interrupted, message: "cut", url: request.url, retryAdvice: .soon)
        }
        await #expect(throws: TransportError.self) {
            _ = try await transport(interrupted).send(HTTPRequest(method: .POST, url: "http://a/commit"))
        }
        #expect(interrupted.seen.withLock { $0 } == ["POST http://a/commit"])
        let failing = Origins { _ in (503, [:]) }
        #expect(try await transport(failing).send(HTTPRequest(method: .POST, url: "http://a/commit")).status == 503)
        #expect(failing.seen.withLock { $0.count } == 1)
        #expect(try await transport(failing).send(HTTPRequest(url: "http://a/x")).status == 503)
        #expect(failing.seen.withLock { $0.suffix(2) } == ["GET http://a/x", "GET http://b/x"])
    }

    @Test("an endpoint that is away as well changes nothing, and an error of one request moves nobody")
    func noSettling() async throws {
        let told = Mutex(0)
        let dead = Origins { throw Self.refused($0.url) }
        let away = transport(dead) { _, _, _ in told.withLock { $0 += 1 } }
        for _ in 0..<2 {
            await #expect(throws: TransportError.self) { _ = try await away.send(HTTPRequest(url: "http://a/x")) }
        }
        let failure = await #expect(throws: TransportError.self) {
            try await away.send(HTTPRequest(url: "http://a/x"))
        }
        #expect(failure?.message == "refused by http://a/x; refused by http://b/x")
        #expect(failure?.hint?.hasSuffix("http://a, http://b") == true)
        #expect(
            dead.seen.withLock { $0.prefix(4) } == [
                "GET http://a/x", "GET http://b/x", "GET http://a/x", "GET http://b/x",
            ])
        let faulty = Origins { _ in (500, [:]) }
        let one = transport(faulty) { _, _, _ in told.withLock { $0 += 1 } }
        #expect(try await one.send(HTTPRequest(url: "http://a/x")).status == 500)
        #expect(faulty.seen.withLock { $0 } == ["GET http://a/x"])
        #expect(told.withLock { $0 } == 0)
    }

    @Test("changes stay with the endpoint that took the first one")
    func pinned() async throws {
        let isDown = Mutex(false)
        let base = Origins { request in
            if request.url.hasPrefix("http://a"), isDown.withLock({ $0 }) { throw Self.refused(request.url) }
            return (200, [:])
        }
        let transport = transport(base)
        _ = try await transport.send(HTTPRequest(method: .POST, url: "http://a/preupload"))
        isDown.withLock { $0 = true }
        await #expect(throws: TransportError.self) {
            _ = try await transport.send(HTTPRequest(method: .POST, url: "http://a/commit"))
        }
        #expect(try await transport.send(HTTPRequest(url: "http://a/x")).status == 200)
        #expect(try await transport.send(HTTPRequest(method: .POST, url: "http://a/paths-info/main")).status == 200)
        #expect(
            base.seen.withLock { $0 } == [
                "POST http://a/preupload", "POST http://a/commit", "GET http://a/x", "GET http://b/x",
                "POST http://b/paths-info/main",
            ])
    }

    @Test("a mirror speaks with the address that it stands for")
    func mirrorAddress() async throws {
        let base = Origins { _ in (302, ["Location": "http://m/y", "Link": "<http://m/x?c=2>; rel=\"next\""]) }
        let response = try await transport(base, rewrites: [URLRewrite(from: "http://h", to: "http://m")])
            .send(HTTPRequest(url: "http://h/x"))
        #expect(response.url == "http://h/x" && response.answerer == "http://m/x")
        #expect(response.headers.first(name: "Location") == "http://h/y")
        #expect(response.headers.first(name: "Link") == "<http://h/x?c=2>; rel=\"next\"")
    }

    @Test("a mirror is asked in place of what it stands for, the longest rule first")
    func rewrites() async throws {
        let base = Origins { _ in (200, [:]) }
        let rules = ["https://cas.x=http://m/cas", "https://cas.x/v1/chunks=http://n"].compactMap {
            URLRewrite(parsing: $0)
        }
        let transport = transport(base, rewrites: rules)
        for url in ["https://cas.x/v1/a?q=1", "https://cas.x/v1/chunks/9", "https://cas.xy/v1/a"] {
            _ = try await transport.send(HTTPRequest(url: url))
        }
        #expect(
            base.seen.withLock { $0 } == ["GET http://m/cas/v1/a?q=1", "GET http://n/9", "GET https://cas.xy/v1/a"])
        for text in ["", "a=b", "http://a", "http://a=ftp://b", "http://a?x=http://b"] {
            #expect(URLRewrite(parsing: text) == nil, "\(text)")
        }
    }

    @Test("a storage that is left is not gone back to")
    func leaving() async throws {
        @Sendable func credentials(_ url: String) -> CASCredentials {
            CASCredentials(casURL: url, accessToken: url, expiry: .max)
        }
        let asked = Mutex<[Set<String>]>([])
        let tokens = CachingTokenProvider(
            now: { 0 }, fetch: { credentials("http://dead") },
            elsewhere: { dead in
                asked.withLock { $0.append(dead) }
                return ["http://dead", "http://other"].first { !dead.contains($0) }.map(credentials)
            })
        #expect(try await tokens.credentials(rejecting: nil).casURL == "http://dead")
        #expect(try await tokens.leave("http://dead"))
        #expect(try await tokens.leave("http://dead"), "another file has left it already")
        #expect(asked.withLock { $0.count } == 1)
        #expect(try await tokens.credentials(rejecting: nil).casURL == "http://other")
        // A token that is refused there is fetched again, and leads to the same place.
        #expect(try await tokens.credentials(rejecting: "http://other").casURL == "http://other")
        #expect(try await !tokens.leave("http://other"))
    }

    @Test("a clock that jumps does not make every request ask for a token")
    func jumpingClock() async throws {
        let time = Mutex<Int64>(1_000)
        let fetches = Mutex(0)
        let tokens = CachingTokenProvider(
            now: { time.withLock { $0 } },
            fetch: {
                fetches.withLock { $0 += 1 }
                return CASCredentials(casURL: "http://c", accessToken: "t", expiry: 1_900)
            })
        for now in [1_000, 5_000_000, 0, 9_000_000_000] as [Int64] {
            time.withLock { $0 = now }
            _ = try await tokens.credentials(rejecting: nil)
        }
        #expect(fetches.withLock { $0 } == 1)
        _ = try await tokens.credentials(rejecting: "t")
        #expect(fetches.withLock { $0 } == 2)
    }

    @Test("addresses behind a socket")
    func sockets() {
        let address = UnixSocketAddress(socket: "/run/a b.sock", url: "http://cas:81/v1/x?y=1")
        #expect(address?.url == "http+unix://%2Frun%2Fa%20b.sock/v1/x?y=1" && address?.host == "cas:81")
        #expect(UnixSocketAddress(socket: "/s", url: "https://cas")?.url == "https+unix://%2Fs/")
    }
}
