import Foundation
import TestSupport
import Testing

/// Looking into models before fetching them, and choosing what to fetch.
extension Integration {
    @Suite struct ModelInfoTests {
        private func json(_ result: ProcessResult) throws -> NSDictionary {
            try #require(
                try JSONSerialization.jsonObject(with: Data(result.expecting(0).output.utf8)) as? NSDictionary)
        }

        private func weights(_ report: NSDictionary) throws -> [NSDictionary] {
            try #require(report["weights"] as? [NSDictionary], "\(report)")
        }

        @Test("safetensors tell their parameters for a few hundred kilobytes", .timeLimit(.minutes(1)))
        func safetensors() async throws {
            try await withScene { scene in
                let folder = try scene.fixture.directory("source")
                try await SampleModel.writeSafetensors(bytes: 40 << 20, seed: 3, to: folder + "/model-1.safetensors")
                try await SampleModel.writeSafetensors(bytes: 20 << 20, seed: 4, to: folder + "/model-2.safetensors")
                let index = #"{"metadata":{},"weight_map":{"a":"model-1.safetensors","b":"model-2.safetensors"}}"#
                try await writeText(index, to: folder + "/model.safetensors.index.json")
                try await writeText("---\nlicense: mit\n---\n# Model", to: folder + "/README.md")
                try await scene.shoal.push("alice/model", folder)
                let local = try json(try await scene.shoal.run("info", folder, "--json"))
                let proxy = try scene.proxy()
                let shoal = scene.freshShoal("info", through: proxy)
                let remote = try json(try await shoal.run("info", "alice/model", "--json"))
                #expect(proxy.responseBytes < 2 << 20, "\(proxy.responseBytes) bytes for headers")
                #expect(remote["license"] as? String == "mit" && local["license"] as? String == "mit")
                let all = try weights(remote)
                #expect(all.count == 1 && all[0]["path"] as? String == "model.safetensors.index.json")
                #expect(all[0]["error"] == nil)
                #expect((all[0]["parameter_count"] as? Int ?? 0) > 10 << 20, "\(all[0])")
                #expect(try weights(local) == all)

                let one = try json(try await shoal.run("info", "alice/model", "model-2.safetensors", "--json"))
                #expect(try weights(one).count == 1)
                let text = try await shoal.run("info", "alice/model").expecting(0).output
                #expect(text.contains("licence") && text.contains("model.safetensors.index.json"), "\(text)")
                try requireRefused(try await shoal.run("info", "alice/model", "none.gguf"))
                try requireRefused(try await shoal.run("info", "./nothing-here"))
            }
        }

