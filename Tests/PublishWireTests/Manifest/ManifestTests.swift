import HubWire
import PublishWire
import Testing

@Suite struct ManifestTests {
    @Test("reads what it writes, and writes the same bytes again")
    func roundTrip() throws {
        let manifest = try SampleManifest.full()
        let bytes = manifest.encoded()
        let again = try ModelManifest(json: bytes)
        #expect(again == manifest)
        #expect(again.encoded() == bytes)
    }

    @Test("the bytes do not depend on the order of the files")
    func stable() throws {
        var manifest = try SampleManifest.full()
        let bytes = manifest.encoded()
        manifest.files.reverse()
        #expect(manifest.encoded() == bytes)
    }

    @Test("looks as documented")
    func documentedExample() throws {
        #expect(String(decoding: try SampleManifest.small().encoded(), as: UTF8.self) == SampleManifest.smallText)
    }

    @Test("takes fields that are not known, null for what is not there, and numbers in any form")
    func tolerance() throws {
        let text = SampleManifest.smallText
            .replacing("\"kind\": \"model\"", with: "\"kind\": \"model\", \"later\": {\"a\": [1.5e3, null, true]}")
            .replacing("\"total_size\": 12", with: "\"total_size\": 1.2e1, \"parameters\": null, \"ipfs_cids\": null")
        #expect(try ModelManifest(json: Array(text.utf8)) == SampleManifest.small())
    }

    @Test("times of any zone become seconds since 1970")
    func times() {
        #expect(UTCTime.seconds("1970-01-01T00:00:00Z") == 0)
        #expect(UTCTime.seconds("2025-08-15T12:00:00.123456789+02:00") == UTCTime.seconds("2025-08-15T10:00:00Z"))
        #expect(UTCTime.text(1_795_000_000) == "2026-11-18T11:06:40Z")
        for text in ["2025-02-29T00:00:00Z", "2025-13-01T00:00:00Z", "2025-01-01", "2025-01-01T24:00:00Z", "", "x"] {
            #expect(UTCTime.seconds(text) == nil, "\(text)")
        }
        for seconds in stride(from: Int64(0), through: Times.latest, by: 86_400 * 373 + 12_345) {
            #expect(UTCTime.seconds(UTCTime.text(seconds)) == seconds)
        }
        #expect(UTCTime.seconds("2024-02-29T23:59:59Z") == 1_709_251_199)
    }

    @Test("agrees with its torrent, or says where not")
    func torrent() throws {
        let files = [
            TorrentDraft.File("config.json", size: 16_384), .init("shoal-manifest.json", size: 16_384),
            .init("shoal-manifest.sig", size: 16_384), .init("weights", size: 20_000),
        ]
        let torrent = try Metainfo(TorrentDraft.hybrid(files).bytes)
        var manifest = try SampleManifest.small()
        manifest.files = try [files[0], files[3]].map { file in
            var entry = ModelManifest.File(
                path: try TorrentPath(file.path), size: file.size, sha256: [UInt8](repeating: 1, count: 32))
            entry.piecesRoot = file.root
            return entry
        }
        try manifest.check(against: torrent)
        var cases = [manifest, manifest, manifest, manifest]
        cases[0].files.removeLast()
        cases[1].files[1].size += 1
        cases[2].files[1].piecesRoot?[0] ^= 1
        cases[3].files.append(
            ModelManifest.File(path: try TorrentPath("zzz"), size: 1, sha256: [UInt8](repeating: 1, count: 32)))
        for wrong in cases {
            #expect(code { () throws(PublishError) in try wrong.check(against: torrent) } == .inconsistent)
        }
    }
}

enum SampleManifest {
    private static let hash = String(repeating: "0f", count: 32)

    static let smallText = """
        {
          "schema": "shoal-manifest/1",
          "kind": "model",
          "name": "org/model",
          "version": "main",
          "description": "",
          "license": "apache-2.0",
          "created_at": "2026-11-18T11:06:40Z",
          "total_size": 12,
          "files": [
            {"path": "config.json", "size": 12, "sha256": "\(hash)"}
          ]
        }

        """

    static func small() throws -> ModelManifest {
        let file = ModelManifest.File(
            path: try TorrentPath("config.json"), size: 12, sha256: Hex.decode(hash, count: 32))
        return ModelManifest(
            name: try #require(RepoID("org/model")), license: "apache-2.0", createdAt: 1_795_000_000, files: [file])
    }

    static func full() throws -> ModelManifest {
        var manifest = try small()
        manifest.kind = .dataset
        manifest.version = "2.0"
        manifest.revision = String(repeating: "ab", count: 20)
        manifest.description = "Two lines,\n\t\"quotes\", \\ and \u{6A21}\u{578B}"
        manifest.architecture = "LlamaForCausalLM"
        manifest.modelType = "llama"
        manifest.parameters = 7_000_000_000
        manifest.quantization = "Q4_K_M"
        manifest.quantizations = ["Q4_K_M", "Q8_0"]
        manifest.formats = ["gguf", "safetensors"]
        manifest.tags = ["text-generation", "\u{E9}"]
        manifest.hints.minRAM = 5
        manifest.hints.minVRAM = 6
        manifest.hints.recommendedGPUs = ["any"]
        manifest.hints.contextLength = 4_096
        manifest.hints.tokenizerType = "LlamaTokenizer"
        manifest.source = ModelManifest.Source(
            endpoint: "https://127.0.0.1:8080", repo: try #require(RepoID("org/model")),
            commit: String(repeating: "cd", count: 20))
        manifest.webSeeds = ["https://127.0.0.1/org/model/resolve/"]
        manifest.publisher = TestKeys.identity.publicKey
        manifest.ipfsCIDs = ["config.json": "bafy", "a": "bafz"]
        var file = ModelManifest.File(
            path: try TorrentPath("onnx/model.onnx"), size: 1 << 40, sha256: [UInt8](repeating: 3, count: 32))
        file.gitOID = [UInt8](repeating: 4, count: 20)
        file.xetHash = String(repeating: "5a", count: 32)
        file.piecesRoot = [UInt8](repeating: 6, count: 32)
        manifest.files.append(file)
        return manifest
    }
}
