import Foundation
import Logging
import Swarm
import SwarmWire
import TestSupport
import Testing
import Transport

extension Integration {
    @Suite struct TrackerTests {
        private static let swarm = SwarmID(bytes: [UInt8](repeating: 0x42, count: 20)) ?? .none

        /// The body of an answer, fetched by curl as any program would.
        private static func fetch(_ url: String, in fixture: Fixture) async throws -> [UInt8] {
            let target = fixture.path("answer")
            let curl = Command("/usr/bin/curl", ["-sS", "-f", "-o", target, url], label: "curl")
            try await fixture.run(curl, timeout: .seconds(20)).expecting(0)
            return [UInt8](try Data(contentsOf: URL(fileURLWithPath: target)))
        }

        private static func figures(
            _ tracker: String, _ swarm: SwarmID, in fixture: Fixture
        ) async throws -> ScrapeReply.Figures? {
            try ScrapeReply.decode(await fetch("\(tracker)/scrape?\(ScrapeReply.query([swarm]))", in: fixture)).get()
                .swarms[swarm]
        }

        /// Joins the swarm from two nodes of this process; the second must be told of the first.
        /// - Parameter namesAsker: whether the tracker names to a node its own address too.
        private static func meet(
            at tracker: String, scraping base: String, in fixture: Fixture, namesAsker: Bool = false,
            _ between: () async throws -> Void = {}
        ) async throws {
            let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            try await AsyncHTTPTransport.withTransport(logger: logger) { transport in
                func node() throws -> DiscoveryHub {
                    let identity = NodeIdentity(addresses: [])
                    let discovery = TrackerDiscovery(
                        [try TrackerURL(tracker)], identity: identity, transport: transport, logger: logger)
                    return DiscoveryHub([discovery], identity: identity)
                }
                let (seeder, puller) = (try node(), try node())
                let seeding = seeder.peers(for: swarm, announcing: AnnounceState(port: 7001, isSeeding: true))
                try await seeder.running {
                    while try await figures(base, swarm, in: fixture)?.complete != 1 {
                        try await Task.sleep(for: .milliseconds(50))
                    }
                    await puller.running {
                        for await peers in puller.peers(for: swarm, announcing: AnnounceState(port: 7002)) {
                            let named = peers.map(\.description).filter { !namesAsker || $0 != "127.0.0.1:7002" }
                            #expect(named == ["127.0.0.1:7001"])
                            break
                        }
                    }
                    try await between()
                }
                withExtendedLifetime(seeding) {}
            }
        }

        @Test("nodes meet at a tracker and leave it, and its figures survive being killed", .timeLimit(.minutes(1)))
        func discovery() async throws {
            try await withFixture { fixture in
                let state = fixture.path("tracker.state")
                let tracker = try await RunningTracker.start(in: fixture, arguments: ["--state", state])
                try await Self.meet(at: tracker.url, scraping: tracker.url, in: fixture) {
                    let figures = try await Self.figures(tracker.url, Self.swarm, in: fixture)
                    #expect(figures == .init(complete: 1, incomplete: 0, downloads: 0))
                }
                let afterwards = try await Self.figures(tracker.url, Self.swarm, in: fixture)
                #expect(afterwards == nil)
                // A program that knows the protocol alone.
                let answer = try await Self.fetch(
                    tracker.url + "/announce/announce?info_hash=BBBBBBBBBBBBBBBBBBBB&peer_id=-ZE0200-abcdefghijkl"
                        + "&port=6881&compact=1&uploaded=0&downloaded=0&left=0&event=completed", in: fixture)
                #expect(String(decoding: answer, as: UTF8.self).contains("5:peers0:"))
                try await tracker.stop()
                let again = try await RunningTracker.start(
                    in: fixture, port: tracker.port, arguments: ["--state", state])
                #expect(
                    try await Self.figures(again.url, Self.swarm, in: fixture)
                        == .init(complete: 1, incomplete: 0, downloads: 1))
                try await again.kill()
                let third = try await RunningTracker.start(in: fixture, arguments: ["--state", state])
                #expect(try await Self.figures(third.url, Self.swarm, in: fixture)?.downloads == 1)
            }
        }

        @Test("a hub is a tracker under its own address", .timeLimit(.minutes(1)))
        func hub() async throws {
            try await withFixture { fixture in
                let hub = try await RunningHub.start(in: fixture)
                try await Self.meet(at: hub.url + "/announce", scraping: hub.url, in: fixture)
                try await hub.stop()
                let without = try await RunningHub.start(in: fixture, name: "quiet", arguments: ["--no-tracker"])
                let curl = Command("/usr/bin/curl", ["-sS", "-f", without.url + "/scrape"], label: "curl")
                #expect(try await fixture.run(curl, timeout: .seconds(20)).code == 22)
            }
        }

