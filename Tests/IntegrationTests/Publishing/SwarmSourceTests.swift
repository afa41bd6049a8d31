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
            /// Where its torrents are had.
            let address: String
            /// Where its agent gives files by their Xet hashes.
            let peer: String
            /// What was shared.
            let folder: String

            /// Requires that the two large files are in a folder, every byte of them.
            func requireWeights(in target: String) async throws {
                for name in ["part0.safetensors", "part1.safetensors"] {
                    let different = try await difference(between: "\(folder)/\(name)", and: "\(target)/\(name)")
                    #expect(different == nil, "\(name)")
                }
            }
        }

        /// A node whose model lies in its cache, and whose agent gives it both ways.
        private func giver(_ scene: Scene, seed: UInt64, tracker: String? = nil) async throws -> Giver {
            let folder = try await scene.pushParts(to: "alice/model", seed: seed)
            var node = try PublishNode(scene.fixture, "giver", endpoint: scene.hub.url, token: scene.token)
            if let tracker { node.shoal.environment["SHOAL_TRACKERS"] = tracker }
            try await node.shoal.run("pull", "alice/model").expecting(0)
            // A torrent with a web seed has the manifest beside it, so that nobody need be asked for it; this one is away.
            let shared = try await node.share(
                "alice/model", "--piece-length", "64K", "--web-seed", "http://127.0.0.1:9/")
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
            "neither a torrent's peer nor a hub: the Xet swarm brings the files; with --skip-dht nobody there is asked",
            .timeLimit(.minutes(3)))
        func alone() async throws {
            try await withScene("get-swarm") { scene in
                let giver = try await giver(scene, seed: 130)
                let target = scene.fixture.path("out")
                let got = try await taker(scene, ["SHOAL_PEERS": giver.peer]).get(
                    giver.shared.torrent, "--include", "*.safetensors", "-o", target, "--no-hub", "--no-seed")
                #expect(got.proof == "signed" && got.names.sorted() == ["part0.safetensors", "part1.safetensors"])
                #expect(got.statistics.swarm_bytes >= 6_000_000, "\(got.statistics)")
                #expect(got.statistics.hub_bytes == 0 && got.statistics.peer_bytes == 0, "\(got.statistics)")
                try await giver.requireWeights(in: target)

                // Who does not want to be known of asks nobody of everybody's swarm.
                let quiet = try await taker(scene, ["SHOAL_PEERS": giver.peer], named: "quiet").get(
                    giver.shared.torrent, "--include", "*.safetensors", "-o", scene.fixture.path("quiet"), "--skip-dht",
                    "--no-seed")
                #expect(quiet.statistics.swarm_bytes == 0, "\(quiet.statistics)")
                #expect(quiet.statistics.hub_bytes >= 6_000_000, "\(quiet.statistics)")
                try await giver.agent.stop()
            }
        }

        @Test("a torrent's peer, the hub and the Xet swarm at once make one model", .timeLimit(.minutes(3)))
        func together() async throws {
            try await withScene("get-swarm-all") { scene in
                let giver = try await giver(scene, seed: 170)
                let target = scene.fixture.path("out")
                let got = try await taker(scene, ["SHOAL_PEERS": giver.peer]).get(
                    giver.shared.torrent, "--peer", giver.address, "-o", target, "--no-seed")
                let told = got.statistics
                #expect(got.proof == "signed" && got.complete)
                #expect(told.peer_bytes + told.hub_bytes + told.swarm_bytes >= 6_000_000, "\(told)")
                try await PublishNode.requireModel(giver.folder, at: target)
                try await giver.agent.stop()
            }
        }

        @Test("who is found through a tracker gives files by their hashes", .timeLimit(.minutes(3)))
        func tracker() async throws {
            try await withScene("get-swarm-tracker") { scene in
                let tracker = try await RunningTracker.start(in: scene.fixture)
                let giver = try await giver(scene, seed: 140, tracker: tracker.url)
                try await tracker.waits(for: 2, in: scene.fixture)
                let target = scene.fixture.path("out")
                let taker = try taker(scene, ["SHOAL_TRACKERS": tracker.url])
                let got = try await taker.get(
                    giver.shared.torrent, "--include", "*.safetensors", "-o", target, "--no-hub", "--no-seed")
                #expect(got.statistics.swarm_bytes >= 6_000_000, "\(got.statistics)")
                try await giver.requireWeights(in: target)
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
                let target = scene.fixture.path("out")
                let got = try await taker(scene, ["SHOAL_AGENT_DIR": folder]).get(
                    giver.shared.torrent, "--include", "*.safetensors", "-o", target, "--no-hub", "--no-seed")
                #expect(got.statistics.swarm_bytes >= 6_000_000, "\(got.statistics)")
                try await giver.requireWeights(in: target)
                try await giver.agent.stop()
            }
        }

        @Test("downloads of the agent ask the Xet swarm too", .timeLimit(.minutes(3)))
        func agentDownload() async throws {
            try await withScene("get-swarm-rest") { scene in
                let giver = try await giver(scene, seed: 160)
                // Its hub is away, and it knows no peer of the torrent.
                var node = try PublishNode(scene.fixture, "taker")
                node.shoal.environment["SHOAL_PEERS"] = giver.peer
                let (agent, _) = try await node.startAgent()
                let target = scene.fixture.path("out")
                let order =
                    [
                        "torrent": giver.shared.torrent, "output": target, "include": ["*.safetensors"], "seed": false,
                    ] as [String: Any]
                let body = String(decoding: try JSONSerialization.data(withJSONObject: order), as: UTF8.self)
                let begun = try await agent.ask(
                    "/v1/models/download", method: "POST", headers: ["Content-Type": "application/json"], body: body,
                    authorized: true)
                try #require(begun.status == 202, "\(begun.text)")
                for _ in 0..<300 where !exists("\(target)/part0.safetensors") || !exists("\(target)/part1.safetensors")
                {
                    try await Task.sleep(for: .milliseconds(100))
                }
                try await giver.requireWeights(in: target)
                try await agent.stop()
                try await giver.agent.stop()
            }
        }
    }
}
