import PublishWire
import TestSupport
import Testing

/// Manifests that somebody made to do harm, or that are damaged.
@Suite struct HostileManifestTests {
    private func fault(_ text: String) -> PublishError.Code? {
        code { () throws(PublishError) in _ = try ModelManifest(json: Array(text.utf8)) }
    }

    /// The small manifest with one part changed.
    private func fault(_ part: String, _ other: String) -> PublishError.Code? {
        #expect(SampleManifest.smallText.contains(part))
        return fault(SampleManifest.smallText.replacing(part, with: other))
    }

    private static let file =
        "{\"path\": \"config.json\", \"size\": 12, \"sha256\": \"\(String(repeating: "0f", count: 32))\"}"

    @Test("refuses what is no JSON")
    func noJSON() {
        for text in [
            "", "null", "[]", "{", "{}x", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{'a':1}", "{\"a\":01}", "{\"a\":1.}",
            "{\"a\":\"\\x\"}", "{\"a\":\"\\ud800\"}", "{\"a\":\"\\ud800\\u0041\"}", "{\"a\":\"\n\"}", "{\"a\":nul}",
            "{\"a\":NaN}", "{\"a\":-}", "{\"a\":[1 2]}", "{\"a\":tru", "{\"a\":\"b", "{\"a\":1,\"a\":2}", "\u{FEFF}{}",
        ] {
            #expect(fault(text) == .malformed, "\(text)")
        }
        #expect(
            code { () throws(PublishError) in _ = try ModelManifest(json: [0x7B, 0x22, 0xFF, 0x22]) } == .malformed)
        let text = Array(SampleManifest.smallText.utf8.dropLast(2))
        for length in 0..<text.count {
            let part = Array(text.prefix(length))
            #expect(code { () throws(PublishError) in _ = try ModelManifest(json: part) } == .malformed)
        }
    }

    @Test("refuses a field that is there twice, for readers differ about which counts")
    func twice() {
        #expect(fault("\"kind\": \"model\"", "\"kind\": \"model\", \"license\": \"mit\"") == .malformed)
        #expect(fault("\"size\": 12", "\"size\": 12, \"size\": 12") == .malformed)
        #expect(fault("\"size\": 12", "\"size\": 12, \"\\u0073ize\": 13") == .malformed)
    }

