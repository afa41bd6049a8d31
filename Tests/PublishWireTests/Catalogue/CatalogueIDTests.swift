import PublishWire
import Testing

@Suite struct CatalogueIDTests {
    @Test("names of the Hub are ids", arguments: ["a/b", "meta-llama/Llama-3.1-8B", "0x_y/z.w", "A/_b_"])
    func good(text: String) throws {
        let id = try #require(CatalogueID(text))
        #expect(id.text == text)
        #expect(CatalogueID(described: id.description) == id)
    }

    @Test(
        "what leads elsewhere, or is no name, is none",
        arguments: [
            "", "a", "a/", "/b", "a/b/c", "../b", "a/..", "a/.b", "a/b.", "-a/b", "a/b-", "a/b c", "a/b\u{0}", "а/b",
            "a/b--c", "a..b/c", "a\\b/c", "a/b\n", "C:/x",
        ])
    func bad(text: String) {
        #expect(CatalogueID(text) == nil)
    }

    @Test("ids have at most 96 characters")
    func length() {
        #expect(CatalogueID("a/" + String(repeating: "b", count: 94)) != nil)
        #expect(CatalogueID("a/" + String(repeating: "b", count: 95)) == nil)
    }

    @Test("a dataset is another thing than a model of its name")
    func kinds() throws {
        let set = try #require(CatalogueID("a/b", kind: .dataset))
        #expect(set.description == "datasets/a/b")
        #expect(CatalogueID(described: "datasets/a/b") == set)
        #expect(CatalogueID(described: "datasets/a") == CatalogueID("datasets/a"))
        #expect(CatalogueID("a/b") != set)
    }

    @Test("meeting points are those of the documentation, whatever the case")
    func rendezvous() throws {
        #expect(Hex.encode(Rendezvous.all) == "233d6a9deecb01dfa4eae6dc16b9b608fe76dee8")
        let id = try #require(CatalogueID("Meta-Llama/Llama"))
        let lower = try #require(CatalogueID("meta-llama/llama"))
        #expect(Rendezvous.repo(id) == Rendezvous.repo(lower))
        #expect(Rendezvous.repo(id).count == 20)
        #expect(Rendezvous.repo(id) != Rendezvous.repo(try #require(CatalogueID("meta-llama/llama", kind: .dataset))))
    }
}
