import Foundation
import HTTPTypes
import HummingbirdTesting
import Logging
import NIOCore
import SwarmTracker
import SwarmWire
import Testing

@testable import HubServer

@Suite("Tracker routes", .timeLimit(.minutes(1)))
struct TrackerRouteTests {
    private static let silent = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    private static let swarm = SwarmID(bytes: [UInt8](repeating: 0xA5, count: 20)) ?? .none

    private static func query(
        _ name: Character, port: UInt16, left: Int64 = 1, event: AnnounceRequest.Event? = nil
    ) -> String {
        let id = PeerID(bytes: "-XX0000-".utf8 + [UInt8](repeating: name.asciiValue ?? 0, count: 12)) ?? .random()
        var request = AnnounceRequest(swarm: swarm, peer: id, port: port)
        request.left = left
        request.event = event
        return request.query
    }

    private static func reply(_ response: HubResponse) throws -> AnnounceReply {
        try AnnounceReply.decode([UInt8](response.body.readableBytesView)).get()
    }

    private static func reason(_ response: HubResponse) throws -> String? {
        guard case .failure(let failure) = try AnnounceReply.decode([UInt8](response.body.readableBytesView)) else {
            return nil
        }
        return failure.reason
    }

    /// A tracker without a hub, on a real port.
    private func running<Value: Sendable>(
        _ change: (inout TrackerServer.Configuration) -> Void = { _ in },
        _ body: @Sendable (HubTestClient) async throws -> Value
    ) async throws -> Value {
        var configuration = TrackerServer.Configuration()
        configuration.host = "127.0.0.1"
        configuration.port = 0
        change(&configuration)
        let server = try TrackerServer(configuration: configuration, logger: Self.silent)
        return try await server.application().test(.live) { client in
            try await body(HubTestClient(client: HubCaller(client), tokens: [:]))
        }
    }

    @Test(
        "a hub is a tracker under every address that clients make of its own",
        arguments: ["/announce", "/tracker/announce", "/announce/announce", "/tracker/announce/announce"])
    func paths(_ path: String) async throws {
        let fixture = try HubFixture()
        try await fixture.run { hub in
            let first = try await hub.get("\(path)?\(Self.query("a", port: 1001, left: 0))")
            #expect(first.status == .ok && first.header("content-type") == "text/plain")
            let alone = try Self.reply(first)
            #expect(alone.interval == 120 && alone.minimumInterval == 30 && alone.batchSize == 1000)
            #expect(alone.complete == 1 && alone.incomplete == 0 && alone.addresses.isEmpty)
            #expect(alone.external == IPLiteral("127.0.0.1"))
            let second = try Self.reply(try await hub.get("\(path)?\(Self.query("b", port: 1002))"))
            #expect(second.addresses.map(\.description) == ["127.0.0.1:1001"])
            let scrapePath = path.replacingOccurrences(of: "announce/announce", with: "announce")
                .replacingOccurrences(of: "announce", with: "scrape")
            let scraped = try await hub.get("\(scrapePath)?\(ScrapeReply.query([Self.swarm, .none]))")
            let figures = try ScrapeReply.decode([UInt8](scraped.body.readableBytesView)).get()
            #expect(figures.swarms == [Self.swarm: .init(complete: 1, incomplete: 1, downloads: 0)])
            #expect(try await hub.send(.head, "\(path)?\(Self.query("a", port: 1001))").body.readableBytes == 0)
        }
    }

    @Test("a hub without a tracker has no such paths")
    func off() async throws {
        let fixture = try HubFixture { $0.tracker = nil }
        try await fixture.run { hub in
            let reply = try await hub.get("/announce?\(Self.query("a", port: 1))")
            #expect(reply.status == .notFound)
            let page = try await hub.get("/metrics").text
            #expect(page.contains("shoal_connections_open") && !page.contains("shoal_tracker"))
        }
    }

    @Test("nobody may take a tracker's paths as a name", arguments: ["announce", "scrape", "tracker"])
    func names(_ name: String) throws {
        let fixture = try HubFixture()
        #expect(throws: HubServerError.self) { try fixture.server.addToken(user: name, role: "write") }
    }

