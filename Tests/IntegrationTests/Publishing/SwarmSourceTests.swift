import Foundation
import TestSupport
import Testing

extension Integration {
    /// `shoal get` of models whose files the peers of `shoal pull` have too, by their Xet hashes.
    @Suite struct SwarmSourceTests {
        private struct Giver {
            let node: PublishNode
            let shared: PublishNode.Shared
            let agent: RunningAgent
            /// Where its torrents are had: slowly.
            let address: String
            /// Where its agent gives files by their Xet hashes.
            let peer: String
            /// What was shared.
            let folder: String
        }

        /// A node whose model lies in its cache, and whose agent gives it both ways: slowly as a torrent.
        private func giver(_ scene: Scene, seed: UInt64, tracker: String? = nil) async throws -> Giver {
            let folder = try await scene.pushParts(to: "alice/model", seed: seed)
            var node = try PublishNode(
                scene.fixture, "giver", endpoint: scene.hub.url, token: scene.token,
                network: "upload_rate_limit: 100K")
            if let tracker { node.shoal.environment["SHOAL_TRACKERS"] = tracker }
            try await node.shoal.run("pull", "alice/model").expecting(0)
            let shared = try await node.share("alice/model", "--piece-length", "64K")
            let (agent, address) = try await node.startAgent()
            try await agent.process.wait(until: "both files that can be given") { process in
                process.output.contains(/(^|\n)2 files \([^\n]*can be given to peers\n/)
            }
            let port = try #require(agent.peerPort)
            return Giver(
                node: node, shared: shared, agent: agent, address: address, peer: "127.0.0.1:\(port)", folder: folder)
        }

        private func taker(
            _ scene: Scene, _ environment: [String: String], named name: String = "taker"
        ) throws -> PublishNode {
            var node = try PublishNode(scene.fixture, name, endpoint: scene.hub.url, token: scene.token)
            node.shoal.environment.merge(environment) { $1 }
            return node
        }

        @Test(
            "a slow peer tells the manifest, the Xet swarm brings the rest without a hub; --skip-dht keeps out of it",
            .timeLimit(.minutes(3)))
        func slowPeer() async throws {
            try await withScene("get-swarm") { scene in
                let giver = try await giver(scene, seed: 130)
                let target = scene.fixture.path("out")
                let taker = try taker(scene, ["SHOAL_PEERS": giver.peer])
                let got = try await taker.get(
                    giver.shared.torrent, "--peer", giver.address, "-o", target, "--no-hub", "--no-seed")
                #expect(got.proof == "signed" && got.complete)
                #expect(got.statistics.swarm_bytes > 3_000_000, "\(got.statistics)")
                #expect(got.statistics.hub_bytes == 0 && got.statistics.web_bytes == 0, "\(got.statistics)")
                try await PublishNode.requireModel(giver.folder, at: target)

                // Who does not want to be known of asks nobody of everybody's swarm.
                let quiet = try await self.taker(scene, ["SHOAL_PEERS": giver.peer], named: "quiet").get(
                    giver.shared.torrent, "--peer", giver.address, "-o", scene.fixture.path("quiet"), "--skip-dht",
                    "--no-seed")
                #expect(quiet.complete && quiet.statistics.swarm_bytes == 0, "\(quiet.statistics)")
                #expect(quiet.statistics.hub_bytes > 3_000_000, "\(quiet.statistics)")
                try await giver.agent.stop()
            }
        }

        @Test(
            "no peer has the torrent, no hub is asked: who is found through a tracker has the files by their hashes",
            .timeLimit(.minutes(3)))
        func tracker() async throws {
            try await withScene("get-swarm-tracker") { scene in
                let tracker = try await RunningTracker.start(in: scene.fixture)
                let giver = try await giver(scene, seed: 140, tracker: tracker.url)
                try await tracker.waits(for: 2, in: scene.fixture)
                let target = scene.fixture.path("out")
                let taker = try taker(scene, ["SHOAL_TRACKERS": tracker.url])
                // The manifest stands in the torrent itself.
                let got = try await taker.get(
                    giver.shared.torrent, "--include", "*.safetensors", "-o", target, "--no-hub", "--no-seed")
                #expect(got.proof == "signed" && got.names.sorted() == ["part0.safetensors", "part1.safetensors"])
                #expect(got.statistics.swarm_bytes >= 6_000_000, "\(got.statistics)")
                #expect(got.statistics.hub_bytes == 0 && got.statistics.peer_bytes == 0, "\(got.statistics)")
                for name in got.names {
                    let different = try await difference(between: "\(giver.folder)/\(name)", and: "\(target)/\(name)")
                    #expect(different == nil, "\(name)")
                }
                // Where peers are switched off, nothing is fetched from any.
                var off = taker
                off.shoal.environment["SHOAL_P2P"] = "0"
                let refused = try await off.shoal.run("get", giver.shared.torrent, "-o", scene.fixture.path("off"))
                try requireRefused(refused)
                try await giver.agent.stop()
                try await tracker.stop()
            }
        }

        @Test("the agent of this machine gives what its cache has", .timeLimit(.minutes(3)))
        func ownAgent() async throws {
            try await withScene("get-swarm-agent") { scene in
                let giver = try await giver(scene, seed: 150)
                // The same folder of agents: for this command it is the agent of this machine.
                let folder = try #require(giver.node.shoal.environment["SHOAL_AGENT_DIR"])
                let taker = try taker(scene, ["SHOAL_AGENT_DIR": folder])
                let got = try await taker.get(
                    giver.shared.torrent, "--include", "*.safetensors", "-o", scene.fixture.path("out"), "--no-hub",
                    "--no-seed")
                #expect(got.statistics.swarm_bytes >= 6_000_000, "\(got.statistics)")
                try await giver.agent.stop()
            }
        }

        @Test("downloads of the agent ask the Xet swarm too", .timeLimit(.minutes(3)))
        func agentDownload() async throws {
            try await withScene("get-swarm-rest") { scene in
                let tracker = try await RunningTracker.start(in: scene.fixture)
                let giver = try await giver(scene, seed: 160, tracker: tracker.url)
                try await tracker.waits(for: 2, in: scene.fixture)
                // Nobody but the swarm and a slow peer: its hub is away.
                var node = try PublishNode(scene.fixture, "taker")
                node.shoal.environment["SHOAL_TRACKERS"] = tracker.url
                let (agent, _) = try await node.startAgent()
                let hash = try #require(giver.shared.info_hash_v1)
                let start = ContinuousClock.now
                let begun = try await agent.ask(
                    "/v1/models/download", method: "POST", headers: ["Content-Type": "application/json"],
                    body: #"{"magnet":"magnet:?xt=urn:btih:\#(hash)&x.pe=\#(giver.address)"}"#, authorized: true)
                try #require(begun.status == 202, "\(begun.text)")
                var path: String?
                for _ in 0..<300 where path == nil {
                    try await Task.sleep(for: .milliseconds(100))
                    let detail = try await agent.ask("/v1/models/alice%2Fmodel", authorized: true)
                    if detail.status == 200 { path = try detail.member("path") as? String }
                }
                // The peer alone would take a minute.
                #expect(start.duration(to: .now) < .seconds(30))
                try await PublishNode.requireModel(giver.folder, at: try #require(path))
                try await agent.stop()
                try await giver.agent.stop()
                try await tracker.stop()
            }
        }
    }
}
