import Foundation
import TestSupport
import Testing

/// Ollama's way to models, by its own requests, through the agent.
extension Integration {
    @Suite struct AgentRegistryTests {
        private struct Place {
            let scene: Scene
            let proxy: FaultProxy
            let shoal: ShoalClient
            let agent: RunningAgent
            let folder: String

            /// Pulls as Ollama does, as nobody in particular.
            func ollama(_ name: String, to folder: String, cut: Bool = false) async throws -> ProcessResult {
                var python = PythonClient(fixture: scene.fixture, endpoint: agent.url, token: nil, home: "ollama")
                python.environment["PART_BYTES"] = "2000000"
                return try await python.script(
                    "ollama.py", [agent.url, name, scene.fixture.path(folder)] + (cut ? ["cut"] : []))
            }

            func digest(_ name: String) async throws -> String {
                let result = try await scene.fixture.run(
                    Command("/usr/bin/sha256sum", [folder + "/" + name], label: "sha256sum"))
                return String(result.output.prefix(64))
            }
        }

        private func withPlace(
            _ name: String = #function, hub: [String] = [], private isPrivate: Bool = false,
            _ body: (Place) async throws -> Void
        ) async throws {
            try await withScene(name, hub: hub) { scene in
                let folder = try scene.fixture.directory("source")
                try await SampleGGUF.write(
                    tokens: 2000, weights: 40_000_000, seed: 1300, to: folder + "/m-Q4_K_M.gguf")
                try await SampleGGUF.write(tokens: 2000, weights: 3_000_000, seed: 1301, to: folder + "/m-Q8_0.gguf")
                try await writeText("{{ .Prompt }}", to: folder + "/template")
                try await writeText(#"{"stop":["<end>"]}"#, to: folder + "/params")
                try await writeText("Be brief.", to: folder + "/system")
                try await writeText("Do as you like.", to: folder + "/LICENSE")
                try await scene.shoal.run(["push", "alice/m-GGUF", folder] + (isPrivate ? ["--private"] : []))
                    .expecting(0)
                let proxy = try scene.proxy()
                let shoal = RunningAgent.client(scene.fixture, upstream: proxy.url)
                let agent = try await RunningAgent.start(shoal)
                try await body(Place(scene: scene, proxy: proxy, shoal: shoal, agent: agent, folder: folder))
                try await agent.stop()
            }
        }

        private func layers(_ result: ProcessResult) throws -> [String: String] {
            let document = try #require(
                try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
            let layers = try #require(document["layers"] as? [[String: Any]])
            return Dictionary(
                uniqueKeysWithValues: layers.map { layer in
                    let type = (layer["mediaType"] as? String ?? "").split(separator: ".").last.map(String.init)
                    return (type ?? "", layer["digest"] as? String ?? "")
                })
        }

        @Test("a pull with 16 ranges at once, one that was cut off, tags and refusals", .timeLimit(.minutes(3)))
        func pull() async throws {
            try await withPlace { place in
                place.proxy.forget()
                let cut = try await place.ollama("alice/m-GGUF:latest", to: "models", cut: true)
                #expect(cut.code == 3, "\(cut.errors)")
                let result = try await place.ollama("alice/m-GGUF:latest", to: "models").expecting(0)
                #expect(place.proxy.responseBytes < 48_000_000, "\(place.proxy.responseBytes)")
                let found = try layers(result)
                #expect(Set(found.keys) == ["model", "template", "system", "params", "license"])
                let digest = try await place.digest("m-Q4_K_M.gguf")
                #expect(found["model"] == "sha256:" + digest)
                let stored = place.scene.fixture.path("models/sha256-" + digest)
                #expect(try await difference(between: place.folder + "/m-Q4_K_M.gguf", and: stored) == nil)
                #expect(result.output.contains(#""model_family": "qwen3""#))
                #expect(result.output.contains(#""file_type": "Q4_K_M""#))
                let template = place.scene.fixture.path(
                    "models/" + (found["template"] ?? "").replacingOccurrences(of: ":", with: "-"))
                #expect(try String(contentsOfFile: template, encoding: .utf8) == "{{ .Prompt }}")
                // What a GGUF file has came by Xet.
                #expect(
                    !place.proxy.requests.contains {
                        $0.method == "GET" && $0.target.contains("/resolve/") && $0.target.contains(".gguf")
                    })

                let other = try await place.ollama("alice/m-GGUF:q8_0", to: "other").expecting(0)
                let small = try await place.digest("m-Q8_0.gguf")
                #expect(try layers(other)["model"] == "sha256:" + small)
                let missing = try await place.ollama("alice/m-GGUF:Q5_K_M", to: "none")
                #expect(missing.code == 1 && missing.errors.contains("400: "), "\(missing.errors)")
                #expect(missing.errors.contains("Q4_K_M") && missing.errors.contains("Q8_0"))
                let nobody = try await place.ollama("alice/nothing:latest", to: "none")
                #expect(nobody.code == 1 && nobody.errors.contains("404: "), "\(nobody.errors)")
                let root = try await place.agent.ask("/v2/")
                #expect(root.status == 200 && root.headers["docker-distribution-api-version"] == "registry/2.0")
                let unknown = try await place.agent.ask(
                    "/v2/alice/m-GGUF/blobs/sha256:" + String(repeating: "0", count: 64))
                #expect(unknown.status == 404 && unknown.text.contains("BLOB_UNKNOWN"))
                let posted = try await place.agent.ask("/v2/alice/m-GGUF/manifests/latest", method: "PUT", body: "{}")
                #expect(posted.status == 405)
            }
        }

