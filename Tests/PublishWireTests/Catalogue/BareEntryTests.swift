import PublishWire
import TestSupport
import Testing

@Suite("Models of which only a root tells")
struct BareEntryTests {
    private let hash = [UInt8](repeating: 9, count: 32)

    private func root(_ names: String..., time: Int64 = TestKeys.now) throws -> RootItem {
        var entries: [CatalogueID: [UInt8]] = [:]
        for name in names { entries[try TestEntries.id(name)] = hash }
        return try TestKeys.root(time: time, label: "Acme", entries: entries)
    }

    @Test("are listed with name and hash, and found by nothing that is not known of them")
    func listed() throws {
        var catalogue = Catalogue()
        catalogue.add(try root("acme/one", "datasets/acme/two"))
        let all = catalogue.listings(book: TrustBook())
        #expect(all.map(\.entry.id.description) == ["acme/one", "datasets/acme/two"])
        #expect(all.allSatisfy { $0.entry.isBare && $0.entry.hashes.v2 == hash && $0.label?.text == "Acme" })
        #expect(all.allSatisfy { $0.verdict == .unknown && $0.publisher == TestKeys.identity.publicKey })
        for (query, count) in [
            ("one", 1), ("acme", 2), ("author:acme", 2), ("kind:dataset", 1), ("-kind:dataset", 1), ("size:<8G", 0),
            ("-tag:chat", 0), ("license:mit", 0), ("-one", 0), ("format:gguf", 0), ("none", 0),
        ] {
            #expect(
                catalogue.listings(for: try CatalogueQuery(query), book: TrustBook()).count == count, "\(query)")
        }
        #expect(catalogue.listings(of: try TestEntries.id("acme/one"), book: TrustBook()).count == 1)
        #expect(catalogue.publishers.isEmpty)
    }

    @Test("step back where an index tells of the same torrent, and take the place of what an older one says")
    func beside() throws {
        var catalogue = Catalogue()
        let same = try TestEntries.entry("acme/one") { $0.hashes = InfoHashes(v1: nil, v2: hash)! }
        let old = try TestEntries.entry("acme/two")
        try catalogue.add(try TestEntries.index([same, old], created: TestKeys.now - 5))
        catalogue.add(try root("acme/one", "acme/two"))
        let found = catalogue.listings(book: TrustBook())
        #expect(found.map(\.entry.id.name) == ["one", "two"] && found.map(\.entry.isBare) == [false, true])
        #expect(catalogue.listings(book: TrustBook(), allVersions: true).count == 3)
        // An index that was made after the root knows better.
        try catalogue.add(try TestEntries.index([same], created: TestKeys.now + 1))
        #expect(catalogue.listings(book: TrustBook()).map(\.entry) == [same])
    }

    @Test("an older root does not take the place of a newer one, nor a withdrawn key's any")
    func order() throws {
        var catalogue = Catalogue()
        catalogue.add(try root("acme/new", time: TestKeys.now + 1))
        catalogue.add(try root("acme/old"))
        #expect(catalogue.listings(book: TrustBook()).map(\.entry.id.name) == ["new"])
        var book = TrustBook()
        try book.revoke(TestKeys.identity.publicKey, at: TestKeys.now)
        #expect(catalogue.listings(book: book).isEmpty)
        var full = Catalogue(publishers: 0)
        full.add(try root("acme/new"))
        #expect(full.listings(book: TrustBook()).isEmpty)
        let index = try TestEntries.index([])
        expectFault(.tooLarge) { try full.add(index) }
    }
}
