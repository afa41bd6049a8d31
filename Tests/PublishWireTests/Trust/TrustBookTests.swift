import PublishWire
import Testing

@Suite struct TrustBookTests {
    private let now = TestKeys.now
    private let id: CatalogueID
    private let one = TestKeys.identity.publicKey
    private let two = TestKeys.other.publicKey

    init() throws {
        id = try #require(CatalogueID("acme/model"))
    }

    @Test("the first use of a namespace pins it, and another key is then refused")
    func firstUse() throws {
        var book = TrustBook()
        #expect(book.consider(id, by: one) == .unknown)
        let pin = try book.pinOnFirstUse(id, by: one, at: now)
        #expect(pin.origin == .firstUse)
        #expect(pin.since == now)
        #expect(book.consider(id, by: one) == .trusted)
        #expect(book.consider(CatalogueID("ACME/other")!, by: one) == .trusted)
        #expect(book.consider(id, by: two) == .conflict(pinned: one))
        #expect(book.consider(CatalogueID("else/model")!, by: one) == .new)
        #expect(book.consider(CatalogueID("else/model")!, by: two) == .unknown)
        let before = book
        expectFault(.pinConflict) { try book.pinOnFirstUse(id, by: two, at: now) }
        expectFault(.pinConflict) { try book.add("Acme", two, at: now) }
        #expect(book == before)
        #expect(try book.pinOnFirstUse(id, by: one, at: now + 9) == pin)
    }

    @Test("a pin by hand changes another only when asked to")
    func byHand() throws {
        var book = TrustBook()
        try book.add("acme", one, at: now)
        let replaced = try book.add("acme", two, at: now, replacing: true)
        #expect(replaced.key == two)
        #expect(book.consider(id, by: one) == .conflict(pinned: two))
        let removed = book.remove("ACME")
        #expect(removed?.key == two)
        #expect(book.pins.isEmpty)
        for name in ["", "a/b", "..", "-a", "a b", "é", String(repeating: "a", count: 200)] {
            expectFault(.malformed) { try book.add(name, one, at: now) }
        }
    }

    @Test("names that look like a pinned one are not pinned by themselves")
    func lookAlikes() throws {
        var book = TrustBook()
        try book.add("meta-llama", one, at: now)
        for name in ["meta_llama", "meta-1lama", "metallama", "meta-lama", "meta-llame", "mata-llama", "emta-llama"] {
            expectFault(.lookAlike) { try book.pinOnFirstUse(CatalogueID("\(name)/x")!, by: two, at: now) }
            // The same publisher may have both.
            var copy = book
            try copy.pinOnFirstUse(CatalogueID("\(name)/x")!, by: one, at: now)
            // And the user may mean it.
            try copy.remove(name).map { _ = try copy.add($0.namespace, two, at: now) }
        }
        try book.pinOnFirstUse(CatalogueID("mistralai/x")!, by: two, at: now)
    }

    @Test("a rotation moves all pins of the old key, which then counts no more")
    func rotation() throws {
        var book = TrustBook()
        try book.pinOnFirstUse(id, by: one, at: now)
        try book.add("zeta", one, at: now)
        try book.follow(one, at: now)
        let rotation = try Rotation(from: TestKeys.identity, to: TestKeys.other, epoch: 1, time: now)
        let changed = try book.rotate(rotation, at: now + 5)
        #expect(changed.map(\.namespace) == ["acme", "zeta"])
        #expect(changed.allSatisfy { $0.key == two && $0.origin == .rotated && $0.epoch == 1 && $0.since == now + 5 })
        #expect(book.consider(id, by: two) == .trusted)
        #expect(book.consider(id, by: one) == .revoked)
        #expect(book.followed.keys.sorted() == [two])
        let again = try book.rotate(rotation, at: now)
        #expect(again.isEmpty)
        expectFault(.revoked) { try book.add("other", one, at: now) }
    }

    @Test("chains are followed from where the pin stands, whole or not at all")
    func chains() throws {
        let keys = (10...13).map { TestKeys.key($0) }
        let chain = try (0..<3).map {
            try Rotation(from: keys[$0], to: keys[$0 + 1], epoch: UInt32($0 + 1), time: now)
        }
        var book = TrustBook()
        try book.add("acme", keys[0].publicKey, at: now)
        let changed = try book.rotate(along: chain, at: now)
        #expect(changed.first?.key == keys[3].publicKey)
        let again = try book.rotate(along: chain, at: now)
        #expect(again.isEmpty)
        #expect(book.pin(of: "acme")?.epoch == 3)

        var middle = TrustBook()
        try middle.pinOnFirstUse(id, by: keys[1].publicKey, at: now, epoch: 1)
        try middle.rotate(along: chain, at: now)
        #expect(middle.pin(of: "acme")?.key == keys[3].publicKey)

        var late = TrustBook()
        try late.pinOnFirstUse(id, by: keys[1].publicKey, at: now, epoch: 1)
        let skipping = try Rotation(from: keys[1], to: keys[2], epoch: 3, time: now)
        let before = late
        expectFault(.wrongStatement) { try late.rotate(skipping, at: now) }
        #expect(late == before)
        expectFault(.wrongStatement) { try late.rotate(along: [chain[0], chain[2]], at: now) }
    }

