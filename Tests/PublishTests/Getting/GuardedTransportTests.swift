import Foundation
import NIOCore
import NIOHTTP1
import Publish
import PublishWire
import SwarmWire
import Synchronization
import Testing
import Torrents
import Transfer
import Transport

/// Sends everybody elsewhere, and has a file there.
final class RedirectingServer: HTTPTransport {
    private let target: String
    private let content: [UInt8]
    private let asked = Mutex<[String]>([])

    init(to target: String, _ content: [UInt8] = []) {
        self.target = target
        self.content = content
    }

    var requests: [String] { asked.withLock { $0 } }

    func send(_ request: HTTPRequest) async throws -> HTTPResponse {
        asked.withLock { $0.append(request.url) }
        let isThere = request.url == target
        return HTTPResponse(
            status: isThere ? 200 : 302, headers: isThere ? [:] : ["Location": target],
            body: .init(parts: isThere ? [ByteBuffer(bytes: content)] : [], url: request.url), url: request.url)
    }
}

@Suite struct GuardedTransportTests {
    private static let lookUp: HostLookUp = { host in
        switch host {
        case "web.test": [IPLiteral("192.0.2.1")].compactMap(\.self)
        case "inside.test": [IPLiteral("192.0.2.1"), IPLiteral("10.0.0.7")].compactMap(\.self)
        case "cloud.test": [IPLiteral("169.254.169.254")].compactMap(\.self)
        case "127.1", "localhost": [IPLiteral("127.0.0.1")].compactMap(\.self)
        default: []
        }
    }

    /// Whether a request for the second address goes out, where the first was named.
    private func goes(_ first: String, _ second: String? = nil, by reach: GuardedTransport.Reach) async -> Bool {
        let server = RedirectingServer(to: second ?? first)
        let transport = GuardedTransport(server, to: first, reach, lookUp: Self.lookUp)
        _ = try? await transport.sendFollowingRedirects(HTTPRequest(url: first), retrying: RetryPolicy())
        return server.requests.contains(second ?? first)
    }

    @Test(
        "strangers' addresses lead to the world alone",
        arguments: [
            "http://127.0.0.1:9847/v1/", "http://localhost/", "http://127.1/", "http://[::1]:80/", "http://10.0.0.7/",
            "http://192.168.1.1/", "http://172.16.0.1/", "http://100.100.100.200/", "http://169.254.169.254/latest/",
            "http://[fe80::1]/", "http://[fd00:ec2::254]/", "http://[::ffff:127.0.0.1]/", "http://[64:ff9b::7f00:1]/",
            "http://[2002:7f00:1::]/", "http://0.0.0.0/", "http://inside.test/", "http://cloud.test/",
            "http://168.63.129.16/", "http://nowhere.test/",
        ])
    func world(address: String) async {
        #expect(await !goes(address, by: .world))
        #expect(await !goes("http://web.test/", address, by: .world))
        // Nor does a public server of a torrent on this disk send there.
        #expect(await !goes("http://web.test/", address, by: .site))
        #expect(await goes(address, by: .anywhere))
        #expect(await goes("http://web.test/", by: .world))
    }

    @Test(
        "what only those who connect read as an address is none",
        arguments: [
            "http://127%2E0%2E0%2E1/", "http://%31%32%37.0.0.1:80/", "http://loc%61lhost/", "http://１２７.0.0.1/",
        ])
    func escapes(address: String) async {
        for reach in [GuardedTransport.Reach.world, .site] {
            #expect(await !goes(address, by: reach))
            #expect(await !goes("http://web.test/", address, by: reach))
        }
    }

    @Test("a server on this site may be one that a torrent of this disk names, and may send within the site")
    func site() async {
        #expect(await goes("http://127.0.0.1:8000/", by: .site))
        #expect(await goes("http://127.0.0.1:8000/", "http://127.0.0.1:8001/storage", by: .site))
        #expect(await goes("http://inside.test/", "http://web.test/x", by: .site))
        for address in ["http://169.254.169.254/", "http://cloud.test/", "http://[fd00:ec2::254]/"] {
            #expect(await !goes("http://127.0.0.1:8000/", address, by: .site))
        }
    }

