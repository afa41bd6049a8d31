import Foundation
import TestSupport
import Testing

extension Integration {
    /// Pulls by the real programs from real seeders.
    @Suite struct PeerPullTests {
        /// Pulls and says what came from where.
        private func pull(_ shoal: ShoalClient, _ arguments: String...) async throws -> PullOutcome {
            try await shoal.pullModel(arguments)
        }

        /// A hub with two files of 3 MB, and a cache that has them.
        private func withModel(
            seed: UInt64, private isPrivate: Bool = false,
            _ body: (_ scene: Scene, _ folder: String, _ seeding: ShoalClient) async throws -> Void
        ) async throws {
            try await withScene { scene in
                let folder = try await scene.pushParts(to: "alice/model", seed: seed, private: isPrivate)
                let seeding = scene.freshShoal("seeding")
                _ = try await seeding.pull("alice/model")
                try await body(scene, folder, seeding)
            }
        }

        private static let size = 6_000_000

        @Test("a named peer brings all of it, alone or beside the hub", .timeLimit(.minutes(2)))
        func namedPeer() async throws {
            try await withModel(seed: 900) { scene, folder, seeding in
                let seeder = try await RunningSeeder.start(seeding)
                try await seeder.waits(for: 2)

                let only = try await pull(scene.freshShoal("only"), "--peer", seeder.address, "--p2p-only")
                try await requireSame(folder, only.path)
                #expect(only.peerBytes >= Self.size && only.hubBytes < 100_000)

                let beside = try await pull(scene.freshShoal("beside"), "--peer", seeder.address)
                try await requireSame(folder, beside.path)
                #expect(beside.peerBytes + beside.hubBytes >= Self.size)

                for off in [["--no-p2p"], []] {
                    var shoal = scene.freshShoal("off\(off.count)")
                    shoal.environment["SHOAL_PEERS"] = seeder.address
                    if off.isEmpty { shoal.environment["SHOAL_P2P"] = "0" }
                    let report = try await shoal.pullModel(off)
                    #expect(report.peerBytes == 0 && report.hubBytes >= Self.size)
                }

                // The settings of every pull do what the options do.
                var set = scene.freshShoal("set")
                set.environment = ["SHOAL_PEERS": "localhost:\(seeder.port)", "SHOAL_P2P_ONLY": "1"]
                #expect(try await pull(set).peerBytes >= Self.size)
                try await seeder.stop()
            }
        }

        @Test("a tracker brings pulls and seeders together", .timeLimit(.minutes(2)))
        func tracker() async throws {
            try await withModel(seed: 910) { scene, folder, seeding in
                let tracker = try await RunningTracker.start(in: scene.fixture)
                // The hub is a tracker as well.
                for (place, url) in [("own", tracker.url), ("hub", scene.hub.url)] {
                    let seeder = try await RunningSeeder.start(seeding, "--tracker", url)
                    try await RunningTracker.waits(for: 2, at: url, in: scene.fixture)
                    let pulled = try await pull(scene.freshShoal(place), "--tracker", url, "--p2p-only")
                    try await requireSame(folder, pulled.path)
                    #expect(pulled.peerBytes >= Self.size && pulled.hubBytes < 100_000)
                    try await seeder.stop()
                }
                // Without a seeder the hub brings it, and a tracker that is away is no trouble.
                let alone = try await pull(scene.freshShoal("alone"), "--tracker", tracker.url)
                try await requireSame(folder, alone.path)
                try await tracker.stop()
                let without = try await pull(scene.freshShoal("without"), "--tracker", tracker.url)
                try await requireSame(folder, without.path)
                #expect(alone.peerBytes == 0 && without.peerBytes == 0)
            }
        }

        @Test("nodes that begin together share out what the hub has no manifest of", .timeLimit(.minutes(2)))
        func withoutManifests() async throws {
            try await withScene(hub: ["--no-manifests"]) { scene in
                let folder = try scene.fixture.directory("source")
                // Several xorbs: they are what nodes share out.
                let size = 120_000_000
                try await SampleContent.random.write(size, seed: 920, to: folder + "/model.safetensors")
                try await scene.shoal.run(["push", "alice/model", folder]).expecting(0)
                let tracker = try await RunningTracker.start(in: scene.fixture)
                // Slow enough for the nodes to meet.
                let clients = (0..<3).map { scene.freshShoal("cold\($0)") }
                let reports = try await withThrowingTaskGroup(of: PullOutcome.self) { group in
                    for client in clients {
                        group.addTask { try await pull(client, "--tracker", tracker.url, "--limit-rate", "12M") }
                    }
                    return try await group.reduce(into: []) { $0.append($1) }
                }
                for report in reports { try await requireSame(folder, report.path) }
                #expect(reports.reduce(0) { $0 + $1.peerBytes } > size / 4)
                #expect(reports.reduce(0) { $0 + $1.hubBytes } < 5 * size / 2)
            }
        }

