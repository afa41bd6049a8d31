import Logging
import NIOCore
import NIOHTTP1
import Swarm
import SwarmWire
import Synchronization
import Testing
import Transport

@testable import Swarm

/// A tracker inside the test: it notes what it is told and answers what it is set to.
final class TestTracker: HTTPTransport {
    struct Told: Sendable {
        var single: AnnounceRequest?
        var batch: BatchAnnounce?
        var url = ""
    }

    typealias Answer = @Sendable (Told) throws -> (status: Int, headers: HTTPHeaders, body: [UInt8])

    private let told = Mutex<[Told]>([])
    private let answer: Answer

    init(_ answer: @escaping Answer) { self.answer = answer }

    /// One that hands out these peers and takes batches of `batchSize`.
    static func working(_ peers: [String] = [], interval: Int = 120, batchSize: Int? = nil) -> TestTracker {
        TestTracker { told in
            let compact = CompactPeers(peers.compactMap { PeerAddress($0) })
            if let batch = told.batch {
                var reply = BatchReply(interval: interval)
                reply.batchSize = batchSize
                for swarm in batch.leeching { reply.swarms[swarm] = .peers(compact, complete: 1, incomplete: 1) }
                return (200, [:], reply.encoded)
            }
            var reply = AnnounceReply(interval: interval)
            reply.batchSize = batchSize
            reply.external = IPLiteral("203.0.113.7")
            reply.peers = compact
            return (200, [:], reply.encoded())
        }
    }

    var all: [Told] { told.withLock { $0 } }

    func send(_ request: HTTPRequest) async throws -> HTTPResponse {
        var told = Told(url: request.url)
        if case .bytes(let body) = request.body {
            told.batch = try BatchAnnounce(decoding: [UInt8](body.readableBytesView))
        } else if let mark = request.url.firstIndex(of: "?") {
            told.single = try AnnounceRequest(QueryBytes(request.url[request.url.index(after: mark)...]))
        }
        self.told.withLock { [told] in $0.append(told) }
        let (status, headers, body) = try answer(told)
        return HTTPResponse(
            status: status, headers: headers, body: .init(parts: [ByteBuffer(bytes: body)], url: request.url),
            url: request.url)
    }

    /// Waits until so many announces have come.
    func announces(_ count: Int) async throws -> [Told] {
        let end = ContinuousClock.now + .seconds(60)
        while all.count < count {
            guard .now < end else { throw TooFew(told: all) }
            try await Task.sleep(for: .milliseconds(5))
        }
        return all
    }

    struct TooFew: Error { var told: [Told] }
}

