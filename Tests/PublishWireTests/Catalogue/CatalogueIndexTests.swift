import PublishWire
import Testing

@Suite struct CatalogueIndexTests {
    private func sign(_ bytes: [UInt8], by key: SigningKey = TestKeys.operating) throws -> DetachedSignature {
        try DetachedSignature(of: bytes, domain: .index, by: key, delegation: try TestKeys.delegation(to: key))
    }

    private func read(_ text: String, identity: SigningKey = TestKeys.identity) throws -> CatalogueIndex {
        let bytes = Array(text.utf8)
        return try CatalogueIndex(bytes, signature: try sign(bytes))
    }

    @Test("an index survives its encoding, with every field")
    func coding() throws {
        let rotation = try Rotation(from: TestKeys.other, to: TestKeys.identity, epoch: 1, time: TestKeys.now)
        let entries = [
            try TestEntries.entry("zoo/small"), try TestEntries.full(), try TestEntries.entry("datasets/acme/data"),
            try TestEntries.entry("zoo/small", revision: "old", published: TestKeys.now - 9),
        ]
        let index = try CatalogueIndex(
            publisher: TestKeys.identity.publicKey, label: PublisherLabel("Acme"), created: TestKeys.now,
            rotations: [rotation], entries: entries)
        let bytes = try index.encoded()
        let read = try CatalogueIndex(bytes, signature: try sign(bytes))
        #expect(read == index)
        #expect(try read.encoded() == bytes)
        #expect(read.newest.map(\.id.description) == ["acme/Llama-3.1-8B-GGUF", "datasets/acme/data", "zoo/small"])
        #expect(read.newest.last?.revision == "main")
        #expect(String(decoding: bytes, as: UTF8.self).split(separator: "\n").count == 5)
    }

    @Test("nobody else's signature counts, nor one over other bytes")
    func signatures() throws {
        let bytes = try TestEntries.index([try TestEntries.full()]).encoded()
        let signature = try sign(bytes)
        var changed = bytes
        changed[bytes.count - 10] ^= 1
        expectFault(.wrongSignature) { _ = try CatalogueIndex(changed, signature: signature) }
        expectFault(.wrongSignature) { _ = try CatalogueIndex(bytes + [10], signature: signature) }
        let other = try DetachedSignature(
            of: bytes, domain: .index, by: TestKeys.operating, delegation: try TestKeys.delegation(from: TestKeys.other)
        )
        expectFault(.wrongStatement) { _ = try CatalogueIndex(bytes, signature: other) }
        expectFault(.wrongStatement) {
            _ = try CatalogueIndex(bytes, signature: signature, expected: TestKeys.other.publicKey)
        }
    }

    @Test("the largest entry fits into a line")
    func largestEntry() throws {
        var entry = try TestEntries.full()
        let text = String(repeating: "\"", count: 64)
        entry.tags = [String](repeating: text, count: 64)
        entry.quantizations = [String](repeating: text, count: 32)
        entry.formats = [String](repeating: text, count: 16)
        entry.xet = (0..<16).map { _ in
            CatalogueEntry.XetHint(path: String(repeating: "\\", count: 1_024), hash: String(repeating: "0", count: 64))
        }
        let bytes = try TestEntries.index([entry]).encoded()
        #expect(try CatalogueIndex(bytes, signature: try sign(bytes)).entries == [entry])
    }

    @Test("an empty index is one")
    func empty() throws {
        let bytes = try TestEntries.index([]).encoded()
        #expect(try CatalogueIndex(bytes, signature: try sign(bytes)).entries.isEmpty)
    }