        @Test("a seeder's bytes that have changed reach nobody", .timeLimit(.minutes(2)))
        func changedFile() async throws {
            try await withModel(seed: 920) { scene, folder, seeding in
                let seeder = try await RunningSeeder.start(seeding)
                try await seeder.waits(for: 2)
                for blob in try filesBelow(seeding.cache) where blob.contains("/blobs/") {
                    guard try fileSize(blob) == 3_000_000 else { continue }
                    let handle = try FileHandle(forUpdating: URL(fileURLWithPath: blob))
                    try handle.seek(toOffset: 1_500_000)
                    try handle.write(contentsOf: Data(repeating: 7, count: 100_000))
                    try handle.close()
                }
                let pulled = try await pull(scene.freshShoal("pulled"), "--peer", seeder.address)
                try await requireSame(folder, pulled.path)
                let only = try await scene.freshShoal("only").run(
                    "pull", "alice/model", "--peer", seeder.address, "--p2p-only")
                try requireRefused(only)
                try await seeder.stop()
            }
        }

        @Test("what not everybody may read is not asked of peers", .timeLimit(.minutes(2)))
        func privateFiles() async throws {
            try await withModel(seed: 930, private: true) { scene, folder, seeding in
                let seeder = try await RunningSeeder.start(seeding)
                try await seeder.waits(for: 0)
                let pulled = try await pull(scene.freshShoal("pulled"), "--peer", seeder.address)
                try await requireSame(folder, pulled.path)
                #expect(pulled.peerBytes == 0)
                let client = scene.freshShoal("only")
                try await requireTrouble(
                    client, "forbidden", "not everybody may read",
                    ["pull", "alice/model", "--peer", seeder.address, "--p2p-only"])
                try await seeder.stop()

                // Those who share a secret give it to each other.
                let (secret, other) = (scene.fixture.path("secret"), scene.fixture.path("other"))
                try await writeText("0123456789abcdef0123456789abcdef\n", to: secret)
                try await writeText("another secret of the same length\n", to: other)
                let sharing = try await RunningSeeder.start(seeding, "--secret-file", secret)
                try await sharing.waits(for: 2)
                let shared = try await pull(
                    scene.freshShoal("shared"), "--peer", sharing.address, "--p2p-only", "--secret-file", secret)
                try await requireSame(folder, shared.path)
                #expect(shared.peerBytes >= Self.size)
                try await requireTrouble(
                    scene.freshShoal("stranger"), "no_peers", "no peer",
                    ["pull", "alice/model", "--peer", sharing.address, "--p2p-only", "--secret-file", other])
                try await sharing.stop()
            }
        }

        @Test("wrong words about peers are refused with a hint", .timeLimit(.minutes(1)))
        func refusals() async throws {
            try await withFixture { fixture in
                let shoal = ShoalClient(fixture: fixture, endpoint: "http://127.0.0.1:1", token: nil)
                let short = fixture.path("short")
                try await writeText("too short", to: short)
                for words in [
                    ["--peer", "nowhere"], ["--peer", "::1:80"], ["--peer", "a:0"], ["--tracker", "udp://x:1"],
                    ["--tracker", "http://"], ["--tracker", "nonsense"], ["--p2p-only"], ["--no-p2p", "--p2p-only"],
                    ["--peer", "127.0.0.1:1", "--secret-file", short], ["--secret-file", short],
                    ["--peer", "127.0.0.1:1", "--p2p-only", "file", "--output", "-"],
                ] {
                    let result = try await shoal.run(["pull", "alice/model"] + words)
                    #expect(result.code == 2, "\(words): \(result.errors)")
                    #expect(result.errors.contains("error: "), "\(words): \(result.errors)")
                }
                for (variable, value) in [
                    ("SHOAL_P2P", "perhaps"), ("SHOAL_PEERS", "nowhere"), ("SHOAL_TRACKERS", "udp://x:1"),
                    ("SHOAL_TRACKERS", "nonsense"),
                    ("SHOAL_P2P_WAIT", "soon"), ("SHOAL_P2P_WAIT", "0"),
                ] {
                    var set = shoal
                    set.environment[variable] = value
                    let result = try await set.run("pull", "alice/model")
                    #expect(result.code == 2 && result.errors.contains(variable), "\(result.errors)")
                }
                var off = shoal
                off.environment["SHOAL_P2P"] = "0"
                let result = try await off.run("pull", "alice/model", "--peer", "127.0.0.1:1")
                try requireRefused(result)
                #expect(result.errors.contains("SHOAL_P2P"))
            }
        }

        @Test("peers alone that are not there are named in the error", .timeLimit(.minutes(2)))
        func absentPeers() async throws {
            try await withModel(seed: 940) { scene, _, _ in
                let start = ContinuousClock.now
                try await requireTrouble(
                    scene.freshShoal("only"), "no_peers", "no peer",
                    ["pull", "alice/model", "--peer", "127.0.0.1:1", "--p2p-only"])
                #expect(start.duration(to: .now) < .seconds(15))
                // Beside the hub they cost nothing but a line in the log.
                let pulled = try await pull(scene.freshShoal("beside"), "--peer", "127.0.0.1:1")
                #expect(pulled.hubBytes >= Self.size && pulled.peerBytes == 0)
            }
        }
    }
}
