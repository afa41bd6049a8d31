import Foundation
import TestSupport
import Testing

extension Integration {
    /// Pulls by the real program from the real zest.
    @Suite struct ZestPeerTests {
        private static let size = 6_000_000

        @Test(
            "zest's peers are sources, of whole xorbs and of parts, and what is damaged there reaches nobody",
            .enabled(if: Zest.isInstalled, Comment(rawValue: Zest.absent)), .timeLimit(.minutes(2)),
            arguments: ["whole", "parts"])
        func zestSeeds(_ manner: String) async throws {
            try await withScene { scene in
                let folder = try await scene.pushParts(to: "alice/model", seed: 960)
                let cache = try scene.fixture.directory("zest")
                let fill = Command(
                    try BuiltPrograms.python(),
                    [
                        try BuiltPrograms.script("zest_cache.py"), scene.hub.url, "alice/model", scene.token, cache,
                        manner,
                    ], label: "zest_cache")
                let filled = try await scene.fixture.run(fill, timeout: .seconds(60)).expecting(0)
                // Both files lie in one xorb, so at least one range begins in its middle.
                #expect(Int(filled.lastLine) ?? 0 >= 2, "\(filled.output)")
                let zest = try await RunningZest.start(in: scene.fixture, cache: cache)

                let only = try await scene.freshShoal("only").pullModel(["--peer", zest.address, "--p2p-only"])
                try await requireSame(folder, only.path)
                #expect(only.peerBytes >= Self.size && only.hubBytes < 100_000)

                let proxy = try scene.proxy()
                proxy.limit(bytesPerSecond: 1_000_000)
                let beside = try await scene.freshShoal("beside", through: proxy).pullModel(["--peer", zest.address])
                try await requireSame(folder, beside.path)
                #expect(beside.peerBytes > Self.size / 2)

                // zest checks nothing of what it keeps and gives.
                for path in try filesBelow(cache + "/xorbs") {
                    var bytes = try readBytes(path)
                    bytes[bytes.count / 2] ^= 0x20
                    try await writeBytes(bytes, to: path)
                }
                let damaged = try await scene.freshShoal("damaged").pullModel(["--peer", zest.address])
                try await requireSame(folder, damaged.path)
                let refused = try await scene.freshShoal("refused").run(
                    "pull", "alice/model", "--peer", zest.address, "--p2p-only")
                try requireRefused(refused)
                #expect(zest.process.isRunning)
            }
        }

        /// zest announces each xorb for itself, at its usual port alone.
        @Test(
            "zest that has announced its xorbs at a tracker is found there",
            .enabled(if: Zest.isInstalled, Comment(rawValue: Zest.absent)),
            .enabled(if: !isOpen(RunningZest.announcedPort), "somebody listens at zest's port on this machine"),
            .timeLimit(.minutes(2)))
        func zestAnnounces() async throws {
            try await withScene { scene in
                let folder = try await scene.pushParts(to: "alice/model", seed: 980)
                let cache = try scene.fixture.directory("zest")
                let fill = Command(
                    try BuiltPrograms.python(),
                    [
                        try BuiltPrograms.script("zest_cache.py"), scene.hub.url, "alice/model", scene.token, cache,
                        "whole",
                    ], label: "zest_cache")
                try await scene.fixture.run(fill, timeout: .seconds(60)).expecting(0)
                let zest = try await RunningZest.start(
                    in: scene.fixture, cache: cache, port: RunningZest.announcedPort)
                let tracker = try await RunningTracker.start(in: scene.fixture)
                try await RunningZest.announce(cache, at: tracker.url, in: scene.fixture)

                let only = try await scene.freshShoal("only").pullModel(["--tracker", tracker.url, "--p2p-only"])
                try await requireSame(folder, only.path)
                #expect(only.peerBytes >= Self.size && only.hubBytes < 100_000)

                let proxy = try scene.proxy()
                proxy.limit(bytesPerSecond: 400_000)
                let beside = try await scene.freshShoal("beside", through: proxy).pullModel(
                    ["--tracker", tracker.url])
                try await requireSame(folder, beside.path)
                #expect(beside.peerBytes > 1_000_000)
                #expect(zest.process.isRunning)
                try await tracker.stop()
            }
        }

        @Test(
            "zest finds a seeder at the tracker, and takes every byte from it",
            .enabled(if: Zest.canPull, Comment(rawValue: Zest.noNamespace)), .timeLimit(.minutes(2)))
        func zestFindsUs() async throws {
            try await withScene { scene in
                let source = try scene.fixture.directory("source")
                try await SampleContent.random.write(Self.size, seed: 990, to: source + "/model.safetensors")
                try await scene.shoal.run("push", "alice/model", source).expecting(0)
                let seeding = scene.freshShoal("seeding")
                _ = try await seeding.pull("alice/model")
                let world = try scene.fixture.directory("world")
                try await ZestWorld.makeCertificates(in: world, scene.fixture)
                let xorbs = try await ZestWorld.describe(
                    "alice/model", at: scene.hub.url, token: scene.token, in: world, scene.fixture)
                #expect(!xorbs.isEmpty)

                let tracker = try await RunningTracker.start(in: scene.fixture)
                let seeder = try await RunningSeeder.start(seeding, "--tracker", tracker.url)
                try await seeder.waits(for: 1)
                // The file's own swarm, and one for each xorb.
                try await tracker.waits(for: 1 + xorbs.count, in: scene.fixture)
                let sockets = (peer: scene.fixture.path("peer.sock"), tracker: scene.fixture.path("tracker.sock"))
                let ports = [sockets.peer: UInt16(seeder.port), sockets.tracker: UInt16(tracker.port)]
                try await ZestWorld.relay(ports, in: scene.fixture)
                let pulled = try await ZestWorld.pull(in: world, ports, ["--tracker", tracker.url], scene.fixture)
                try pulled.expecting(0)
                let found = try filesBelow(world + "/pull").filter { $0.hasSuffix("/model.safetensors") }
                #expect(found.count == 1, "\(pulled.output)")
                if let path = found.first {
                    #expect(try readBytes(path) == readBytes(source + "/model.safetensors"), "\(pulled.output)")
                }
                let asked = (try? readBytes(world + "/asked")).map { String(decoding: $0, as: UTF8.self) }
                #expect(asked?.contains("/xorb/") != true, "zest went to the hub's storage: \(pulled.output)")
                try await seeder.stop()
                // It has said goodbye, of files and of xorbs; zest itself never does.
                let left = try await tracker.memberships(in: scene.fixture)
                #expect(left <= 1, "\(left)")
                try await tracker.stop()
            }
        }

        @Test(
            "zest's peers bring nothing where the hub says nothing by which it could be checked",
            .enabled(if: Zest.isInstalled, Comment(rawValue: Zest.absent)), .timeLimit(.minutes(1)))
        func withoutManifests() async throws {
            try await withScene(hub: ["--no-manifests"]) { scene in
                let folder = try await scene.pushParts(to: "alice/model", seed: 970)
                let zest = try await RunningZest.start(
                    in: scene.fixture, cache: try scene.fixture.directory("zest"))
                let beside = try await scene.freshShoal("beside").pullModel(["--peer", zest.address])
                try await requireSame(folder, beside.path)
                #expect(beside.peerBytes == 0)
                try await requireTrouble(
                    scene.freshShoal("only"), "no_peers", "nothing could be checked",
                    ["pull", "alice/model", "--peer", zest.address, "--p2p-only"])
            }
        }
    }
}