    @Test("entries that cannot be listed are refused when they are written")
    func ownFaults() throws {
        let full = try TestEntries.full()
        let changes: [(inout CatalogueEntry) -> Void] = [
            { $0.revision = "" }, { $0.revision = "a\nb" }, { $0.size = -1 }, { $0.manifest = [] },
            { $0.parameters = -1 },
            { $0.license = String(repeating: "x", count: 65) }, { $0.tags = [String](repeating: "x", count: 65) },
            { $0.tags = ["\u{202E}x"] }, { $0.hub = "file:///etc" }, { $0.published = -1 }, { $0.xet[0].hash = "x" },
            { $0.xet[0].path = "../m" }, { $0.xet[0].path = "/m" }, { $0.xet[0].path = "a//m" }, { $0.formats = [""] },
            { $0.xet = [CatalogueEntry.XetHint](repeating: $0.xet[0], count: 17) },
        ]
        for (number, change) in changes.enumerated() {
            var entry = full
            change(&entry)
            #expect(throws: PublishError.self, "change \(number)") { try TestEntries.index([entry]) }
        }
        expectFault(.malformed) { _ = try TestEntries.index([full, full]) }
    }

    @Test("foreign bytes are checked in full, even when they are well signed")
    func foreignFaults() throws {
        let full = try TestEntries.full()
        let index = try TestEntries.index([full, try TestEntries.entry("zoo/small")])
        let text = String(decoding: try index.encoded(), as: UTF8.self)
        _ = try read(text)
        let lines = text.split(separator: "\n").map(String.init)
        let changes = [
            text.replacing("\"entries\":2", with: "\"entries\":1"),
            text.replacing("\"entries\":2", with: "\"entries\":3"),
            text.replacing("\"entries\":2", with: "\"entries\":-1"),
            text.replacing("\"entries\":2", with: "\"entries\":100001"),
            text.replacing("amd1-index", with: "other"), text.replacing("\"version\":1", with: "\"version\":2"),
            text.replacing("zoo/small", with: "../small"), text.replacing("zoo/small", with: "zоо/small"),
            text.replacing(String(repeating: "02", count: 32), with: String(repeating: "02", count: 31)),
            text.replacing(String(repeating: "03", count: 32), with: String(repeating: "zz", count: 32)),
            text.replacing("\"size\":1000", with: "\"size\":99999999999999999999"),
            text.replacing("\"size\":1000", with: "\"size\":1e400"),
            text.replacing("\"size\":1000", with: "\"size\":-5"),
            text.replacing(",\"size\":1000", with: ""), String(text.dropLast()), text + "\n", text + "{}\n",
            text.replacing("\n", with: "\r\n\n"), [lines[0], lines[2], lines[1]].joined(separator: "\n") + "\n",
            [lines[0], lines[1], lines[1]].joined(separator: "\n") + "\n", "", "\n", "{}\n",
            lines[0] + "\n" + String(repeating: "[", count: 70_000) + "\n" + lines[2] + "\n",
            lines[0] + "\n" + String(repeating: "[", count: 5_000) + "\n" + lines[2] + "\n",
            text.replacing("llama3.1", with: String(repeating: "x", count: 70_000)),
        ]
        for (number, change) in changes.enumerated() {
            #expect(throws: PublishError.self, "change \(number)") { try read(change) }
        }
        // Fields that later versions may add do no harm.
        #expect(try read(text.replacing("\"size\":1000", with: "\"later\":[1],\"size\":1000")) == index)
    }

    @Test("indexes end at 16 MiB", .timeLimit(.minutes(2)))
    func size() throws {
        let bytes = [UInt8](repeating: UInt8(ascii: "\n"), count: CatalogueIndex.largest + 1)
        let signature = try sign([])
        expectFault(.tooLarge) { _ = try CatalogueIndex(bytes, signature: signature) }
        let tags = (0..<60).map { "tag-\($0)-" + String(repeating: "x", count: 50) }
        let entries = try (0..<5_000).map { number in try TestEntries.entry("a/m\(number)") { $0.tags = tags } }
        expectFault(.tooLarge) { _ = try TestEntries.index(entries).encoded() }
    }

    @Test("10,000 entries are written and read in seconds", .timeLimit(.minutes(1)))
    func many() throws {
        let entries = try (0..<10_000).map { try TestEntries.entry("org-\($0 % 100)/model-\($0)") }
        let bytes = try TestEntries.index(entries).encoded()
        #expect(bytes.count < 4 << 20)
        #expect(try CatalogueIndex(bytes, signature: try sign(bytes)).entries.count == 10_000)
    }
}
