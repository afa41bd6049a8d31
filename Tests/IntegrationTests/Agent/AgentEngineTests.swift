import Foundation
import TestSupport
import Testing

/// The requests by which programs load models, through the agent.
extension Integration {
    @Suite struct AgentEngineTests {
        enum Engine: String, CaseIterable {
            case transformers, vllm, sglang
        }

        @Test(
            "transformers, vLLM and SGLang load a model", .timeLimit(.minutes(3)), arguments: Engine.allCases,
            PythonLine.allCases)
        func hubClients(_ engine: Engine, _ line: PythonLine) async throws {
            try await withScene { scene in
                let folder = try scene.fixture.directory("source")
                try await SampleModel.writeSafetensors(
                    bytes: 20_000_000, seed: 1400, to: folder + "/model.safetensors")
                try await writeText(#"{"architectures":["Sample"]}"#, to: folder + "/config.json")
                try await writeText(#"{"model_max_length":64}"#, to: folder + "/tokenizer_config.json")
                try await SampleContent.random.write(1_000_000, seed: 1401, to: folder + "/original/7B/old.bin")
                try await scene.shoal.push("alice/model", folder)
                let proxy = try scene.proxy()
                let agent = try await RunningAgent.start(RunningAgent.client(scene.fixture, upstream: proxy.url))
                var python = PythonClient(
                    fixture: scene.fixture, endpoint: agent.url, token: scene.token, home: "engine")
                python.line = line
                try await python.script("engines.py", [engine.rawValue, "alice/model", folder]).expecting(0)
                #expect(!proxy.requests.contains { $0.header("user-agent")?.contains("hf_xet") == true })
                // The weights came by Xet.
                #expect(
                    !proxy.requests.contains {
                        $0.method == "GET" && $0.target.contains("/resolve/") && $0.target.contains("model.safetensors")
                    })
                try await agent.stop()
            }
        }

        @Test(
            "llama.cpp finds a quantisation and gets it, going on where it was cut off", .timeLimit(.minutes(2)),
            arguments: ["new", "old"])
        func llamaCpp(_ line: String) async throws {
            try await withScene { scene in
                let folder = try scene.fixture.directory("source")
                for (name, seed) in [("q/m-Q4_K_M.gguf", 1410), ("m-Q8_0.gguf", 1411), ("mmproj-F16.gguf", 1412)]
                    as [(String, UInt64)]
                {
                    try FileManager.default.createDirectory(
                        atPath: folder + "/q", withIntermediateDirectories: true)
                    try await SampleGGUF.write(tokens: 500, weights: 18_000_000, seed: seed, to: folder + "/" + name)
                }
                try await scene.shoal.push("alice/m-GGUF", folder)
                let agent = try await RunningAgent.start(
                    RunningAgent.client(scene.fixture, upstream: scene.hub.url))
                let python = PythonClient(
                    fixture: scene.fixture, endpoint: agent.url, token: scene.token, home: "llama")
                for (tag, expected) in [("", "q/m-Q4_K_M.gguf"), (":q8_0", "m-Q8_0.gguf")] {
                    let target = scene.fixture.path("out.gguf")
                    let result = try await python.script(
                        "llama_cpp.py", [line, agent.url, "alice/m-GGUF" + tag, target]
                    ).expecting(0)
                    #expect(result.trimmed == expected)
                    #expect(try await difference(between: folder + "/" + expected, and: target) == nil)
                }
                let manifest = try await agent.ask(
                    "/v2/alice/m-GGUF/manifests/latest",
                    headers: ["User-Agent": "llama-cpp", "Authorization": "Bearer \(scene.token)"])
                let projector = try manifest.member("mmprojFile") as? [String: Any]
                #expect(projector?["rfilename"] as? String == "mmproj-F16.gguf")
                try await agent.stop()
            }
        }

        @Test(
            "a hub that sends clients to another host for the bytes is followed by the agent alone",
            .timeLimit(.minutes(1)))
        func redirects() async throws {
            try await withScene { scene in
                let folder = try await scene.pushParts(to: "alice/model", seed: 1420)
                let path = "/alice/model/resolve/main/part0.safetensors"
                let proxy = try scene.proxy()
                let agent = try await RunningAgent.start(RunningAgent.client(scene.fixture, upstream: proxy.url))
                let head = try await scene.fixture.run(
                    Command("/usr/bin/curl", ["-sSI", scene.hub.url + path], label: "curl"))
                let kept = ["x-repo-commit", "x-linked-etag", "x-linked-size", "x-xet-hash", "x-xet-refresh-route"]
                var headers = head.output.split(whereSeparator: \.isNewline).compactMap { line in
                    let parts = line.split(separator: ":", maxSplits: 1).map {
                        $0.trimmingCharacters(in: .whitespaces)
                    }
                    return parts.count == 2 && kept.contains(parts[0].lowercased()) ? (parts[0], parts[1]) : nil
                }
                #expect(headers.count == 5, "\(head.output)")
                // Nobody answers there: whoever goes would fail.
                headers.append(("Location", "http://127.0.0.1:1/xet-bridge/file?X-Amz-Signature=1"))
                proxy.inject(Fault(contains: "/resolve/", .respond(status: 302, headers: headers, body: [])))
                let asked = try await agent.ask(path, method: "HEAD")
                #expect(asked.status == 200 && asked.headers["content-length"] == "3000000")
                #expect(asked.headers["location"] == nil && !asked.headers.keys.contains { $0.hasPrefix("x-xet") })
                let part = try await agent.ask(path, headers: ["Range": "bytes=1000000-1999999"])
                let expected = Array(try readBytes(folder + "/part0.safetensors")[1_000_000..<2_000_000])
                #expect(part.status == 206 && part.body == expected)
                let whole = try await agent.ask(path)
                #expect(whole.status == 200 && whole.isWhole && whole.body.count == 3_000_000)
                try await agent.stop()
            }
        }
    }
}