    /// Gets a model from a peer; all web seeds answer with nothing.
    private func asked(
        torrent: [String] = [], manifest: [String] = [], link: [String] = [],
        _ change: (inout GetOrder, inout GetContext) -> Void = { _, _ in }
    ) async throws -> Set<String> {
        // Large enough that all are asked before the peer has given everything.
        let files = [("weights.bin", sampleBytes(6_000_000, seed: 5))]
        let scene = try GetScene(files, webSeeds: torrent) { $0.webSeeds = manifest }
        let server = TestServer([:])
        var context = scene.context(FakeEngine(scene.network), transport: server)
        var order = scene.order(from: [try await scene.seeder(piecesPerStep: 1)])
        var alias = MagnetLink(scene.metainfo.hashes)
        alias.webSeeds = link
        order.alias = alias
        change(&order, &context)
        _ = try await TorrentDownload(order, in: context, observer: SilentObserver()).run()
        #expect(scene.found(in: scene.modelFolder) == scene.expected)
        return Set(server.requests.compactMap { Origin($0)?.description })
    }

    @Test("web seeds inside this site are asked where the user has named them, and not where strangers have")
    func seeds() async throws {
        let (local, world) = ("http://127.0.0.1:9/", "http://web.test/")
        let (here, there) = ("http://127.0.0.1:9", "http://web.test")
        #expect(try await asked(torrent: [local, world]) == [there])
        #expect(try await asked(link: [local, world]) == [there])
        #expect(try await asked(manifest: [local]) == [])
        #expect(try await asked(torrent: [local], manifest: [local]) { order, _ in order.isFromDisk = true } == [here])
        #expect(try await asked(link: [local]) { order, _ in order.isFromDisk = true } == [])
        #expect(try await asked { order, _ in order.webSeeds = [local] } == [here])
        #expect(
            try await asked(manifest: [local]) { _, context in context.endpoints = ["http://127.0.0.1:9"] } == [here])
    }

    @Test("the engine is told of no web seed, and of trackers as the settings want it")
    func engine() async throws {
        let scene = try GetScene(webSeeds: ["http://web.test/"])
        var plan = scene.plan
        plan.trackers = ["http://torrent.test/announce"]
        let metainfo = try Metainfo(try TorrentWriter(plan).bytes())
        #expect(metainfo.hashes == scene.metainfo.hashes && !metainfo.trackers.isEmpty)
        let seeder = try await scene.seeder()
        func told(_ change: (inout GetOrder) -> Void) async throws -> [TorrentOrder] {
            let engine = FakeEngine(scene.network)
            var order = scene.order(from: [seeder])
            var link = MagnetLink(metainfo.hashes)
            link.trackers = ["http://link.test/announce"]
            order.subject = .metainfo(metainfo)
            order.alias = link
            order.trackers = ["http://user.test/announce"]
            change(&order)
            _ = try await TorrentDownload(order, in: scene.context(engine), observer: SilentObserver()).run()
            return engine.orders
        }
        for order in try await told({ _ in }) {
            guard case .metainfo(let bytes) = order.subject else {
                Issue.record("no metainfo")
                continue
            }
            let given = try Metainfo(bytes)
            #expect(given.hashes == metainfo.hashes && given.webSeeds.isEmpty && given.trackers.isEmpty)
            #expect(order.webSeeds.isEmpty)
            #expect(order.trackers == ["user", "torrent", "link"].map { "http://\($0).test/announce" })
        }
        // What is kept for others is the torrent as it came.
        let registry = Registry(scene.home)
        let entry = try #require(try registry.list().entries.first)
        #expect(try registry.metainfo(of: entry).bytes == metainfo.bytes)
        let quiet = try await told { $0.leaveOutForeignTrackers() }
        #expect(quiet.map(\.trackers) == [["http://user.test/announce"]])
        let magnet = try await told { order in
            order.subject = .magnet(order.alias ?? MagnetLink(metainfo.hashes))
            order.leaveOutForeignTrackers()
        }
        for case .magnet(let link) in magnet.map(\.subject) { #expect(link.trackers.isEmpty) }
        #expect(magnet.allSatisfy { $0.trackers == ["http://user.test/announce"] })
    }
}