    @Test("peers get a list of dictionaries when they ask for one")
    func lists() async throws {
        try await running { tracker in
            _ = try await tracker.get("/announce?\(Self.query("a", port: 1001))")
            let base = Self.query("b", port: 1002).replacingOccurrences(of: "compact=1", with: "compact=0")
            let list = try Self.reply(try await tracker.get("/announce?\(base)"))
            #expect(list.named.map(\.address.description) == ["127.0.0.1:1001"])
            #expect(list.named.first?.id == Array("-XX0000-aaaaaaaaaaaa".utf8) && list.peers.isEmpty)
            let plain = try Self.reply(try await tracker.get("/announce?\(base)&no_peer_id=1"))
            #expect(plain.named.count == 1 && plain.named[0].id == nil)
        }
    }

    @Test("a peer comes, completes and goes")
    func events() async throws {
        try await running { tracker in
            func send(_ event: AnnounceRequest.Event?, left: Int64) async throws -> AnnounceReply {
                try Self.reply(
                    try await tracker.get("/announce?\(Self.query("a", port: 1001, left: left, event: event))"))
            }
            #expect(try await send(.started, left: 5).incomplete == 1)
            let done = try await send(.completed, left: 0)
            #expect(done.complete == 1 && done.incomplete == 0 && done.downloads == 1)
            #expect(try await send(nil, left: 0).downloads == 1)
            let gone = try await send(.stopped, left: 0)
            #expect(gone.complete == 0 && gone.downloads == 1)
        }
    }

    @Test("what zest sends is answered as it reads it, at /announce and at /announce/announce")
    func zest() async throws {
        try await running { tracker in
            func ask(_ path: String, _ peer: String, _ port: Int) async throws -> AnnounceReply {
                try Self.reply(
                    try await tracker.get(
                        "\(path)?info_hash=%5a%58*%23%1f%5cv%b0%d3%1clm%a3%bd%0d%c3T%beo%ac&peer_id=-ZE0200-\(peer)"
                            + "&port=\(port)&compact=1&uploaded=0&downloaded=0&left=0&event=started"))
            }
            #expect(try await ask("/announce", "abcdefghijkl", 6881).addresses.isEmpty)
            // A leecher says that it lacks nothing, and must be told of peers all the same.
            let peers = try await ask("/announce/announce", "bbbbbbbbbbbb", 6882)
            #expect(peers.peers.v4 == [127, 0, 0, 1, 0x1A, 0xE1] && peers.peers.v6.isEmpty)
        }
    }

    @Test("a batch announces many swarms at once")
    func batch() async throws {
        try await running { tracker in
            let swarms = (0..<30).compactMap { SwarmID(bytes: [UInt8](repeating: UInt8($0), count: 20)) }
            func post(_ batch: BatchAnnounce) async throws -> BatchReply {
                let reply = try await tracker.client.executeRequest(
                    uri: "/announce", method: .post, headers: [.contentType: BatchAnnounce.contentType],
                    body: ByteBuffer(bytes: batch.encoded))
                #expect(reply.status == .ok)
                return try BatchReply.decode([UInt8](reply.body.readableBytesView)).get()
            }
            var seeder = BatchAnnounce(peer: .random(), port: 7001)
            seeder.seeding = swarms
            let seeded = try await post(seeder)
            #expect(seeded.swarms.isEmpty && seeded.interval == 120 && seeded.batchSize == 1000)
            var leecher = BatchAnnounce(peer: .random(), port: 7002)
            leecher.leeching = Array(swarms.prefix(3))
            let told = try await post(leecher)
            #expect(told.swarms.count == 3)
            for swarm in swarms.prefix(3) {
                guard case .peers(let peers, let complete, let incomplete)? = told.swarms[swarm] else {
                    Issue.record("\(told)")
                    continue
                }
                #expect(peers.addresses.map(\.description) == ["127.0.0.1:7001"] && complete == 1 && incomplete == 1)
            }
            leecher.leeching = []
            leecher.completed = [swarms[0]]
            leecher.stopped = [swarms[1], swarms[2]]
            _ = try await post(leecher)
            let figures = try ScrapeReply.decode(
                [UInt8](try await tracker.get("/scrape?\(ScrapeReply.query(swarms))").body.readableBytesView)
            ).get()
            #expect(figures.swarms.count == 30)
            #expect(figures.swarms[swarms[0]] == .init(complete: 2, incomplete: 0, downloads: 1))
            #expect(figures.swarms[swarms[1]] == .init(complete: 1, incomplete: 0, downloads: 0))

            var large = BatchAnnounce(peer: .random(), port: 1)
            large.seeding = [SwarmID](repeating: .none, count: 1001)
            let refused = try await tracker.send(
                .post, "/announce", body: String(decoding: large.encoded.map { $0 < 0x80 ? $0 : 0x2E }, as: UTF8.self))
            #expect(try Self.reason(refused) == "at most 1000 swarms fit into a batch")
            let tooLong = try await tracker.send(.post, "/announce", body: String(repeating: "x", count: 300 << 10))
            #expect(tooLong.status == .contentTooLarge)
            #expect(try Self.reason(tooLong) == "The request body is too large")
        }
    }

