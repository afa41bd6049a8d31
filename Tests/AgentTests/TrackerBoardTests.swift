import NIOCore
import NIOHTTP1
import SwarmWire
import Synchronization
import Testing
import Transport

@testable import Agent

@Suite struct TrackerBoardTests {
    /// Refuses connections until it is switched on.
    private final class Switch: HTTPTransport {
        let isOn = Mutex(false)

        func send(_ request: HTTPRequest) async throws -> HTTPResponse {
            guard isOn.withLock({ $0 }) else {
                throw TransportError(code: .connectionRefused, message: "nobody is there", url: request.url)
            }
            return HTTPResponse(
                status: 200, headers: [:], body: .init(parts: [ByteBuffer](), url: request.url), url: request.url)
        }
    }

    @Test("a tracker that does not answer is told of once, until it has answered again")
    func standings() async throws {
        let board = TrackerBoard([try TrackerURL("http://a.test:1?passkey=secret"), try TrackerURL("b.test:2")])
        let told = Mutex<[String]>([])
        board.tell { standing in told.withLock { $0.append(standing.url) } }
        let line = Switch()
        let transport = TrackerWatch(base: line, board: board)
        func ask(_ url: String) async { _ = try? await transport.send(HTTPRequest(url: url)) }
        await ask("http://hub.test/api")
        #expect(board.standings.map(\.isReachable) == [nil, nil] && told.withLock { $0.isEmpty })
        await ask("http://b.test:2/announce?info_hash=x")
        await ask("http://b.test:2/announce?info_hash=y")
        #expect(board.standings.map(\.isReachable) == [nil, false])
        #expect(board.standings[1].error?.contains("nobody is there") == true)
        #expect(told.withLock { $0 } == ["http://b.test:2/announce"])
        line.isOn.withLock { $0 = true }
        await ask("http://b.test:2/announce?info_hash=x")
        #expect(board.standings[1].isReachable == true && board.standings[1].error == nil)
        line.isOn.withLock { $0 = false }
        await ask("http://b.test:2/announce?info_hash=x")
        await ask("http://a.test:1?passkey=secret&info_hash=x")
        #expect(told.withLock { $0 } == ["http://b.test:2/announce", "http://b.test:2/announce", "http://a.test:1"])
    }
}