    @Test("refuses bombs")
    func bombs() {
        let deep = String(repeating: "[", count: 100_000)
        #expect(fault("{\"a\":" + deep) == .tooLarge)
        let blank = [UInt8](repeating: 0x20, count: ModelManifest.largest + 1)
        #expect(code { () throws(PublishError) in _ = try ModelManifest(json: blank) } == .tooLarge)
        #expect(
            fault("\"description\": \"\"", "\"description\": \"\(String(repeating: "x", count: 65_537))\"") == .tooLarge
        )
        let tags = Array(repeating: "\"x\"", count: 257).joined(separator: ",")
        #expect(fault("\"kind\": \"model\"", "\"kind\": \"model\", \"tags\": [\(tags)]") == .tooLarge)
    }

    @Test("refuses paths that lead out or collide", arguments: HostileNames.all.filter { $0 != "a/b" })
    func paths(name: String) {
        let escaped = name.unicodeScalars.map { scalar in
            let digits = String(scalar.value, radix: 16)
            return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        }.joined()
        #expect(fault("\"path\": \"config.json\"", "\"path\": \"a/\(escaped)\"") == .unsafePath)
    }

    @Test("refuses names that are one on some systems, and its own")
    func collisions() {
        for name in ["config.json", "CONFIG.json", "config.json/x", "shoal-manifest.json", "Shoal-Manifest.SIG"] {
            let other = Self.file.replacing("config.json", with: name)
            let text = SampleManifest.smallText
                .replacing(Self.file, with: Self.file + "," + other).replacing(
                    "\"total_size\": 12", with: "\"total_size\": 24")
            #expect(fault(text) == .nameCollision, "\(name)")
        }
    }

    @Test(
        "refuses what lacks something that matters, or has it wrong",
        arguments: [
            ("\"license\": \"apache-2.0\"", "\"license\": \"\"", PublishError.Code.missingLicense),
            ("\"license\": \"apache-2.0\"", "\"licence\": \"apache-2.0\"", .missingLicense),
            ("\"license\": \"apache-2.0\"", "\"license\": null", .missingLicense),
            ("\"license\": \"apache-2.0\"", "\"license\": 3", .malformed),
            ("\"license\": \"apache-2.0\"", "\"license\": \"a\\u001b[2J\"", .malformed),
            ("\"schema\": \"shoal-manifest/1\"", "\"schema\": \"shoal-manifest/2\"", .unsupported),
            ("\"schema\": \"shoal-manifest/1\"", "\"x\": 1", .missing),
            ("\"kind\": \"model\"", "\"kind\": \"space\"", .unsupported),
            ("\"name\": \"org/model\"", "\"name\": \"model\"", .malformed),
            ("\"name\": \"org/model\"", "\"name\": \"../model\"", .malformed),
            ("\"name\": \"org/model\"", "\"nam\": \"org/model\"", .missing),
            ("\"created_at\": \"2026-11-18T11:06:40Z\"", "\"created_at\": \"yesterday\"", .malformed),
            ("\"created_at\": \"2026-11-18T11:06:40Z\"", "\"created\": 1", .missing),
            ("\"total_size\": 12", "\"total_size\": 13", .inconsistent),
            ("\"total_size\": 12", "\"x\": 13", .inconsistent),
            ("\"size\": 12", "\"size\": -12", .malformed), ("\"size\": 12", "\"size\": 1.5", .malformed),
            ("\"size\": 12", "\"size\": 99999999999999999999", .malformed),
            ("\"size\": 12", "\"size\": 1e400", .malformed),
            ("\"size\": 12", "\"size\": 1125899906842625", .malformed),
            ("\"size\": 12", "\"size\": \"12\"", .malformed),
            ("\"sha256\": \"0f", "\"sha256\": \"0", .malformed), ("\"sha256\": \"0f", "\"sha256\": \"zz", .malformed),
            ("\"sha256\"", "\"sha512\"", .missing), ("\"sha256\"", "\"git_oid\": \"00\", \"sha256\"", .malformed),
            ("\"path\": \"config.json\"", "\"path\": \"\"", .unsafePath), ("\"path\"", "\"pfad\"", .malformed),
            ("\"files\"", "\"fils\"", .missing), ("\"kind\": \"model\"", "\"publisher\": \"abc\"", .malformed),
            ("\"kind\": \"model\"", "\"source\": {\"endpoint\": \"https://a\"}", .malformed),
            ("\"kind\": \"model\"", "\"source\": {\"endpoint\": \"file:///etc\"}", .malformed),
            ("\"kind\": \"model\"", "\"revision\": \"main\"", .malformed),
            ("\"kind\": \"model\"", "\"magnet_uri\": \"http://x\"", .malformed),
            ("\"kind\": \"model\"", "\"parameters\": -1", .malformed),
        ] as [(String, String, PublishError.Code)])
    func fields(part: String, other: String, expected: PublishError.Code) {
        #expect(fault(part, other) == expected)
    }

    @Test("refuses a list of no files")
    func empty() {
        let text = SampleManifest.smallText
            .replacing(Self.file, with: "").replacing("\"total_size\": 12", with: "\"total_size\": 0")
        #expect(fault(text) == .missing)
    }

    @Test("damaged manifests are refused or read; what is read is harmless and can be written")
    func fuzz() throws {
        var generator = SplitMix64(seed: announcedSeed())
        let samples = [try SampleManifest.full().encoded(), try SampleManifest.small().encoded()]
        var taken = 0
        for round in 0..<20_000 {
            let bytes = Mutation.apply(to: samples[round % 2], &generator)
            if round % 4 == 0 { _ = try? ModelManifest.silmaril(json: bytes) }
            guard let manifest = try? ModelManifest(json: bytes) else { continue }
            taken += 1
            #expect(try ModelManifest(json: manifest.encoded()) == manifest)
            #expect(!manifest.files.contains { $0.path.components.contains("..") })
        }
        #expect(taken > 0)
    }
}
