import HubWire
import PublishWire
import Testing

@Suite struct SilmarilManifestTests {
    private static let text = """
        {"name": "org/model", "version": "main", "description": "", "license": "MIT",
         "created_at": "2025-08-15T12:00:00.123456789+02:00", "architecture": "LlamaForCausalLM", "model_type": "llama",
         "parameters": 1100000000, "inference_hints": {"min_ram_gb": 4, "context_length": 2048},
         "total_size": 999, "size": 5,
         "files": [{"path": "config.json", "size": 5, "sha256": "\(String(repeating: "AB", count: 32))"},
                   {"path": "onnx/model.onnx", "size": 200000000, "sha256": ""}],
         "magnet_uri": "", "ipfs_cids": {"config.json": "bafy"}, "signature": "bm8="}
        """

    @Test("takes Silmaril's fields and says that hashes are missing")
    func taken() throws {
        let manifest = try ModelManifest.silmaril(json: Array(Self.text.utf8))
        #expect(manifest.isPartial)
        #expect(manifest.name.description == "org/model" && manifest.license == "MIT")
        #expect(manifest.architecture == "LlamaForCausalLM" && manifest.hints.minRAM == 4)
        #expect(manifest.files.map(\.sha256?.count) == [32, nil])
        #expect(manifest.totalSize == 200_000_005)
        #expect(manifest.ipfsCIDs == ["config.json": "bafy"])
        #expect(UTCTime.text(manifest.createdAt) == "2025-08-15T10:00:00Z")
    }

    @Test("is no manifest of Shoal's, and says how to take it in")
    func notOurs() {
        do {
            _ = try ModelManifest(json: Array(Self.text.utf8))
            Issue.record("it was taken")
        } catch {
            #expect(error.code == .missing && error.hint?.contains("registry import") == true)
        }
    }

    @Test("a cloned model has no files; a licence and harmless paths are needed even so")
    func limits() throws {
        let cloned = "{\"name\": \"model\", \"license\": \"MIT\", \"files\": null}"
        #expect(try ModelManifest.silmaril(json: Array(cloned.utf8)).isPartial)
        let free = cloned.replacing("MIT", with: "")
        #expect(
            code { () throws(PublishError) in _ = try ModelManifest.silmaril(json: Array(free.utf8)) }
                == .missingLicense)
        let escape = Self.text.replacing("onnx/", with: "../")
        #expect(
            code { () throws(PublishError) in _ = try ModelManifest.silmaril(json: Array(escape.utf8)) } == .unsafePath)
    }
}
