import PublishWire
import TestSupport
import Testing

@Suite struct CatalogueTests {
    private let one = TestKeys.identity.publicKey
    private let two = TestKeys.other.publicKey

    private func names(_ listings: [Catalogue.Listing]) -> [String] { listings.map(\.entry.id.text) }

    @Test("an id that several claim is listed for each, the pinned one first")
    func conflicts() throws {
        var catalogue = Catalogue()
        for number in UInt8(20)..<26 {
            try catalogue.add(try TestEntries.index([try TestEntries.entry("acme/model")], by: TestKeys.key(number)))
        }
        var book = TrustBook()
        let id = try TestEntries.id("acme/model")
        #expect(
            catalogue.listings(of: id, book: book).map(\.verdict) == [TrustBook.Verdict](repeating: .unknown, count: 6))
        let pinned = TestKeys.key(23).publicKey
        try book.add("acme", pinned, at: TestKeys.now)
        let listings = catalogue.listings(of: id, book: book)
        #expect(listings.count == 6)
        #expect(listings[0].publisher == pinned)
        #expect(listings[0].verdict == .trusted)
        #expect(listings.dropFirst().allSatisfy { $0.verdict == .conflict(pinned: pinned) })
        try book.revoke(TestKeys.key(20).publicKey, at: TestKeys.now)
        #expect(catalogue.listings(of: id, book: book).count == 5)
        try book.revoke(pinned, at: TestKeys.now)
        #expect(!catalogue.listings(of: id, book: book).contains { $0.verdict == .trusted })
    }

    @Test("an older index does not take the place of a newer one")
    func rollback() throws {
        var catalogue = Catalogue()
        try catalogue.add(try TestEntries.index([try TestEntries.entry("a/new")], created: TestKeys.now + 1))
        let old = try TestEntries.index([try TestEntries.entry("a/old")])
        expectFault(.rolledBack) { try catalogue.add(old) }
        #expect(names(catalogue.listings(book: TrustBook())) == ["a/new"])
        catalogue.remove(one)
        try catalogue.add(old)
        #expect(names(catalogue.listings(book: TrustBook())) == ["a/old"])
        #expect(catalogue.publishers == [one])
    }

    @Test("a stranger who has changed its key is listed once")
    func rotated() throws {
        let entry = try TestEntries.entry("a/m")
        let rotation = try Rotation(from: TestKeys.identity, to: TestKeys.other, epoch: 1, time: TestKeys.now)
        var catalogue = Catalogue()
        try catalogue.add(try TestEntries.index([entry]))
        try catalogue.add(
            try CatalogueIndex(publisher: two, created: TestKeys.now, rotations: [rotation], entries: [entry]))
        #expect(catalogue.listings(book: TrustBook()).map(\.publisher) == [two])
        // Whom the user trusts does not vanish by what somebody else lists.
        var book = TrustBook()
        try book.add("a", one, at: TestKeys.now)
        #expect(catalogue.listings(book: book).map(\.publisher) == [one, two])
    }

    @Test("the newest version is listed, and all of them when asked")
    func versions() throws {
        var catalogue = Catalogue()
        let entries = try (0..<3).map {
            try TestEntries.entry("a/m", revision: "v\($0)", published: TestKeys.now + Int64($0))
        }
        try catalogue.add(try TestEntries.index(entries))
        let book = TrustBook()
        #expect(catalogue.listings(book: book).map(\.entry.revision) == ["v2"])
        #expect(catalogue.listings(book: book, allVersions: true).map(\.entry.revision) == ["v2", "v1", "v0"])
    }

    @Test("trusted names come first, then the very name, then names that begin so; in the same order each time")
    func ranking() throws {
        let mine = ["me/llama-chat", "me/my-llama"]
        let theirs = ["aa/other-llama", "aa/llama", "bb/llama-2", "me/llama", "m3/llama"]
        var book = TrustBook()
        try book.add("me", one, at: TestKeys.now)
        let indexes = [
            try TestEntries.index(try mine.map { try TestEntries.entry($0) }),
            try TestEntries.index(try theirs.map { try TestEntries.entry($0) }, by: TestKeys.other),
        ]
        let expected = [
            "me/llama-chat", "me/my-llama", "aa/llama", "m3/llama", "bb/llama-2", "aa/other-llama", "me/llama",
        ]
        for order in [[0, 1], [1, 0]] {
            var catalogue = Catalogue()
            for number in order { try catalogue.add(indexes[number]) }
            let listings = catalogue.listings(for: try CatalogueQuery("llama"), book: book)
            #expect(names(listings) == expected)
            #expect(listings.last?.verdict == .conflict(pinned: one))
        }
    }

    @Test("look-alikes are marked, and come after honest strangers")
    func lookAlikes() throws {
        var book = TrustBook()
        try book.add("google", one, at: TestKeys.now)
        var catalogue = Catalogue()
        try catalogue.add(try TestEntries.index([try TestEntries.entry("google/gemma")]))
        let theirs = ["g00gle/gemma", "zz/gemma"]
        try catalogue.add(try TestEntries.index(try theirs.map { try TestEntries.entry($0) }, by: TestKeys.other))
        let listings = catalogue.listings(book: book)
        #expect(names(listings) == ["google/gemma", "zz/gemma", "g00gle/gemma"])
        #expect(listings.map { $0.lookAlike?.known } == [nil, nil, "google/gemma"])
    }
}
