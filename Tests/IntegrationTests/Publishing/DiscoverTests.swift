import Foundation
import TestSupport
import Testing

extension Integration {
    @Suite struct DiscoverTests {
        /// What `shoal discover --json` prints.
        struct Found: Decodable {
            struct Model: Decodable {
                var name: String
                /// Missing where only the publisher's root has been heard of so far.
                var version: String?
                var magnet: String
                var publisher: String
                var trust: String
                var here: Bool
                var license: String?
                var formats: [String]
            }

            var models: [Model]
            var dht_nodes: Int?
        }

        /// A machine with a home, a publish folder, and an agent that is a node of the test's own DHT.
        struct Node {
            let shoal: ShoalClient
            let port: Int

            init(_ fixture: Fixture, _ name: String, port: Int, all: [Int]) throws {
                var shoal = ShoalClient(
                    fixture: fixture, endpoint: "http://127.0.0.1:9", token: nil, home: name + "-home")
                shoal.environment["SHOAL_HOME"] = fixture.path(name + "-publish")
                shoal.environment["SHOAL_AGENT_DIR"] = fixture.path(name + "-agent")
                shoal.environment["SHOAL_PUBLISH_CONFIG"] = fixture.path(name + ".yaml")
                let others = all.filter { $0 != port }.map { "    - 127.0.0.1:\($0)\n" }.joined()
                let config = """
                    network:
                      listen_port: \(port)
                      dht_bootstrap_nodes:
                    \(others)
                    daemon:
                      auto_start: false
                    """
                try Data(config.utf8).write(to: URL(fileURLWithPath: fixture.path(name + ".yaml")))
                self.shoal = shoal
                self.port = port
            }

            func discover(_ arguments: [String] = []) async throws -> Found {
                let result = try await shoal.run(["discover", "--json"] + arguments, timeout: .seconds(120)).expecting(
                    0)
                return try JSONDecoder().decode(Found.self, from: Data(result.output.utf8))
            }

            /// Searches until something is found; announcements take their time.
            func find(_ name: String) async throws -> Found.Model {
                for _ in 0..<6 {
                    let found = try await discover([name, "--timeout", "30"])
                    if let model = found.models.first(where: { $0.name == name && $0.version != nil }) { return model }
                }
                throw TestFailure("\(name) was not found")
            }
        }

        private func ports(_ count: Int) throws -> [Int] {
            var ports: Set<Int> = []
            while ports.count < count { ports.insert(try freePort()) }
            return ports.sorted()
        }

        @Test(
            "no hub, no tracker: published on A, found and fetched on B, and when A is gone, on C from B",
            .timeLimit(.minutes(10)))
        func threeNodes() async throws {
            try await withFixture { fixture in
                let ports = try ports(9)
                let names = ["a", "b", "c", "n3", "n4", "n5", "n6", "n7", "n8"]
                var nodes: [Node] = []
                for (name, port) in zip(names, ports) {
                    nodes.append(try Node(fixture, name, port: port, all: ports))
                }
                let (first, second, third) = (nodes[0], nodes[1], nodes[2])

                let folder = try fixture.directory("model")
                try FileManager.default.createDirectory(atPath: folder + "/onnx", withIntermediateDirectories: true)
                try await SampleContent.random.write(3_000_000, seed: 11, to: folder + "/model.safetensors")
                try await SampleContent.text.write(20_000, seed: 12, to: folder + "/onnx/model.onnx")
                try await first.shoal.run(
                    "share", folder, "--name", "ann/model", "--license", "apache-2.0", "--tag", "demo"
                ).expecting(0)

                var agents: [RunningAgent] = []
                for node in nodes { agents.append(try await RunningAgent.start(node.shoal)) }

                let found = try await second.find("ann/model")
                #expect(found.trust == "unknown" && !found.here)
                #expect(found.license == "apache-2.0" && found.formats.contains("safetensors"))
                let got = try await second.shoal.run(
                    "get", "ann/model", "-o", fixture.path("on-b"), "--timeout", "60", timeout: .seconds(180)
                ).expecting(0)
                try await requirePublished(folder, fixture.path("on-b"), got)
                #expect(try await second.discover(["--offline"]).models.first?.trust == "trusted")

                // By what the publisher's key says of this model in the DHT, without its name.
                let link = try await link(to: "ann/model", of: first, fixture)
                let linked = try await nodes[3].shoal.run(
                    "get", link, "-o", fixture.path("on-n3"), "--timeout", "60", "--no-seed", timeout: .seconds(180)
                ).expecting(0)
                try await requirePublished(folder, fixture.path("on-n3"), linked)

                try await agents[0].stop()
                let again = try await third.find("ann/model")
                #expect(again.publisher == found.publisher && again.magnet == found.magnet)
                let last = try await third.shoal.run(
                    "get", "ann/model", "-o", fixture.path("on-c"), "--timeout", "60", timeout: .seconds(180)
                ).expecting(0)
                try await requirePublished(folder, fixture.path("on-c"), last)
                for agent in agents.dropFirst() { try await agent.stop() }
            }
        }

