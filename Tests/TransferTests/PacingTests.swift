import NIOCore
import NIOHTTP1
import TestSupport
import Testing
import XetClient

@testable import Transfer
@testable import Transport

/// What is a matter of time: run alone, where nothing else keeps the processors busy.
@Suite(.serialized) struct PacingTests {
    @Test("a limit is kept by all together, and everybody gets something soon", .timeLimit(.minutes(1)))
    func limit() async throws {
        let rate = 400_000
        let part = ByteBuffer(repeating: 7, count: 100_000)
        struct Source: HTTPTransport {
            let part: ByteBuffer
            func send(_ request: HTTPRequest) async throws -> HTTPResponse {
                HTTPResponse(
                    status: 200, headers: [:], body: .init(parts: [part, part], url: request.url), url: request.url)
            }
        }
        let limited = LimitedTransport(
            Source(part: part), download: BandwidthLimit(bytesPerSecond: rate), upload: nil)
        let start = ContinuousClock.now
        let firsts = try await withThrowingTaskGroup(of: Duration.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    let response = try await limited.send(HTTPRequest(url: "http://h/"))
                    var first: Duration?
                    var count = 0
                    for try await piece in response.body {
                        first = first ?? (.now - start)
                        count += piece.readableBytes
                    }
                    #expect(count == 200_000)
                    return first ?? .zero
                }
            }
            return try await group.reduce(into: [Duration]()) { $0.append($1) }
        }
        let time = ContinuousClock.now - start
        #expect(time > .milliseconds(1_700) && time < .seconds(6), "\(time)")
        #expect((firsts.max() ?? .zero) < .milliseconds(900), "\(firsts)")
    }

    @Test("the first bytes are here after two round trips", .timeLimit(.minutes(1)), arguments: [true, false])
    func firstByte(manifests: Bool) async throws {
        /// A CAS that is far away.
        struct Far: HTTPTransport {
            let base: MemoryCAS
            static let trip = Duration.milliseconds(600)

            func send(_ request: HTTPRequest) async throws -> HTTPResponse {
                try await Task.sleep(for: Self.trip)
                return try await base.send(request)
            }
        }
        struct Fixed: CASTokenProvider {
            func credentials(rejecting rejected: String?) async throws -> CASCredentials {
                CASCredentials(casURL: "http://cas.test/cas", accessToken: "t", expiry: .max)
            }
        }
        try await withFixture { fixture in
            let cas = MemoryCAS(servesManifests: manifests)
            let content = SampleContent.random.bytes(9_000_000, seed: 11)
            let scene = try await PullTests.Scene(fixture, cas: cas, content: content, settings: TransferSettings())
            let far = CASClient(
                transport: Far(base: cas), tokens: Fixed(), sessionID: "s", userAgent: "shoal-tests")
            let start = ContinuousClock.now
            let stream = try await scene.engine.streamXet(scene.request, from: far, observer: SilentObserver())
            var bytes: [UInt8] = []
            for try await part in stream {
                if bytes.isEmpty {
                    let time = ContinuousClock.now - start
                    // Three trips in a row cannot be faster; a busy machine may be slower than two.
                    #expect(time < Far.trip * 2.95, "\(time)")
                }
                bytes += part.readableBytesView
            }
            #expect(bytes == content)
        }
    }
}