        @Test("wrong bytes make no blob, and once they are right a pull succeeds", .timeLimit(.minutes(3)))
        func corrupt() async throws {
            try await withPlace(hub: TrustMode.provisional.hubArguments) { place in
                let xorbs = try place.scene.hub.xorbFiles().map { ($0, try fileSize($0)) }
                let xorb = try #require(xorbs.max { $0.1 < $1.1 }?.0)
                try flipByte(at: 4_000_000, in: xorb)
                let failed = try await place.ollama("alice/m-GGUF:latest", to: "models")
                #expect(failed.code == 1, "\(failed.output)")
                let digest = try await place.digest("m-Q4_K_M.gguf")
                #expect(!exists(place.scene.fixture.path("models/sha256-" + digest)))
                try flipByte(at: 4_000_000, in: xorb)
                // Parts of a file of which wrong bytes went out are still parts.
                try await place.ollama("alice/m-GGUF:latest", to: "models").expecting(0)
                #expect(exists(place.scene.fixture.path("models/sha256-" + digest)))
            }
        }

        @Test(
            "a hub that is a registry itself is believed, its files come by Xet all the same", .timeLimit(.minutes(2)))
        func upstreamRegistry() async throws {
            try await withPlace { place in
                let digest = try await place.digest("m-Q8_0.gguf")
                let size = try fileSize(place.folder + "/m-Q8_0.gguf")
                let config = #"{"model_format":"gguf","made":"upstream"}"#
                try await writeText(config, to: place.folder + "/config")
                let configDigest = try await place.digest("config")
                let type = "application/vnd.docker.distribution.manifest.v2+json"
                let manifest =
                    #"{"schemaVersion":2,"mediaType":"\#(type)","config":{"digest":"sha256:\#(configDigest)","#
                    + #""size":\#(config.utf8.count)},"layers":[{"mediaType":"application/vnd.ollama.image.model","#
                    + #""digest":"sha256:\#(digest)","size":\#(size)}]}"#
                place.proxy.inject(
                    Fault(
                        contains: "/manifests/latest",
                        .respond(status: 200, headers: [("Content-Type", type)], body: Array(manifest.utf8))))
                // Ranges of a text that short are the text.
                for (method, status) in [("HEAD", 200), ("GET", 200)] {
                    place.proxy.inject(
                        Fault(
                            method: method, contains: configDigest, times: 1,
                            .respond(status: status, headers: [], body: Array(config.utf8))))
                }
                place.proxy.inject(
                    Fault(
                        contains: configDigest,
                        .respond(
                            status: 206,
                            headers: [("Content-Range", "bytes 0-\(config.utf8.count - 1)/\(config.utf8.count)")],
                            body: Array(config.utf8))))
                let result = try await place.ollama("alice/m-GGUF:latest", to: "models").expecting(0)
                #expect(result.output.contains(#""made": "upstream""#))
                #expect(!place.proxy.requests.contains { $0.target.contains("/blobs/sha256:" + digest) })
                let stored = place.scene.fixture.path("models/sha256-" + digest)
                #expect(try await difference(between: place.folder + "/m-Q8_0.gguf", and: stored) == nil)
            }
        }

        @Test("while the hub is away, what the cache has is served", .timeLimit(.minutes(2)))
        func offline() async throws {
            try await withPlace { place in
                var user = place.shoal
                user.token = place.scene.token
                _ = try await user.pull("alice/m-GGUF")
                try await place.scene.hub.stop()
                try await place.ollama("alice/m-GGUF:Q4_K_M", to: "models").expecting(0)
                let digest = try await place.digest("m-Q4_K_M.gguf")
                let stored = place.scene.fixture.path("models/sha256-" + digest)
                #expect(try await difference(between: place.folder + "/m-Q4_K_M.gguf", and: stored) == nil)
                let nobody = try await place.ollama("alice/other:latest", to: "none")
                #expect(nobody.code == 1 && nobody.errors.contains("504: "), "\(nobody.errors)")
            }
        }

        @Test("private models are shown to those alone who may read them", .timeLimit(.minutes(2)))
        func privacy() async throws {
            try await withPlace(private: true) { place in
                let digest = try await place.digest("m-Q8_0.gguf")
                let (manifest, blob) = ("/v2/alice/m-GGUF/manifests/Q8_0", "/v2/alice/m-GGUF/blobs/sha256:\(digest)")
                let bearer = ["Authorization": "Bearer \(place.scene.token)"]
                let mine = try await place.agent.ask(manifest, headers: bearer)
                #expect(mine.status == 200)
                let config = try #require((try mine.member("config") as? [String: Any])?["digest"] as? String)
                let whole = try await place.agent.ask(blob, headers: bearer)
                let size = try fileSize(place.folder + "/m-Q8_0.gguf")
                #expect(whole.status == 200 && whole.body.count == size)
                let stranger = try await place.scene.hub.token(user: "mallory")
                for headers in [[:], ["Authorization": "Bearer \(stranger)"]] {
                    for path in [manifest, blob, "/v2/alice/m-GGUF/blobs/\(config)"] {
                        let reply = try await place.agent.ask(path, headers: headers)
                        #expect((400..<500).contains(reply.status) && reply.body.count < 1000, "\(path): \(reply.text)")
                    }
                }
                let made = try await place.agent.ask("/v2/alice/m-GGUF/blobs/\(config)", headers: bearer)
                #expect(made.status == 200 && made.text.contains("gguf"))
            }
        }
    }
}