    @Test(
        "refusals are bencoded and say why",
        arguments: [
            ("/announce", "info_hash must have 20 bytes"),
            ("/announce?info_hash=aaaaaaaaaaaaaaaaaaaa", "peer_id must have 20 bytes"),
            ("/scrape", "name the swarms: info_hash is missing"),
            ("/scrape?info_hash=a", "info_hash must have 20 bytes"),
        ])
    func refusals(_ path: String, _ reason: String) async throws {
        try await running { tracker in
            let reply = try await tracker.get(path)
            #expect(reply.status == .ok)
            #expect(try Self.reason(reply) == reason)
            #expect(try await tracker.send(.put, path).status == .methodNotAllowed)
            let page = try await tracker.get("/metrics")
            #expect(page.text.contains("\nshoal_tracker_refused_total 1\n"))
        }
    }

    @Test("a full swarm says when to come again")
    func full() async throws {
        try await running {
            $0.tracker.limits.peersPerSwarm = 1
        } _: { tracker in
            _ = try await tracker.get("/announce?\(Self.query("a", port: 1001))")
            let refused = try await tracker.get("/announce?\(Self.query("b", port: 1002))")
            guard case .failure(let failure) = try AnnounceReply.decode([UInt8](refused.body.readableBytesView)) else {
                Issue.record("not refused")
                return
            }
            #expect(failure == TrackerFailure(reason: "the swarm is full", retryAfter: 120))
        }
    }

    @Test("an address that asks too often is told so in the tracker's way, alone and in a hub")
    func rateLimits() async throws {
        let limits = RateLimits(user: [:], anonymous: [.tracker: 2])
        @Sendable func check(_ tracker: HubTestClient) async throws {
            for _ in 0..<2 {
                let reply = try await tracker.get("/announce?\(Self.query("a", port: 1))")
                #expect(try Self.reply(reply).interval == 120)
            }
            let refused = try await tracker.get("/announce?\(Self.query("a", port: 1))")
            #expect(refused.status == .tooManyRequests)
            #expect(try Self.reason(refused)?.hasPrefix("Too many requests: 2 tracker requests in 300 seconds") == true)
            #expect(Int(refused.header("Retry-After") ?? "") != nil)
            #expect(try await tracker.get("/healthz").status == .ok)
            let page = try await tracker.get("/metrics")
            #expect(page.text.contains(#"shoal_http_limited_total{route="tracker"} 1"#))
            #expect(page.text.contains(#"shoal_http_requests_total{route="tracker",status="200"} 2"#))
        }
        try await running({ $0.rateLimits = limits }, check)
        try await HubFixture { $0.rateLimits = limits }.run(check)
    }

