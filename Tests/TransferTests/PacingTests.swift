import NIOCore
import NIOHTTP1
import Synchronization
import Testing

@testable import Transport

@Suite struct PacingTests {
    @Test("little left is spread until the reset, nothing left waits for it")
    func allowance() throws {
        let now = ContinuousClock.now
        var allowance = RequestAllowance()
        #expect(allowance.take(now: now) == .zero)
        allowance.update(try #require(RateLimit(["RateLimit": "\"api\";r=400;t=100"])), status: 200, now: now)
        #expect(allowance.take(now: now) == .zero)
        allowance.update(try #require(RateLimit(["RateLimit": "\"api\";r=10;t=100"])), status: 200, now: now)
        let pauses = (0..<10).map { _ in allowance.take(now: now) }
        #expect(pauses.first == .zero && pauses[1] >= .seconds(9) && pauses == pauses.sorted())
        #expect(pauses.last ?? .zero <= .seconds(101))
        allowance.update(try #require(RateLimit(["RateLimit": "\"api\";r=0;t=55"])), status: 429, now: now)
        #expect(allowance.take(now: now) >= .seconds(55))
        #expect(allowance.take(now: now + .seconds(200)) == .zero)
    }

    @Test("a refusal with Retry-After holds everybody back")
    func refusal() throws {
        let now = ContinuousClock.now
        var allowance = RequestAllowance()
        allowance.update(RateLimit(after: .seconds(7)), status: 429, now: now)
        #expect(allowance.take(now: now) >= .seconds(7))
        #expect(allowance.take(now: now + .seconds(20)) == .zero)
    }

    @Test("all tasks of a process share what one of them was told")
    func sharing() async throws {
        final class Busy: HTTPTransport {
            let count = Mutex(0)
            func send(_ request: HTTPRequest) async throws -> HTTPResponse {
                count.withLock { $0 += 1 }
                return HTTPResponse(
                    status: 200, headers: ["RateLimit": "\"api\";r=2;t=1"], body: .init(parts: [], url: request.url),
                    url: request.url)
            }
        }
        let base = Busy()
        let paced = PacedTransport(base, logger: PullTests.logger)
        let clock = ContinuousClock()
        _ = try await paced.send(HTTPRequest(url: "http://h/api/x"))
        let elapsed = try await clock.measure {
            for _ in 0..<3 { _ = try await paced.send(HTTPRequest(url: "http://h/api/x")) }
        }
        #expect(elapsed >= .milliseconds(700), "\(elapsed)")
        let other = try await clock.measure { _ = try await paced.send(HTTPRequest(url: "http://other/api/x")) }
        #expect(other < .milliseconds(300), "\(other)")
    }

    @Test("dates of headers")
    func dates() {
        #expect(HTTPDate.seconds("Sun, 06 Nov 1994 08:49:37 GMT") == 784_111_777)
        #expect(HTTPDate.text(784_111_777) == "1994-11-06 08:49 UTC")
        for text in ["", "Sun, 06 Nov 1994", "Sun, 99 Nov 1994 08:49:37 GMT", "Sun, 06 Xxx 1994 08:49:37 GMT"] {
            #expect(HTTPDate.seconds(text) == nil)
        }
        #expect(
            RetryPolicy.requestedDelay(
                ["Retry-After": "Sun, 06 Nov 1994 08:49:47 GMT", "Date": "Sun, 06 Nov 1994 08:49:37 GMT"])
                == .seconds(10))
    }

    @Test("a logged request shows neither token nor signature")
    func curl() {
        var request = HTTPRequest(
            method: .PUT, url: "https://u:p@h/x?sig=secret", body: .bytes(ByteBuffer(string: "abc")))
        request.authorize(bearer: "hf_secret")
        #expect(
            request.curl
                == "curl -X PUT -H 'Authorization: <hidden>' --data-binary '<3 bytes>' 'https://h/x?<hidden>'")
    }
}
