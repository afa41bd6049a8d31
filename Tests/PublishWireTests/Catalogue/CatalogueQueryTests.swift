import PublishWire
import Testing

@Suite struct CatalogueQueryTests {
    @Test(
        "what fits",
        arguments: [
            "", "*", "llama", "LLAMA 8b", "acme/*", "*gguf", "acme/*8B*", "tag:chat", "TAG:Chat format:gguf",
            "quant:q4", "quant:q4_k_m", "license:llama3.1", "licence:llama3.1", "size:<8G", "size:>4.5G", "size:<=5G",
            "size:>=5000000000", "size:1G..8G", "size:..8G", "size:4G..", "size:<5GiB", "params:8B..9B", "params:>8b",
            "params:>8000M", "author:acme", "author:Acme", "arch:llama", "q8_0", "text-generation", "causallm",
            "-mistral", "-tag:vision llama", "-size:>8G", "\"llama-3.1\"", "kind:model", "kind:models", "llama3.1",
        ])
    func fits(text: String) throws {
        let query = try CatalogueQuery(text)
        #expect(query.matches(try TestEntries.full(), publisher: TestKeys.identity.publicKey))
    }

    @Test(
        "what does not",
        arguments: [
            "mistral", "llama mistral", "tag:cha", "format:ggu", "quant:q5", "license:llama", "size:<5G", "size:>5G",
            "size:6G..8G", "params:<8B", "author:acm", "arch:qwen", "-llama", "-tag:chat", "kind:dataset", "other/*",
            "llama*", "size:=4G", "author:aaaaaaaa",
        ])
    func fitsNot(text: String) throws {
        let query = try CatalogueQuery(text)
        #expect(!query.matches(try TestEntries.full(), publisher: TestKeys.identity.publicKey))
    }

    @Test("authors are found by key, in every form of it, and by label")
    func authors() throws {
        let key = TestKeys.identity.publicKey
        let entry = try TestEntries.full()
        let label = try #require(PublisherLabel("Acme Labs"))
        for text in [key.fingerprint, key.shortForm, String(key.fingerprint.prefix(8)), "\"Acme Labs\""] {
            #expect(try CatalogueQuery("author:\(text)").matches(entry, publisher: key, label: label), "\(text)")
        }
        #expect(try !CatalogueQuery("author:\(key.fingerprint.prefix(7))").matches(entry, publisher: key))
    }

    @Test(
        "what cannot be understood is said so, with what can",
        arguments: [
            "size:", "size:big", "size:8X", "size:<", "size:8G..1G", "size:<<8G", "size:nan", "size:1e9", "size:-5",
            "size:99999999999T", "size:0x10", "size:<0", "colour:red", "tag:", "kind:space", "a:b", "size:1.2.3",
        ])
    func refusals(text: String) throws {
        expectFault(.badQuery) { _ = try CatalogueQuery(text) }
    }

    @Test("long searches are refused")
    func bounds() throws {
        _ = try CatalogueQuery(String(repeating: "a ", count: 32))
        expectFault(.badQuery) { _ = try CatalogueQuery(String(repeating: "a ", count: 33)) }
        expectFault(.badQuery) { _ = try CatalogueQuery(String(repeating: "a", count: 1_025)) }
    }

    @Test("patterns of many stars end soon", .timeLimit(.minutes(1)))
    func stars() throws {
        let entry = try TestEntries.entry("a/" + String(repeating: "a", count: 94))
        let query = try CatalogueQuery(String(repeating: "*a", count: 500) + "b")
        for _ in 0..<100 { #expect(!query.matches(entry, publisher: TestKeys.identity.publicKey)) }
    }

    @Test("one id is found whatever its case, and nothing else")
    func exact() throws {
        let query = CatalogueQuery(id: try TestEntries.id("ACME/llama-3.1-8b-gguf"))
        #expect(query.matches(try TestEntries.full(), publisher: TestKeys.identity.publicKey))
        #expect(!query.matches(try TestEntries.entry("acme/Llama-3.1-8B"), publisher: TestKeys.identity.publicKey))
    }
}