    @Test("a trusted proxy says where peers are; nobody else does")
    func proxies() async throws {
        func settings(_ proxies: [String]) -> TrackerSettings {
            var settings = TrackerSettings()
            settings.proxies = proxies
            return settings
        }
        let tracker = try Tracker(settings(["10.0.0.5", "fd00::5"]), metrics: HubMetrics(), logger: Self.silent)
        for (remote, forwarded, expected) in [
            ("127.0.0.1", "1.2.3.4, 5.6.7.8", "5.6.7.8"), ("10.0.0.5", "5.6.7.8", "5.6.7.8"),
            ("fd00::5", "2001:db8::1", "2001:db8::1"), ("10.0.0.6", "5.6.7.8", "10.0.0.6"),
            ("9.9.9.9", "127.0.0.1", "9.9.9.9"), ("127.0.0.1", "unknown", "127.0.0.1"),
        ] {
            let origin = tracker.origin(remote: remote, local: "10.0.0.1", forwardedFor: forwarded)
            #expect(origin?.remote == IPLiteral(expected), "\(remote) \(forwarded)")
            #expect((origin?.local == nil) == (expected != remote), "\(remote) \(forwarded)")
        }
        #expect(tracker.origin(remote: nil, local: nil, forwardedFor: nil) == nil)
        #expect(throws: HubServerError.self) {
            try Tracker(settings(["proxy.example"]), metrics: HubMetrics(), logger: Self.silent)
        }
    }

    @Test("state survives a restart, and damaged state is put aside")
    func state() async throws {
        let scratch = try ScratchFolder()
        let file = scratch.url.appendingPathComponent("tracker.state").path
        var settings = TrackerSettings()
        settings.stateFile = file
        let first = try Tracker(settings, metrics: HubMetrics(), logger: Self.silent)
        let origin = AnnounceOrigin(remote: .v4([10, 0, 0, 1]))
        _ = first.registry.announce(
            AnnouncingPeer(id: .random(), port: 5, origin: origin), [(Self.swarm, .completed)], wanted: 0,
            now: first.now)
        try TrackerStateFile(path: file).save(first)
        #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.url.path) == ["tracker.state"])
        let second = try Tracker(settings, metrics: HubMetrics(), logger: Self.silent)
        #expect(second.registry.scrape([Self.swarm]) == [SwarmCounts(complete: 1, incomplete: 0, downloads: 1)])

        try Data("SHTRACK1 and then nonsense".utf8).write(to: URL(fileURLWithPath: file))
        let third = try Tracker(settings, metrics: HubMetrics(), logger: Self.silent)
        #expect(third.registry.figures.memberships == 0)
        #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.url.path) == ["tracker.state.damaged"])

        for wrong in [scratch.url.path, scratch.url.path + "/missing/state"] {
            settings.stateFile = wrong
            let unusable = settings
            #expect(throws: HubServerError.self, "\(wrong)") {
                try Tracker(unusable, metrics: HubMetrics(), logger: Self.silent)
            }
        }
    }

    @Test("what watches a server finds it")
    func operations() async throws {
        try await running { tracker in
            #expect(try await tracker.get("/healthz").text == "ok\n")
            #expect(try await tracker.get("/readyz").status == .ok)
            #expect(try await tracker.get("/").text.contains("/announce"))
            #expect(try await tracker.get("/nowhere").status == .notFound)
            #expect(try await tracker.send(.post, "/healthz").status == .notFound)
            _ = try await tracker.get("/announce?\(Self.query("a", port: 1))")
            let samples = try OperationsTests.samples(try await tracker.get("/metrics").text)
            #expect(samples["shoal_tracker_peers"] == 1 && samples["shoal_tracker_announces_total"] == 1)
            let far = try await tracker.get("/metrics", headers: [.forwardedFor: "9.9.9.9"])
            #expect(far.status == .forbidden)
        }
        try await running({ $0.opensMetrics = true }) { tracker in
            let far = try await tracker.get("/metrics", headers: [.forwardedFor: "9.9.9.9"])
            #expect(far.status == .ok)
        }
    }
}
