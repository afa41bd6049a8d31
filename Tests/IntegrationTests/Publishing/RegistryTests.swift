import Foundation
import TestSupport
import Testing

extension Integration {
    /// `shoal registry`: manifests that go out and come in, and a registry that is found again.
    @Suite struct RegistryTests {
        private struct Imported: Decodable {
            var name: String?
            var outcome: String
            var info_hash_v2: String?
            var missing: [String]?
        }

        private struct Rebuilt: Decodable {
            var kept: [String]
            var restored: [String]
            var faults: [String]
        }

        private func takeIn(_ node: PublishNode, _ path: String) async throws -> [Imported] {
            let result = try await node.shoal.run("registry", "import", path, "--json").expecting(0)
            return try JSONDecoder().decode([Imported].self, from: Data(result.output.utf8))
        }

        private func rebuild(_ node: PublishNode) async throws -> Rebuilt {
            let result = try await node.shoal.run("registry", "rebuild", "--json").expecting(0)
            return try JSONDecoder().decode(Rebuilt.self, from: Data(result.output.utf8))
        }

        @Test("a manifest goes out and comes in: the same torrent, the same publisher", .timeLimit(.minutes(2)))
        func roundTrip() async throws {
            try await withFixture("registry-trip") { fixture in
                let giver = try PublishNode(fixture, "giver")
                let folder = try fixture.directory("model")
                try await PublishSample.write(to: folder, seed: 160, size: 600_000)
                let shared = try await giver.share(folder, "--name", "ann/model", "--no-seed")
                let file = folder + "/manifest.json"
                try await giver.shoal.run("registry", "export", "ann/model", "-o", file).expecting(0)
                #expect(exists(folder + "/manifest.sig"))

                let taker = try PublishNode(fixture, "taker")
                let imported = try await takeIn(taker, file)
                #expect(imported.map(\.outcome) == ["shared"] && imported.first?.name == "ann/model@main")
                #expect(imported.first?.info_hash_v2 == shared.info_hash_v2)
                let printed = try await taker.shoal.run("registry", "export", "ann/model").expecting(0).output
                #expect(try Array(printed.utf8) == readBytes(file))

                // Elsewhere, without the files, it is kept; and one that was changed is not.
                let other = try PublishNode(fixture, "other")
                let alone = try fixture.directory("alone")
                for name in ["manifest.json", "manifest.sig"] {
                    try FileManager.default.copyItem(atPath: "\(folder)/\(name)", toPath: "\(alone)/\(name)")
                }
                let kept = try await takeIn(other, alone + "/manifest.json")
                #expect(kept.map(\.outcome) == ["kept"] && kept.first?.missing?.contains("onnx/model.onnx") == true)
                let changed = printed.replacingOccurrences(of: "\"mit\"", with: "\"cc0\"")
                try await writeText(changed, to: alone + "/manifest.json")
                try await other.refuses("wrong_signature", ["registry", "import", alone + "/manifest.json"])
                try await other.refuses("local_file", ["registry", "import", fixture.path("absent.json")])
            }
        }

