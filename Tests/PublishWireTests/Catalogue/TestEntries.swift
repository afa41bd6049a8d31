import PublishWire
import Testing

/// Entries and indexes for tests.
enum TestEntries {
    static func id(_ text: String) throws -> CatalogueID {
        try #require(CatalogueID(described: text))
    }

    static func entry(
        _ text: String, revision: String = "main", published: Int64 = TestKeys.now, size: Int64 = 1_000,
        change: (inout CatalogueEntry) -> Void = { _ in }
    ) throws -> CatalogueEntry {
        let hashes = try #require(
            InfoHashes(v1: [UInt8](repeating: 1, count: 20), v2: [UInt8](repeating: 2, count: 32)))
        var entry = CatalogueEntry(
            id: try id(text), revision: revision, published: published, size: size, hashes: hashes,
            manifest: [UInt8](repeating: 3, count: 32))
        change(&entry)
        return entry
    }

    /// One with every field.
    static func full() throws -> CatalogueEntry {
        try entry("acme/Llama-3.1-8B-GGUF", revision: String(repeating: "ab", count: 20), size: 5_000_000_000) {
            $0.formats = ["gguf"]
            $0.quantizations = ["Q4_K_M", "Q8_0"]
            $0.license = "llama3.1"
            $0.tags = ["chat", "text-generation"]
            $0.architecture = "LlamaForCausalLM"
            $0.parameters = 8_030_000_000
            $0.xet = [CatalogueEntry.XetHint(path: "a b/m.gguf", hash: String(repeating: "0f", count: 32))]
            $0.hub = "https://huggingface.co"
        }
    }

    static func index(
        _ entries: [CatalogueEntry], by key: SigningKey = TestKeys.identity, created: Int64 = TestKeys.now
    ) throws -> CatalogueIndex {
        try CatalogueIndex(publisher: key.publicKey, created: created, entries: entries)
    }
}
