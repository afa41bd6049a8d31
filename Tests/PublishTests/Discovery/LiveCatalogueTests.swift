import Logging
import PublishWire
import SwarmWire
import Testing
import Torrents

@testable import Publish

/// The same over libtorrent and sockets, in a DHT of this machine's own.
@Suite("A catalogue in a DHT", .serialized, .enabled(if: Libtorrent.isAvailable, "this build has no libtorrent"))
struct LiveCatalogueTests {
    /// One machine: an engine that is a node of the DHT, and a catalogue.
    private struct Node {
        let disk: TemporaryFolder
        let engine: Libtorrent
        let signer: TestSigner
        let models = TestModels()
        let trust = TestTrust()
        let service: CatalogueService

        init(_ clock: TestClock, disk: TemporaryFolder? = nil, signer: TestSigner? = nil) async throws {
            let disk = try disk ?? TemporaryFolder()
            self.disk = disk
            self.signer = try signer ?? TestSigner(clock)
            engine = try await Libtorrent(.loopback())
            var settings = CatalogueService.Settings()
            settings.reachesLocal = true
            settings.spacing = .seconds(1)
            settings.timing.firstRetry = .seconds(1)
            service = CatalogueService(
                engine: engine, folder: CatalogueFolder(path: disk.path("catalogue")), trust: trust,
                signer: self.signer, models: models, channel: try await SocketGossip.listening(host: "127.0.0.1"),
                settings: settings, clock: { clock.now },
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        }

        func meet(_ others: [Libtorrent]) async {
            for other in others where other !== engine {
                let (own, its) = (await engine.port, await other.port)
                await engine.addNode(PeerAddress(host: "127.0.0.1", port: its))
                await other.addNode(PeerAddress(host: "127.0.0.1", port: own))
            }
        }

        func discover(until name: String, patience: Duration = .seconds(90)) async throws -> Discovery {
            let end = ContinuousClock.now + patience
            while true {
                var order = DiscoverOrder()
                order.timeout = .seconds(20)
                let found = try await service.discoverer.discover(order)
                if found.names.contains(name) || ContinuousClock.now > end { return found }
            }
        }
    }

    private func wait(_ patience: Duration = .seconds(60), _ isDone: () async throws -> Bool) async throws {
        let end = ContinuousClock.now + patience
        while try await !isDone() {
            try #require(ContinuousClock.now < end, "it took too long")
            try await Task.sleep(for: .milliseconds(100))
        }
    }

    @Test(
        "is published, found, kept by a follower while its publisher is away, and heard of again",
        .timeLimit(.minutes(5)))
    func vanishAndReturn() async throws {
        let clock = TestClock(Clock.now)
        var others: [Libtorrent] = []
        for _ in 0..<6 { others.append(try await Libtorrent(.loopback())) }
        for engine in others {
            for other in others where other !== engine {
                await engine.addNode(PeerAddress(host: "127.0.0.1", port: await other.port))
            }
        }
        let ann = try await Node(clock)
        ann.models.add("ann/one")
        let follower = try await Node(clock)
        let reader = try await Node(clock)
        for node in [ann, follower, reader] { await node.meet(others + [ann.engine, follower.engine, reader.engine]) }
        for node in [ann, follower, reader] { try await wait { await node.engine.nodeCount >= 8 } }

        let working = Task { await ann.service.run() }
        try await wait { await ann.service.publication.phase == .published }
        #expect(await ann.service.publication.nodes >= 4)

        let key = ann.signer.identity.publicKey
        try await follower.trust.change { book throws(PublishError) in try book.add("ann", key, at: 1) }
        let following = Task { await follower.service.run() }
        let known = try await follower.discover(until: "ann/one@main")
        #expect(known.listings.first?.verdict == .trusted)
        try await wait { await follower.engine.torrents().count == 1 }

        working.cancel()
        await working.value
        await ann.engine.close(grace: .zero)
        // A stranger to both finds it through those who pass on roots, and gets the index from the follower.
        let late = try await reader.discover(until: "ann/one@main")
        #expect(late.names == ["ann/one@main"], "\(late.notes)")
        #expect(late.listings.first?.verdict == .unknown)
        let seeker = RootSeeker(engine: follower.engine, book: follower.service.roots)
        #expect(await seeker.repeatItems(of: key, patience: .seconds(10), fraction: 0) ?? 0 >= 4)

        clock.advance(60)
        let back = try await Node(clock, disk: ann.disk, signer: ann.signer)
        back.models.add("ann/one")
        back.models.add("ann/two")
        await back.meet(others + [follower.engine, reader.engine])
        try await wait { await back.engine.nodeCount >= 6 }
        try await back.service.publisher.publish()
        #expect(await back.service.publication.phase == .published)
        let renewed = try await follower.discover(until: "ann/two@main")
        #expect(Set(renewed.names) == ["ann/one@main", "ann/two@main"], "\(renewed.notes)")
        following.cancel()
        await following.value
        for engine in others + [follower.engine, reader.engine, back.engine] { await engine.close(grace: .zero) }
    }
}