        @Test("Silmaril's manifests are taken in, hashes and all", .timeLimit(.minutes(2)))
        func silmaril() async throws {
            try await withFixture("registry-silmaril") { fixture in
                let node = try PublishNode(fixture, "node")
                let folder = try fixture.directory("models/org/model")
                try await SampleContent.random.write(300_000, seed: 170, to: folder + "/model.safetensors")
                try await writeText(#"{"model_type": "llama"}"#, to: folder + "/config.json")
                let hashes = try await fixture.run(
                    Command("/usr/bin/sha256sum", [folder + "/config.json", folder + "/model.safetensors"])
                ).expecting(0).output.split(separator: "\n").map { String($0.prefix(64)) }
                func write(_ first: String) async throws {
                    // The weights have no hash where they are large: Silmaril leaves it out from 100 MB on.
                    let text = """
                        {"name": "org/model", "version": "1.0", "description": "A model", "license": "apache-2.0",
                         "created_at": "2025-08-15T10:00:00Z", "architecture": "LlamaForCausalLM", "model_type": "llama",
                         "parameters": 1000, "inference_hints": {"min_ram_gb": 2, "context_length": 4096},
                         "total_size": 300023, "files": [
                          {"path": "config.json", "size": 23, "sha256": "\(first)"},
                          {"path": "model.safetensors", "size": 300000, "sha256": "\(hashes[1])"}],
                         "magnet_uri": ""}
                        """
                    try await writeText(text, to: folder + "/.silmaril.json")
                }
                try await write(String(repeating: "0", count: 64))
                try requireRefused(try await node.shoal.run("registry", "import", folder + "/.silmaril.json", "--json"))
                #expect(try await node.shoal.run("list", "--json").expecting(0).trimmed == "[]")

                try await write(hashes[0])
                let imported = try await takeIn(node, fixture.path("models"))
                #expect(imported.map(\.outcome) == ["shared"] && imported.first?.name == "org/model@1.0")
                let manifest = try await node.shoal.run("registry", "export", "org/model@1.0").expecting(0).output
                for word in ["shoal-manifest/1", "apache-2.0", "LlamaForCausalLM", hashes[1], "A model"] {
                    #expect(manifest.contains(word), "\(word) in \(manifest)")
                }
                #expect(!manifest.contains(".silmaril.json"))
            }
        }

        @Test("entries that are lost or damaged are made anew, for every version", .timeLimit(.minutes(2)))
        func rebuilt() async throws {
            try await withFixture("registry-rebuild") { fixture in
                let giver = try PublishNode(fixture, "giver")
                let taker = try PublishNode(fixture, "taker")
                let folder = try fixture.directory("model")
                try await PublishSample.write(to: folder, seed: 180, size: 600_000)
                let first = try await giver.share(folder, "--name", "ann/model")
                try await SampleContent.random.write(9_000, seed: 189, to: folder + "-2/new.bin")
                let second = try await giver.share(folder + "-2", "--name", "ann/model", "--version", "2.0")
                let (agent, address) = try await giver.startAgent()
                for shared in [first, second] {
                    _ = try await taker.get(shared.torrent, "--peer", address, "--no-seed")
                }
                try await agent.stop()

                let place = taker.publishFolder + "/registry/ann/model"
                let entries = [place + "/main/entry.json", place + "/2.0/entry.json"]
                #expect(try await rebuild(taker).kept.sorted() == ["ann/model@2.0", "ann/model@main"])
                try FileManager.default.removeItem(atPath: entries[0])
                try await writeText("{", to: entries[1])
                let mended = try await rebuild(taker)
                #expect(mended.restored.sorted() == ["ann/model@2.0", "ann/model@main"], "\(mended)")
                #expect(mended.faults.isEmpty, "\(mended.faults)")
                let list = try await taker.shoal.run("list", "--json").expecting(0).output
                for hash in [first.info_hash_v2, second.info_hash_v2] {
                    #expect(list.contains(try #require(hash)), "\(list)")
                }
                #expect(list.contains(try #require(first.publisher)))

                // A model whose files are gone is said to be out of order.
                try removeTree(taker.publishFolder + "/models/ann/model")
                try FileManager.default.removeItem(atPath: entries[0])
                let lost = try await rebuild(taker)
                #expect(lost.faults.count == 1 && lost.faults.first?.contains("ann/model@main") == true, "\(lost)")

                try requireRefused(try await taker.shoal.run("registry", "rm", "ann/model@2.0", "--json"))
                try await taker.shoal.run("registry", "rm", "ann/model@2.0", "--yes").expecting(0)
                #expect(exists(taker.publishFolder + "/models/ann/model@2.0/new.bin"))
                #expect(try await taker.shoal.run("list", "--json").expecting(0).trimmed == "[]")
            }
        }
    }
}