@Suite("Tracker discovery", .timeLimit(.minutes(1))) struct TrackerDiscoveryTests {
    private static let silent = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    private static func swarm(_ number: UInt8) -> SwarmID {
        SwarmID(bytes: [UInt8](repeating: number, count: 20)) ?? .none
    }

    private static func discovery(
        _ tracker: TestTracker, _ urls: [String] = ["http://t:6969"], settings: DiscoverySettings = .init(),
        identity: NodeIdentity = NodeIdentity(addresses: [])
    ) throws -> TrackerDiscovery {
        TrackerDiscovery(
            try urls.map { try TrackerURL($0) }, identity: identity, transport: tracker, settings: settings,
            logger: silent)
    }

    /// Runs the discovery beside `body`, and lets it say goodbye.
    private static func running(_ discovery: TrackerDiscovery, _ body: () async throws -> Void) async throws {
        try await DiscoveryHub([discovery], identity: NodeIdentity(addresses: [])).running(body)
    }

    @Test("a pull announces that it has begun, gets peers, completes and leaves")
    func life() async throws {
        let tracker = TestTracker.working(["192.0.2.1:6881", "[2001:db8::1]:6881"])
        let discovery = try Self.discovery(tracker)
        let state = AnnounceState(port: 7001, capacity: 4)
        try await Self.running(discovery) {
            var found: [PeerAddress] = []
            let stream = discovery.peers(for: Self.swarm(1), announcing: state)
            for await peers in stream {
                found += peers
                break
            }
            #expect(Set(found.map(\.description)) == ["192.0.2.1:6881", "[2001:db8::1]:6881"])
            state.update { $0.isSeeding = true }
            _ = try await tracker.announces(2)
        }
        let told = tracker.all.compactMap(\.single)
        #expect(told.map(\.event) == [.started, .completed, .stopped])
        #expect(told.map(\.left) == [1, 0, 1])
        #expect(told.allSatisfy { $0.swarm == Self.swarm(1) && $0.port == 7001 && $0.isCompact })
        #expect(told[0].capacity == 4 && told[0].wanted == 50 && told[1].wanted == 0)
        #expect(Set(told.map(\.key)).count == 1 && Set(told.map(\.peer)).count == 1 && told[0].key?.count == 16)
        #expect(tracker.all[0].url.hasPrefix("http://t:6969/announce?info_hash=%01%01"))
    }

    @Test("how many take part is what the tracker counts, up to a bound")
    func population() async throws {
        for (counts, expected) in [((3, 4), 7), ((Int.max, 1), 10_000), ((0, 0), 0)] {
            let tracker = TestTracker { _ in
                var reply = AnnounceReply(interval: 120)
                (reply.complete, reply.incomplete) = counts
                reply.peers = CompactPeers([PeerAddress("192.0.2.1:6881")].compactMap { $0 })
                return (200, [:], reply.encoded())
            }
            let discovery = try Self.discovery(tracker)
            let state = AnnounceState(port: 7001)
            try await Self.running(discovery) {
                for await _ in discovery.peers(for: Self.swarm(1), announcing: state) { break }
            }
            #expect(state.population == expected)
        }
    }

    @Test("letting go of the stream leaves the swarm, and not before the last one lets go")
    func leaving() async throws {
        let tracker = TestTracker.working(["192.0.2.1:1"])
        let discovery = try Self.discovery(tracker)
        try await Self.running(discovery) {
            let (first, second) = (AnnounceState(port: 1), AnnounceState(port: 1))
            func take(_ state: AnnounceState) async {
                for await _ in discovery.peers(for: Self.swarm(1), announcing: state) { break }
            }
            let keeping = Task { for await _ in discovery.peers(for: Self.swarm(1), announcing: first) {} }
            _ = try await tracker.announces(1)
            await take(second)
            #expect(!tracker.all.contains { $0.single?.event == .stopped })
            keeping.cancel()
            await keeping.value
            #expect(try await tracker.announces(3).last?.single?.event == .stopped)
        }
        #expect(tracker.all.count == 3)
    }

    @Test("many swarms are one request where the tracker takes batches")
    func batches() async throws {
        let tracker = TestTracker.working(["192.0.2.1:1"], batchSize: 100)
        let discovery = try Self.discovery(tracker)
        let states = (0..<50).map { AnnounceState(port: 9, isSeeding: $0 >= 10, capacity: 2) }
        try await Self.running(discovery) {
            let streams = states.enumerated().map {
                discovery.peers(for: Self.swarm(UInt8($0.offset)), announcing: $0.element)
            }
            // The first alone, to learn what the tracker can do; those that joined meanwhile together.
            _ = try await tracker.announces(2)
            for stream in streams.prefix(10) {
                for await peers in stream {
                    #expect(peers.map(\.description) == ["192.0.2.1:1"])
                    break
                }
            }
            let before = tracker.all.count
            for state in states.prefix(5) { state.update { $0.isSeeding = true } }
            let told = try await tracker.announces(before + 1)
            let completed = told[before...].reduce(0) {
                $0 + ($1.batch?.completed.count ?? ($1.single?.event == .completed ? 1 : 0))
            }
            #expect(completed >= 1)
            withExtendedLifetime(streams) {}
        }
        let told = tracker.all
        #expect(told.count < 20, "\(told.count) requests")
        let announced = Set(
            told.flatMap { ($0.batch.map { $0.leeching + $0.seeding } ?? []) + ($0.single.map { [$0.swarm] } ?? []) })
        #expect(announced.count == 50)
        let left = Set(
            told.flatMap {
                ($0.batch?.stopped ?? []) + ($0.single.flatMap { $0.event == .stopped ? [$0.swarm] : nil } ?? [])
            })
        #expect(left.count == 50)
    }

    @Test("a tracker that took batches and does no longer is told one by one")
    func batchesWithdrawn() async throws {
        let tracker = TestTracker { told in
            guard told.batch == nil else { return (405, [:], Array("no".utf8)) }
            var reply = AnnounceReply(interval: 120)
            reply.batchSize = told.single?.swarm == Self.swarm(0) ? 100 : nil
            return (200, [:], reply.encoded())
        }
        let discovery = try Self.discovery(tracker)
        try await Self.running(discovery) {
            let streams = (0..<6).map {
                discovery.peers(for: Self.swarm($0), announcing: AnnounceState(port: 1, isSeeding: true))
            }
            _ = try await tracker.announces(7)
            withExtendedLifetime(streams) {}
        }
        #expect(Set(tracker.all.compactMap(\.single).filter { $0.event != .stopped }.map(\.swarm)).count == 6)
    }

    @Test("a failing tracker is asked less and less, the other ones go on")
    func backoff() async throws {
        var settings = DiscoverySettings()
        settings.firstRetry = .milliseconds(20)
        struct Down: Error {}
        let tracker = TestTracker { told in
            if told.url.hasPrefix("http://down") { throw Down() }
            return (200, [:], AnnounceReply(interval: 120).encoded())
        }
        let discovery = try Self.discovery(
            tracker, ["http://down", "http://up", "http://up/announce"], settings: settings)
        try await Self.running(discovery) {
            let stream = discovery.peers(for: Self.swarm(1), announcing: AnnounceState(port: 1))
            try await Task.sleep(for: .milliseconds(600))
            withExtendedLifetime(stream) {}
        }
        let down = tracker.all.count { $0.url.hasPrefix("http://down") }
        // 20, 40, 80, 160, 320 ms, give or take a fifth; without pauses it would be hundreds. The farewell is not tried.
        #expect((2...7).contains(down), "\(down)")
        // The same tracker under both names is one.
        #expect(tracker.all.filter { $0.url.hasPrefix("http://up") }.map(\.single?.event) == [.started, .stopped])
    }

    @Test("answers that are none of the protocol's are failures, not peers")
    func nonsense() async throws {
        var settings = DiscoverySettings()
        settings.firstRetry = .milliseconds(1)
        let bodies: [[UInt8]] = [
            [], Array("<html>404</html>".utf8), Array("d8:intervali120e5:peersi5ee".utf8), Array("d5:peers0:e".utf8),
            AnnounceReply(interval: 60).encoded(),
        ]
        let count = Atomic(0)
        let tracker = TestTracker { _ in
            let number = count.wrappingAdd(1, ordering: .relaxed).oldValue
            return (number == 1 ? 404 : 200, [:], bodies[min(number, bodies.count - 1)])
        }
        let discovery = try Self.discovery(tracker, settings: settings)
        try await Self.running(discovery) {
            let stream = discovery.peers(for: Self.swarm(1), announcing: AnnounceState(port: 1, isSeeding: true))
            _ = try await tracker.announces(3)
            withExtendedLifetime(stream) {}
        }
    }

    @Test("addresses of this machine count from a tracker of this machine alone")
    func loopback() async throws {
        for (url, expected) in [
            ("http://127.0.0.1:1", 2), ("http://[::1]:1", 2), ("http://localhost", 2), ("http://t", 1),
        ] {
            let tracker = TestTracker.working(["127.0.0.1:5", "192.0.2.1:5"])
            let discovery = try Self.discovery(tracker, [url])
            try await Self.running(discovery) {
                for await peers in discovery.peers(for: Self.swarm(1), announcing: AnnounceState(port: 1)) {
                    #expect(peers.count == expected, "\(url)")
                    break
                }
            }
        }
    }

    @Test("without trackers there is nothing to wait for")
    func none() async throws {
        let discovery = try Self.discovery(TestTracker.working(), [])
        for await _ in discovery.peers(for: Self.swarm(1), announcing: AnnounceState(port: 1)) {
            Issue.record("a peer")
        }
        await discovery.run()
    }
}
