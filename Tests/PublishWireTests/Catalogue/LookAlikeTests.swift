import PublishWire
import Testing

@Suite struct LookAlikeTests {
    private let owner = TestKeys.identity.publicKey
    private let stranger = TestKeys.other.publicKey

    private func lookAlikes() throws -> LookAlikes {
        var book = TrustBook()
        try book.add("meta-llama", owner, at: TestKeys.now)
        try book.add("google", owner, at: TestKeys.now)
        try book.add("ai", owner, at: TestKeys.now)
        return LookAlikes(book: book, ids: [try TestEntries.id("meta-llama/Llama-3.1-8B"): owner])
    }

    @Test(
        "namespaces that eyes confuse are told of",
        arguments: [
            "meta_llama", "metallama", "meta.llama", "meta-IIama", "meta-1lama", "g00gle", "goog1e", "a1", "AL",
        ])
    func confusable(namespace: String) throws {
        let warning = try #require(try lookAlikes().warning(forNamespace: namespace, by: stranger))
        #expect(warning.likeness == .confusable)
        #expect(warning.owner == owner)
        #expect(try lookAlikes().warning(forNamespace: namespace, by: owner) == nil)
    }

    @Test(
        "one letter more, less, other or swapped is told of",
        arguments: ["gogle", "gooogle", "goggle", "ogogle", "xgoogle", "googles"])
    func near(namespace: String) throws {
        let warning = try #require(try lookAlikes().warning(forNamespace: namespace, by: stranger))
        #expect(warning.known == "google")
        #expect(warning.likeness == .nearby)
    }

    @Test(
        "other names are not",
        arguments: ["mistralai", "goo", "googlexx", "elgoog", "ab", "a", "meta", "llama", "Google"])
    func others(namespace: String) throws {
        #expect(try lookAlikes().warning(forNamespace: namespace, by: stranger) == nil)
    }

    @Test("long texts cost nothing", .timeLimit(.minutes(1)))
    func long() throws {
        let text = String(repeating: "google", count: 100_000)
        #expect(try lookAlikes().warning(forNamespace: text, by: stranger) == nil)
    }

    @Test("whole ids are compared too, wherever the slash stands")
    func ids() throws {
        let lookAlikes = try lookAlikes()
        for text in ["meta/llama-Llama-3.1-8B", "metallama/Llama31-8B", "m/eta-llama-llama-3.1-8B"] {
            let warning = try #require(lookAlikes.warning(for: try TestEntries.id(text), by: stranger), "\(text)")
            #expect(warning.known == "meta-llama/Llama-3.1-8B")
        }
        #expect(lookAlikes.warning(for: try TestEntries.id("meta-llama/Llama-3.1-8B"), by: stranger) == nil)
        #expect(lookAlikes.warning(for: try TestEntries.id("other/Llama-3.1-8B"), by: stranger) == nil)
        #expect(lookAlikes.warning(for: try TestEntries.id("other/Llama-3.2-8B"), by: stranger) == nil)
    }

    @Test(
        "letters of other scripts pretend",
        arguments: ["gооgle", "ɡoogle", "gοοgle", "ｇｏｏｇｌｅ", "𝗀𝗈𝗈𝗀𝗅𝖾", "goo\u{200B}gle", "g\u{301}oogle", "gööglé"])
    func homoglyphs(name: String) throws {
        #expect(LookAlikes.pretends(name))
        #expect(try lookAlikes().warning(forNamespace: name, by: stranger)?.known == "google")
    }

    @Test("honest names of other scripts do not", arguments: ["google", "模型", "日本語-model"])
    func honest(name: String) {
        #expect(!LookAlikes.pretends(name))
    }
}