        @Test("another tracker program is announced to as well", .timeLimit(.minutes(1)), .enabled(if: hasOpentracker))
        func opentracker() async throws {
            try await withFixture { fixture in
                let port = Int.random(in: 20_000...30_000)
                let folder = try fixture.directory("opentracker")
                // Debian's serves only what it is told to.
                try await writeText("\(Self.swarm)\n", to: folder + "/known")
                let command = Command(
                    opentrackerPath,
                    ["-i", "127.0.0.1", "-p", "\(port)", "-P", "\(port)", "-d", folder, "-w", "known"],
                    label: "opentracker")
                _ = try fixture.start(command)
                try await Task.sleep(for: .seconds(1))
                let url = "http://127.0.0.1:\(port)"
                try await Self.meet(at: url, scraping: url, in: fixture, namesAsker: true)
            }
        }

        @Test("BitTorrent clients meet at the tracker and exchange a file", .timeLimit(.minutes(2)))
        func clients() async throws {
            try await withFixture { fixture in
                let tracker = try await RunningTracker.start(in: fixture)
                let (source, copy) = (try fixture.directory("source"), try fixture.directory("copy"))
                let length = 256 << 10
                try await SampleContent.random.write(length, seed: 5, to: source + "/model.bin")
                let torrent = fixture.path("model.torrent")
                let id = try await Self.writeTorrent(
                    of: source + "/model.bin", length: length, tracker: tracker.url + "/announce", to: torrent,
                    in: fixture)
                func client(_ folder: String, _ arguments: [String]) throws -> Command {
                    Command(
                        "/usr/bin/aria2c",
                        [
                            "--dir=" + folder, "--enable-dht=false", "--enable-dht6=false", "--bt-enable-lpd=false",
                            "--enable-peer-exchange=false", "--no-conf", "--check-integrity=true",
                            "--listen-port=\(Int.random(in: 20_000...30_000))",
                        ] + arguments + [torrent],
                        environment: ["HOME": fixture.path("aria-home"), "PATH": "/usr/bin"],
                        label: "aria2")
                }
                let seeder = try fixture.start(try client(source, ["--seed-ratio=0.0"]))
                while try await Self.figures(tracker.url, id, in: fixture)?.complete != 1 {
                    try #require(seeder.isRunning, "\(seeder.output.suffix(1000))")
                    try await Task.sleep(for: .milliseconds(200))
                }
                // Three seconds, for a client that stops at once may leave without a word about its success.
                try await fixture.run(try client(copy, ["--seed-time=0.05"]), timeout: .seconds(60)).expecting(0)
                #expect(try await difference(between: source + "/model.bin", and: copy + "/model.bin") == nil)
                let figures = try #require(try await Self.figures(tracker.url, id, in: fixture))
                #expect(figures.downloads == 1)
                try await tracker.stop()
            }
        }

        /// Describes a file as one piece, and returns the torrent's id.
        private static func writeTorrent(
            of file: String, length: Int, tracker: String, to path: String, in fixture: Fixture
        ) async throws -> SwarmID {
            func sha1(_ file: String) async throws -> SwarmID {
                let command = Command("/usr/bin/sha1sum", [file], label: "sha1sum")
                let output = try await fixture.run(command, timeout: .seconds(20)).expecting(0).output
                return try #require(SwarmID(hexText: output.prefix(40)))
            }
            let info: BencodeValue = [
                "length": .integer(Int64(length)), "name": "model.bin", "piece length": .integer(Int64(length)),
                "pieces": .bytes(try await sha1(file).bytes),
            ]
            let infoFile = fixture.path("info")
            try Data(Bencode.encode(info)).write(to: URL(fileURLWithPath: infoFile))
            let torrent: BencodeValue = ["announce": .string(tracker), "info": info]
            try Data(Bencode.encode(torrent)).write(to: URL(fileURLWithPath: path))
            return try await sha1(infoFile)
        }

        @Test("wrong settings are said at once", .timeLimit(.minutes(1)))
        func settings() async throws {
            try await withFixture { fixture in
                let shoal = ShoalClient(fixture: fixture, endpoint: "http://127.0.0.1:9", token: nil)
                try await shoal.run("tracker", "--port", "70000").expecting(2)
                try await shoal.run("tracker", "--interval", "1").expecting(2)
                try await shoal.run("tracker", "--rate-limit", "cats=1").expecting(2)
                try await shoal.run("tracker", "--trust-proxy", "proxy.example").expecting(2)
                let state = try await shoal.run("tracker", "--state", fixture.path("no/such/folder")).expecting(1)
                #expect(state.errors.contains("cannot write"))
                let taken = try await RunningTracker.start(in: fixture)
                let second = try await shoal.run(
                    "tracker", "--host", "127.0.0.1", "--port", "\(taken.port)"
                ).expecting(1)
                #expect(second.errors.contains("the port is in use"))
                #expect(try await shoal.run("tracker", "--help").expecting(0).output.contains("--state"))
            }
        }
    }
}

private let opentrackerPath = "/usr/bin/opentracker"
private let hasOpentracker = FileManager.default.isExecutableFile(atPath: opentrackerPath)
