import Foundation
import TestSupport
import Testing

extension Integration {
    @Suite struct ShareTests {
        /// What `shoal share --json` prints.
        struct Shared: Decodable {
            var name: String
            var magnet: String
            var info_hash_v1: String
            var info_hash_v2: String
            var files: Int
            var bytes: Int
            var publisher: String?
            var folder: String
            var torrent: String
            var unchanged: Bool
        }

        private func share(_ shoal: ShoalClient, _ arguments: [String]) async throws -> Shared {
            let result = try await shoal.run(["share"] + arguments + ["--no-seed", "--json"]).expecting(0)
            return try JSONDecoder().decode(Shared.self, from: Data(result.output.utf8))
        }

        private func client(_ fixture: Fixture, endpoint: String = "http://127.0.0.1:9") -> ShoalClient {
            var shoal = ShoalClient(fixture: fixture, endpoint: endpoint, token: nil)
            shoal.environment["SHOAL_HOME"] = fixture.path("publish")
            shoal.environment["XDG_CONFIG_HOME"] = fixture.path("config")
            shoal.environment["SHOAL_AGENT_DIR"] = fixture.path("agent")
            return shoal
        }

        private func model(_ fixture: Fixture, _ name: String = "model") async throws -> String {
            let folder = try fixture.directory(name)
            try FileManager.default.createDirectory(atPath: folder + "/onnx", withIntermediateDirectories: true)
            try await SampleContent.random.write(3_000_000, seed: 1, to: folder + "/model.safetensors")
            try await SampleContent.text.write(10_000, seed: 2, to: folder + "/onnx/model.onnx")
            return folder
        }

        @Test("init, share, list, export: the same folder is the same torrent", .timeLimit(.minutes(2)))
        func shares() async throws {
            try await withFixture { fixture in
                let shoal = client(fixture)
                try await shoal.run("init").expecting(0)
                #expect(FileManager.default.fileExists(atPath: fixture.path("config/shoal/config.yaml")))
                let folder = try await model(fixture)
                let words = [folder, "--name", "me/model", "--license", "apache-2.0", "--tag", "demo"]
                let first = try await share(shoal, words)
                #expect(first.name == "me/model" && first.files == 4 && first.publisher?.count == 52)
                #expect(first.magnet.contains("xt=urn:btih:\(first.info_hash_v1)"))
                #expect(first.magnet.contains("xt=urn:btmh:1220\(first.info_hash_v2)"))
                #expect(FileManager.default.fileExists(atPath: first.torrent))
                let second = try await share(shoal, words)
                #expect(second.unchanged && second.info_hash_v2 == first.info_hash_v2)
                let again = try await share(shoal, ["me/model"])
                #expect(again.unchanged && again.magnet == first.magnet)

                let list = try await shoal.run("list").expecting(0).output
                #expect(list.contains("me/model") && list.contains("apache-2.0") && list.contains("safetensors"))
                let manifest = try await shoal.run("registry", "export", "me/model").expecting(0).output
                #expect(manifest.contains("\"shoal-manifest/1\"") && manifest.contains("onnx/model.onnx"))
                let trust = try await shoal.run("trust", "--json").expecting(0).output
                #expect(trust.contains(first.publisher ?? "none"))
            }
        }

        @Test("Without a name, a licence or a folder there is an error that says what to do", .timeLimit(.minutes(1)))
        func errors() async throws {
            try await withFixture { fixture in
                let shoal = client(fixture)
                let folder = try await model(fixture)
                try requireRefused(try await shoal.run("share", folder, "--license", "mit"), code: 2)
                let unlicensed = try await shoal.run("share", folder, "--name", "me/model")
                try requireRefused(unlicensed)
                #expect(unlicensed.errors.contains("apache-2.0"))
                try requireRefused(try await shoal.run("share", folder, "--name", "../x", "--license", "mit"))
                try requireRefused(try await shoal.run("share", "me/nothing"))
                try requireRefused(
                    try await shoal.run(
                        "share", folder, "--name", "me/m", "--license", "mit", "--piece-length", "5000000"), code: 2)
                let listed = try await shoal.run("list", "--json").expecting(0).output
                #expect(listed == "[]\n")
            }
        }

        @Test("A model in the cache is shared from there when it is public, and not when it is private")
        func cached() async throws {
            try await withScene { scene in
                try await scene.pushParts(to: "alice/open", seed: 1)
                try await scene.pushParts(to: "alice/closed", seed: 3, private: true)
                var shoal = scene.shoal
                shoal.environment = client(scene.fixture).environment
                for name in ["alice/open", "alice/closed"] { try await shoal.run("pull", name).expecting(0) }
                let shared = try await share(shoal, ["alice/open", "--license", "mit"])
                #expect(shared.folder.contains("models--alice--open/snapshots/") && shared.files >= 4)
                let closed = try await shoal.run("share", "alice/closed", "--license", "mit", "--no-seed", "--json")
                try requireRefused(closed)
                #expect(closed.output.contains("not_public"))
            }
        }

        @Test("--cleanup asks, says sizes, and leaves the cache and the shared folder alone", .timeLimit(.minutes(1)))
        func cleanup() async throws {
            try await withFixture { fixture in
                let shoal = client(fixture)
                let folder = try await model(fixture)
                _ = try await share(shoal, [folder, "--name", "me/model", "--license", "mit"])
                let asked = try await shoal.run("init", "--cleanup", "--json")
                try requireRefused(asked)
                #expect(FileManager.default.fileExists(atPath: fixture.path("publish/registry")))
                try await shoal.run("init", "--cleanup", "--yes").expecting(0)
                #expect(!FileManager.default.fileExists(atPath: fixture.path("publish")))
                #expect(FileManager.default.fileExists(atPath: folder + "/model.safetensors"))
            }
        }
    }
}