    @Test("a key that was pinned without word of those before it tells of them in its next rotation")
    func unknownEpoch() throws {
        let keys = (10...13).map { TestKeys.key($0) }
        let last = try Rotation(from: keys[2], to: keys[3], epoch: 3, time: now)
        var byHand = TrustBook()
        try byHand.add("acme", keys[2].publicKey, at: now)
        var atFirstUse = TrustBook()
        try atFirstUse.pinOnFirstUse(id, by: keys[2].publicKey, at: now)
        for var book in [byHand, atFirstUse] {
            try book.rotate(last, at: now)
            #expect(book.pin(of: "acme")?.key == keys[3].publicKey && book.pin(of: "acme")?.epoch == 3)
            // From here on nothing is skipped.
            let skipping = try Rotation(from: keys[3], to: TestKeys.key(14), epoch: 5, time: now)
            expectFault(.wrongStatement) { try book.rotate(skipping, at: now) }
        }
    }

    @Test("old keys cannot come back, nor name a second heir")
    func replays() throws {
        var book = TrustBook()
        try book.add("acme", one, at: now)
        try book.rotate(try Rotation(from: TestKeys.identity, to: TestKeys.other, epoch: 1, time: now), at: now)
        let second = try Rotation(from: TestKeys.identity, to: TestKeys.key(9), epoch: 1, time: now)
        expectFault(.equivocation) { try book.rotate(second, at: now) }
        let back = try Rotation(from: TestKeys.other, to: TestKeys.identity, epoch: 2, time: now)
        expectFault(.revoked) { try book.rotate(back, at: now) }
        let stale = try Rotation(from: TestKeys.other, to: TestKeys.key(9), epoch: 1, time: now)
        expectFault(.rolledBack) { try book.rotate(stale, at: now) }
        #expect(book.pin(of: "acme")?.key == two)
    }

    @Test("a rotation that the user does not believe in can be taken back, and does not come again")
    func undo() throws {
        var book = TrustBook()
        try book.add("acme", one, at: now)
        let rotation = try Rotation(from: TestKeys.identity, to: TestKeys.other, epoch: 1, time: now)
        try book.rotate(rotation, at: now)
        let returned = try book.undoRotation(of: one, at: now)
        #expect(returned?.map(\.namespace) == ["acme"])
        #expect(book.consider(id, by: one) == .trusted)
        #expect(book.consider(id, by: two) == .revoked)
        expectFault(.revoked) { try book.rotate(rotation, at: now) }
        let nothing = try book.undoRotation(of: one, at: now)
        #expect(nothing == nil)
        // The owner's next rotation counts.
        try book.rotate(try Rotation(from: TestKeys.identity, to: TestKeys.key(9), epoch: 1, time: now), at: now)
        #expect(book.pin(of: "acme")?.key == TestKeys.key(9).publicKey)
    }

    @Test("rotations of strangers leave no trace")
    func strangers() throws {
        var book = TrustBook()
        let before = book
        try book.rotate(try Rotation(from: TestKeys.identity, to: TestKeys.other, epoch: 7, time: now), at: now)
        let last = try IdentityItem(revoking: one, time: now).signed(by: TestKeys.identity, after: nil)
        #expect(try book.apply(last, at: now) == one)
        #expect(book == before)
    }

    @Test("a revoked key is trusted for nothing, and keeps its place until the user decides")
    func revocation() throws {
        var book = TrustBook()
        try book.pinOnFirstUse(id, by: one, at: now)
        let current = try IdentityItem(delegation: try TestKeys.delegation(), time: now)
            .signed(by: TestKeys.identity, after: nil)
        #expect(try book.apply(current, at: now) == nil)
        let last = try IdentityItem(revoking: one, time: now).signed(by: TestKeys.identity, after: nil)
        #expect(try book.apply(last, at: now) == one)
        #expect(book.consider(id, by: one) == .revoked)
        #expect(book.consider(id, by: two) == .conflict(pinned: one))
        expectFault(.revoked) { try book.pinOnFirstUse(id, by: one, at: now) }
        expectFault(.revoked) {
            try book.rotate(try Rotation(from: TestKeys.identity, to: TestKeys.other, epoch: 1, time: now), at: now)
        }
        let isRestored = book.restore(one)
        #expect(!isRestored)
        book.remove("acme")
        try book.add("acme", two, at: now)
        #expect(book.consider(id, by: two) == .trusted)
    }

    @Test("the user's own withdrawal can be taken back")
    func userRevocation() throws {
        var book = TrustBook()
        try book.add("acme", one, at: now)
        try book.revoke(one, at: now)
        #expect(book.consider(id, by: one) == .revoked)
        let isRestored = book.restore(one)
        #expect(isRestored)
        #expect(book.consider(id, by: one) == .trusted)
    }

    @Test("the book survives its encoding, the same bytes each time")
    func coding() throws {
        var book = TrustBook()
        try book.add("acme", one, at: now)
        try book.pinOnFirstUse(CatalogueID("zeta/x")!, by: TestKeys.key(30).publicKey, at: now, epoch: 2)
        try book.rotate(try Rotation(from: TestKeys.identity, to: TestKeys.other, epoch: 1, time: now), at: now)
        try book.follow(TestKeys.key(40).publicKey, at: now)
        try book.revoke(TestKeys.key(41).publicKey, at: now)
        let bytes = try book.encoded()
        #expect(try TrustBook(bytes) == book)
        #expect(try TrustBook(bytes).encoded() == bytes)
        #expect(try TrustBook(try TrustBook().encoded()) == TrustBook())
        let text = String(decoding: bytes, as: UTF8.self)
        let damaged = [
            text.replacing(two.fingerprint, with: "x"), text.replacing("\"zeta\"", with: "\"Zeta\""),
            text.replacing("first-use", with: "luck"), text.replacing("\"version\" : 1", with: "\"version\" : 9"),
            String(text.dropLast(9)), "", "{}", String(repeating: "[", count: 100_000),
        ]
        for text in damaged { #expect(throws: PublishError.self) { try TrustBook(Array(text.utf8)) } }
    }
}
