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
