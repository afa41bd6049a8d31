import Foundation
import HubClient
import HubWire
import Logging
import NIOCore
import NIOHTTP1
import Publish
import PublishWire
import Synchronization
import Testing
import Transfer
import Transport

@Suite("Refusals of mirrors")
struct MirrorerTests {
    /// A hub that knows one repository, and counts what is asked.
    final class OneRepo: HTTPTransport {
        private let info: String
        private let asked = Mutex<[String]>([])

        init(_ info: String) { self.info = info }

        var requests: [String] { asked.withLock { $0 } }

        func send(_ request: HTTPRequest) async throws -> HTTPResponse {
            asked.withLock { $0.append(request.url) }
            let body = HTTPResponse.Body(parts: [ByteBuffer(string: info)], url: request.url)
            return HTTPResponse(
                status: 200, headers: ["Content-Type": "application/json"], body: body, url: request.url)
        }
    }

    private func mirrorer(_ scene: ShareScene, _ transport: any HTTPTransport) -> Mirrorer {
        var settings = HubSettings(environment: ["HF_ENDPOINT": "http://hub.test"], home: scene.place.path)
        settings.cacheDirectory = scene.place.path("cache")
        let hub = Hub(
            settings: settings, transport: transport, engine: scene.transfer,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        return Mirrorer(hub, sharer: scene.sharer)
    }

    private func order(_ name: String = "org/model") throws -> MirrorOrder {
        MirrorOrder(try MirrorAddress(parsing: name, endpoint: "http://hub.test"))
    }

    @Test(
        "What is private or gated is refused before a file is asked for",
        arguments: [#""private":true"#, #""private":false,"gated":"auto""#, #""private":false,"gated":"manual""#])
    func closed(facts: String) async throws {
        let scene = try ShareScene()
        let hub = OneRepo(#"{"id":"org/model","sha":"\#(FollowerTests.commit("a"))",\#(facts)}"#)
        let error = await #expect(throws: PublishError.self) {
            _ = try await mirrorer(scene, hub).mirror(try order())
        }
        #expect(error?.code == .notPublic && error?.hint != nil)
        #expect(hub.requests.count == 1 && !hub.requests.contains { $0.contains("/resolve/") })
        #expect(!scene.place.has("home"))
    }

    @Test("A rule of the user that a repository is given to nobody counts before the hub is asked")
    func ruled() async throws {
        let scene = try ShareScene()
        let hub = OneRepo("{}")
        var ruled = mirrorer(scene, hub)
        ruled.permits = { _ in throw PublishError(.notPublic, "by a rule") }
        let (subject, order) = (ruled, try self.order())
        await #expect(throws: PublishError.self) { _ = try await subject.mirror(order) }
        #expect(hub.requests.isEmpty)
    }

    @Test("A hub that cannot be reached is an error, when the cache knows nothing either", .timeLimit(.minutes(1)))
    func unreachable() async throws {
        let scene = try ShareScene()
        let (subject, order) = (mirrorer(scene, NoTransport()), try self.order())
        await #expect(throws: HubError.self) { _ = try await subject.mirror(order) }
        #expect(!scene.place.has("home"))
    }

    @Test("A space, or history of a commit, is refused without a question")
    func impossible() async throws {
        let scene = try ShareScene()
        let hub = OneRepo("{}")
        await #expect(throws: PublishError.self) {
            _ = try await mirrorer(scene, hub).mirror(try self.order("spaces/org/app"))
        }
        var old = try self.order()
        old.address.repo.revision = FollowerTests.commit("a")
        old.depth = 1
        let (subject, order) = (mirrorer(scene, hub), old)
        await #expect(throws: PublishError.self) { _ = try await subject.mirror(order) }
        #expect(hub.requests.isEmpty)
    }
}