        @Test("a GGUF repository lists its quantisations, and one of them is pulled", .timeLimit(.minutes(1)))
        func quants() async throws {
            try await withScene { scene in
                let folder = try scene.fixture.directory("source")
                // Its header alone has several megabytes.
                try await SampleGGUF.write(tokens: 150_000, weights: 8 << 20, seed: 5, to: folder + "/m-Q4_K_M.gguf")
                for part in 1...2 {
                    try await SampleGGUF.write(
                        tokens: 100, weights: 3 << 20, seed: UInt64(part),
                        to: folder + "/Q8_0/m-Q8_0-0000\(part)-of-00002.gguf")
                }
                for name in ["mmproj-f16.gguf", "imatrix.dat", "config.json", "README.md", "extra/notes.txt"] {
                    try await writeText(name, to: folder + "/" + name)
                }
                try await scene.shoal.push("alice/model", folder)
                let proxy = try scene.proxy()
                let shoal = scene.freshShoal("info", through: proxy)
                let report = try json(try await shoal.run("info", "alice/model", "--json"))
                #expect(proxy.responseBytes < 2 << 20, "\(proxy.responseBytes) bytes for a header")
                let quants = try #require(report["quants"] as? [NSDictionary])
                #expect(quants.compactMap { $0["label"] as? String } == ["Q8_0", "Q4_K_M"])
                let brief = try #require(try weights(report).first?["gguf"] as? NSDictionary)
                #expect(brief["architecture"] as? String == "qwen3" && brief["context_length"] as? Int == 40_960)

                let file = try json(try await shoal.run("info", "alice/model", "m-Q4_K_M.gguf", "--json"))
                let whole = try #require(try weights(file).first)
                #expect(whole["parameters"] as? [String: Int] == ["Q4_K": 4096 * 16])
                #expect((whole["gguf"] as? NSDictionary)?["vocabulary_size"] as? Int == 150_000)
                let here = try json(try await shoal.run("info", folder + "/m-Q4_K_M.gguf", "--json"))
                #expect(try weights(here).first?["parameters"] as? NSDictionary == whole["parameters"] as? NSDictionary)

                for (words, expected) in [
                    (
                        ["alice/model", "--quant", "q8_0"],
                        ["Q8_0/m-Q8_0-00001-of-00002.gguf", "Q8_0/m-Q8_0-00002-of-00002.gguf"]
                    ),
                    (["alice/model:Q4_K_M"], ["m-Q4_K_M.gguf"]),
                    (
                        ["hf://alice/model:Q4_K_M", "--exclude", "mmproj*", "--include", "extra/*"],
                        ["extra/notes.txt", "m-Q4_K_M.gguf"]
                    ),
                ] {
                    let target = scene.fixture.path("quant-\(expected.count)-\(words.count)")
                    _ = try await shoal.run(["pull"] + words + ["--local-dir", target]).expecting(0)
                    let got = try filesBelow(target).map { String($0.dropFirst(target.count + 1)) }
                        .filter { !$0.hasPrefix(".cache/") && $0 != ".gitattributes" }
                    let companions =
                        ["README.md", "config.json"] + (words.contains("--exclude") ? [] : ["mmproj-f16.gguf"])
                    #expect(Set(got) == Set(expected + companions), "\(words): \(got)")
                }
                let missing = try await shoal.run("pull", "alice/model", "--quant", "Q5_K_M")
                try requireRefused(missing)
                #expect(missing.errors.contains("Q8_0, Q4_K_M"))
                try requireRefused(try await shoal.run("pull", "alice/model:Q4_K_M", "--quant", "Q8_0"), code: 2)
                try requireRefused(
                    try await shoal.run("pull", "alice/model", "README.md", "--quant", "Q8_0"), code: 2)
            }
        }

        @Test("a plan says what is here and what would come from where", .timeLimit(.minutes(1)))
        func plan() async throws {
            try await withScene { scene in
                let folder = try scene.fixture.directory("source")
                try await SampleContent.random.write(12 << 20, seed: 7, to: folder + "/model.bin")
                try await writeText("hello", to: folder + "/config.json")
                try await scene.shoal.push("alice/model", folder)
                try await scene.shoal.push("alice/twin", folder)
                let proxy = try scene.proxy()
                let shoal = scene.freshShoal("plan", through: proxy)
                func plan(_ repo: String, _ more: String...) async throws -> (sources: [String: Int], network: Int) {
                    let report = try json(try await shoal.run(["pull", repo, "--plan", "--json"] + more))
                    let sources = try #require(report["sources"] as? [String: Int])
                    #expect(sources.values.reduce(0, +) == report["bytes"] as? Int)
                    return (sources, report["network_bytes"] as? Int ?? -1)
                }
                let fresh = try await plan("alice/model")
                #expect(fresh.sources["hub"] == fresh.network && fresh.network > 12 << 20)
                #expect(!exists(shoal.cache), "a plan wrote something")

                proxy.limit(bytesPerSecond: 4 << 20)
                let pull = try shoal.start("pull", "alice/model")
                try await pull.wait(until: "some bytes") { _ in proxy.responseBytes > 6 << 20 }
                pull.signal(SIGKILL)
                _ = try await pull.wait()
                proxy.limit(bytesPerSecond: nil)
                let resumed = try await plan("alice/model")
                #expect((resumed.sources["partial"] ?? 0) > 1 << 20, "\(resumed)")
                proxy.forget()
                _ = try await shoal.pull("alice/model")
                #expect(proxy.responseBytes < resumed.network + (1 << 20), "\(proxy.responseBytes) \(resumed)")

                let done = try await plan("alice/model")
                #expect(done.network == 0 && done.sources["in_place"] == fresh.network)
                let twin = try await plan("alice/twin")
                #expect(twin.sources["shared_store"] == 12 << 20, "\(twin)")
                let plain = try await plan("alice/model", "--local-dir", scene.fixture.path("plain"))
                #expect(plain.network == 0 && (plain.sources["cache"] ?? 0) > 12 << 20)
                let forced = try await plan("alice/model", "--force-download")
                #expect(forced.network == fresh.network)
                let table = try await shoal.run("pull", "alice/twin", "--plan").expecting(0).output
                #expect(table.contains("shared with models--alice--model"), "\(table)")
            }
        }
    }
}