        /// A magnet link to the item that a publisher keeps for a model (BEP 46).
        private func link(to model: String, of node: Node, _ fixture: Fixture) async throws -> String {
            struct KeyFile: Decodable {
                var `public`: String
            }
            let path = try #require(node.shoal.environment["SHOAL_HOME"]) + "/keys/operating.key"
            let key = try JSONDecoder().decode(KeyFile.self, from: Data(try readBytes(path))).public
            let digits = Array("abcdefghijklmnopqrstuvwxyz234567")
            var bits = ""
            for letter in key {
                let value = String(try #require(digits.firstIndex(of: letter)), radix: 2)
                bits += String(repeating: "0", count: 5 - value.count) + value
            }
            var hex = ""
            for start in stride(from: 0, to: 256, by: 4) {
                let nibble = bits.dropFirst(start).prefix(4)
                hex += String(try #require(Int(nibble, radix: 2)), radix: 16)
            }
            try await writeText("amd1\0m\0" + model, to: fixture.path("salt"))
            let salt = try await fixture.run(Command("/usr/bin/sha256sum", [fixture.path("salt")])).expecting(0)
                .output.prefix(64)
            return "magnet:?xs=urn:btpk:\(hex)&s=\(salt)"
        }

        /// The model's own files, beside which the manifest and its signature lie.
        private func requirePublished(_ source: String, _ target: String, _ result: ProcessResult) async throws {
            for file in ["model.safetensors", "onnx/model.onnx"] {
                let (one, other) = (try readBytes("\(source)/\(file)"), try readBytes("\(target)/\(file)"))
                try #require(one == other, "\(file) differs: \(result.errors)")
            }
        }

        @Test(
            "without a network there is what this machine publishes, and errors say what to do", .timeLimit(.minutes(2))
        )
        func offline() async throws {
            try await withFixture { fixture in
                let node = try Node(fixture, "a", port: try freePort(), all: [1])
                let folder = try fixture.directory("model")
                try await SampleContent.random.write(100_000, seed: 13, to: folder + "/model.gguf")
                try await node.shoal.run("share", folder, "--name", "ann/small", "--license", "mit")
                    .expecting(0)
                let found = try await node.discover(["--offline", "--format", "gguf"])
                #expect(found.models.map(\.name) == ["ann/small"])
                #expect(found.models.first?.trust == "own" && found.models.first?.here == true)
                #expect(try await node.discover(["--offline", "--max-size", "1k"]).models.isEmpty)
                let table = try await node.shoal.run("discover", "--offline").expecting(0)
                #expect(table.output.contains("ann/small") && table.output.contains("PUBLISHER"))
                try requireRefused(try await node.shoal.run("discover", "--offline", "nonsense:x"))
                try requireRefused(try await node.shoal.run("discover", "--dht-node", "x"), code: 2)
                var off = node.shoal
                off.environment["SHOAL_P2P"] = "0"
                try requireRefused(try await off.run("discover", "ann"))
            }
        }
    }
}
