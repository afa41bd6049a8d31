import Foundation
import TestSupport
import Testing

extension Integration {
    /// `shoal get` of models that a hub has too.
    @Suite struct HubSourceTests {
        @Test(
            "shared from the cache: a slow peer tells the manifest, the hub brings the rest, and Python finds it in the cache",
            .timeLimit(.minutes(2)))
        func hub() async throws {
            try await withScene("get-hub") { scene in
                let fixture = scene.fixture
                let folder = try await scene.pushParts(to: "alice/model", seed: 110)
                let giver = try PublishNode(
                    fixture, "giver", endpoint: scene.hub.url, token: scene.token, network: "upload_rate_limit: 200K")
                try await giver.shoal.run("pull", "alice/model").expecting(0)
                let shared = try await giver.share("alice/model", "--piece-length", "64K")
                #expect(shared.folder.contains("models--alice--model/snapshots/"))
                // The cache itself stays as the hub's clients know it.
                #expect(try filesBelow(giver.shoal.cache).allSatisfy { !$0.contains("shoal-manifest") })
                let (agent, address) = try await giver.startAgent()

                let taker = try PublishNode(fixture, "taker", endpoint: scene.hub.url, token: scene.token)
                let target = fixture.path("out")
                let got = try await taker.get(
                    shared.torrent, "--peer", address, "-o", target, "--hf-cache", "--no-seed")
                #expect(got.proof == "signed" && got.complete)
                #expect(got.statistics.hub_bytes > 3_000_000, "\(got.statistics)")
                try await PublishNode.requireModel(folder, at: target)
                try await agent.stop()

                let snapshot = try #require(got.snapshot)
                var python = scene.freshPython(taker.shoal.home)
                python.endpoint = "http://127.0.0.1:9"
                let seen = try await python.call(
                    "snapshot_download", ["repo_id": "alice/model", "local_files_only": true])
                #expect(resolvingLinks(seen) == resolvingLinks(snapshot))
                try await requireSame(folder, seen)
            }
        }

        @Test(
            "--no-hub asks peers alone; --hf-cache without a commit is refused with the reason",
            .timeLimit(.minutes(2)))
        func without() async throws {
            try await withScene("get-no-hub") { scene in
                let fixture = scene.fixture
                let folder = try await scene.pushParts(to: "alice/model", seed: 120)
                let giver = try PublishNode(fixture, "giver", endpoint: scene.hub.url, token: scene.token)
                try await giver.shoal.run("pull", "alice/model").expecting(0)
                let shared = try await giver.share("alice/model")
                let plain = try await giver.share(folder, "--name", "alice/plain")
                let (agent, address) = try await giver.startAgent()
                let taker = try PublishNode(fixture, "taker", endpoint: scene.hub.url, token: scene.token)
                let got = try await taker.get(
                    shared.torrent, "--peer", address, "-o", fixture.path("out"), "--no-hub", "--no-seed")
                #expect(got.statistics.hub_bytes == 0 && got.statistics.peer_bytes >= 6_000_000, "\(got.statistics)")
                let said = try await taker.refuses(
                    "refused",
                    [
                        "get", plain.torrent, "--peer", address, "-o", fixture.path("plain"), "--hf-cache", "--no-seed",
                        "--timeout", "20",
                    ])
                #expect(said.contains("names no commit"), "\(said)")
                try await agent.stop()
            }
        }
    }
}
