import PublishWire
import SwarmWire
import Testing

@Suite struct ItemTests {
    private let now = TestKeys.now

    @Test("a root says where the index is, and for whom it speaks")
    func root() throws {
        let rotation = try Rotation(from: TestKeys.other, to: TestKeys.identity, epoch: 1, time: now)
        let root = try TestKeys.root(rotation: rotation, label: "Somebody")
        let item = try root.signed(by: TestKeys.operating, after: nil)
        #expect(item.salt == Array("amd1".utf8))
        #expect(item.key == TestKeys.operating.publicKey.bytes)
        #expect(item.sequence == now)
        let read = try RootItem(item)
        #expect(read == root)
        #expect(read.identity == TestKeys.identity.publicKey)
        #expect(read.label?.text == "Somebody")
        #expect(read.rotation == rotation)
        try read.checkCurrent(sequence: item.sequence, at: now)
        #expect(!read.isStale(at: now + 30 * TestKeys.day))
        #expect(read.isStale(at: now + 31 * TestKeys.day))
    }

    @Test("roots are as small as the documentation says")
    func sizes() throws {
        let rotation = try Rotation(from: TestKeys.other, to: TestKeys.identity, epoch: 1, time: now)
        let bare = try TestKeys.root(count: 100_000).signed(by: TestKeys.operating, after: nil)
        #expect(bare.value.count == 251)
        let full = try TestKeys.root(
            count: 100_000, rotation: rotation, label: String(repeating: "x", count: 64))
        #expect(try full.signed(by: TestKeys.operating, after: nil).value.count == 534)
    }

    @Test("a few models stand in the root itself, many do not")
    func inline() throws {
        let entries = { (count: Int) in
            Dictionary(
                uniqueKeysWithValues: (0..<count).map {
                    (CatalogueID("publisher/model-\($0)")!, [UInt8](repeating: UInt8($0), count: 32))
                })
        }
        let few = try TestKeys.root(count: 14, entries: entries(10))
        #expect(few.inline.count == 10)
        let item = try few.signed(by: TestKeys.operating, after: nil)
        #expect(item.value.count <= SignedItem.largestValue)
        #expect(try RootItem(item) == few)
        #expect(try TestKeys.root(count: 16, entries: entries(16)).inline.isEmpty)
        #expect(try TestKeys.root(count: 17, entries: entries(17)).inline.isEmpty)
        let data = [CatalogueID("a/b", kind: .dataset)!: [UInt8](repeating: 1, count: 32)]
        let set = try TestKeys.root(count: 1, entries: data)
        #expect(try RootItem(try set.signed(by: TestKeys.operating, after: nil)).inline == data)
    }

    @Test("only the operating key of the delegation signs a root")
    func wrongKey() throws {
        expectFault(.wrongStatement) { _ = try TestKeys.root().signed(by: TestKeys.other, after: nil) }
        // Somebody puts a root with a stranger's delegation under a key of its own.
        let root = try TestKeys.root().signed(by: TestKeys.operating, after: nil)
        let forged = try SignedItem(
            signing: root.value, salt: root.salt, sequence: root.sequence + 1, by: TestKeys.other)
        expectFault(.wrongStatement) { _ = try RootItem(forged) }
        // The identity itself is no operating key.
        let self_ = try SignedItem(
            signing: root.value, salt: root.salt, sequence: root.sequence + 1, by: TestKeys.identity)
        expectFault(.wrongStatement) { _ = try RootItem(self_) }
    }

    @Test("numbers follow the clock, and never fall")
    func sequence() throws {
        let root = try TestKeys.root()
        #expect(try root.signed(by: TestKeys.operating, after: now - 5).sequence == now)
        #expect(try root.signed(by: TestKeys.operating, after: now).sequence == now + 1)
        #expect(try root.signed(by: TestKeys.operating, after: now + 100).sequence == now + 101)
    }

    @Test("numbers and dates ahead of time are refused, for nobody could follow on them")
    func ahead() throws {
        let root = try TestKeys.root()
        let frozen = try root.signed(by: TestKeys.operating, after: .max - 1)
        #expect(frozen.sequence == .max)
        expectFault(.notYetValid) { try RootItem(frozen).checkCurrent(sequence: frozen.sequence, at: now) }
        let late = try TestKeys.root(time: now + 2 * TestKeys.day)
        expectFault(.notYetValid) { try late.checkCurrent(sequence: now, at: now) }
        try late.checkCurrent(sequence: now, at: now + TestKeys.day)
        expectFault(.expired) { try root.checkCurrent(sequence: now, at: now + 91 * TestKeys.day) }
    }

    @Test("an identity's item names the operating key")
    func identity() throws {
        let delegation = try TestKeys.delegation()
        let identity = IdentityItem(delegation: delegation, time: now, label: PublisherLabel("Me"))
        let item = try identity.signed(by: TestKeys.identity, after: nil)
        #expect(item.salt == Array("amd1:id".utf8))
        #expect(item.value.count == 183)
        #expect(try IdentityItem(item) == identity)
        #expect(try IdentityItem(item).delegation?.operating == TestKeys.operating.publicKey)
        expectFault(.wrongStatement) { _ = try identity.signed(by: TestKeys.operating, after: nil) }
        let forged = try SignedItem(signing: item.value, salt: item.salt, sequence: item.sequence, by: TestKeys.other)
        expectFault(.wrongStatement) { _ = try IdentityItem(forged) }
    }

    @Test("a revocation has the last number, and no other item may")
    func revocation() throws {
        let item = try IdentityItem(revoking: TestKeys.identity.publicKey, time: now)
            .signed(by: TestKeys.identity, after: now)
        #expect(item.sequence == .max)
        let read = try IdentityItem(item)
        #expect(read.isRevoked)
        #expect(read.delegation == nil)
        try read.checkCurrent(sequence: item.sequence, at: now)
        expectFault(.wrongStatement) { try read.checkCurrent(sequence: now, at: now) }
        let root = try RootItem(revoking: try TestKeys.delegation(), time: now)
            .signed(by: TestKeys.operating, after: now)
        #expect(root.sequence == .max)
        #expect(try RootItem(root).isRevoked)
        try RootItem(root).checkCurrent(sequence: root.sequence, at: now + 1_000 * TestKeys.day)
    }

    @Test("a pointer is kept for one model, by a salt that others do not have")
    func pointer() throws {
        let id = try #require(CatalogueID("org/model"))
        let pointer = try ModelPointer(
            id: id, delegation: try TestKeys.delegation(),
            hashes: try #require(
                InfoHashes(v1: [UInt8](repeating: 3, count: 20), v2: [UInt8](repeating: 4, count: 32))),
            manifest: [UInt8](repeating: 5, count: 32), commit: [UInt8](repeating: 6, count: 20), size: 1 << 40,
            time: now)
        let item = try pointer.signed(by: TestKeys.operating, after: nil)
        #expect(item.salt.count == 32)
        #expect(item.value.count == 324)
        #expect(try ModelPointer(item, of: id) == pointer)
        let others = [CatalogueID("org/model", kind: .dataset), CatalogueID("org/Model"), CatalogueID("org/model2")]
        for other in others { expectFault(.wrongStatement) { _ = try ModelPointer(item, of: other!) } }
        let pure = try ModelPointer(
            id: id, delegation: try TestKeys.delegation(),
            hashes: try #require(InfoHashes(v1: nil, v2: [UInt8](repeating: 4, count: 32))),
            manifest: pointer.manifest, commit: nil, size: 0, time: now)
        #expect(try ModelPointer(try pure.signed(by: TestKeys.operating, after: nil), of: id) == pure)
    }

    @Test("values that lack something, or have too much, are refused")
    func malformed() throws {
        let root = try TestKeys.root().signed(by: TestKeys.operating, after: nil)
        let value = try #require(try Bencode.decode(root.value).dictionary)
        let changes: [(BencodeKey, BencodeValue?)] = [
            ("v", nil), ("v", 2), ("v", "1"), ("d", nil), ("d", "x"), ("t", nil), ("t", -1), ("h", nil), ("h", "short"),
            ("ih", nil), ("ih", .bytes([UInt8](repeating: 9, count: 20))), ("n", nil), ("n", -1), ("n", 100_001),
            ("r", "x"), ("l", ["not a model": .bytes([UInt8](repeating: 1, count: 32))]), ("l", ["a/b": "short"]),
        ]
        for (key, replacement) in changes {
            var changed = value
            changed[key] = replacement
            let item = try SignedItem(
                signing: Bencode.encode(.dictionary(changed)), salt: root.salt, sequence: now, by: TestKeys.operating)
            #expect(throws: PublishError.self, "\(key)") { try RootItem(item) }
        }
        // What later versions may add does no harm; a label that does not show is none.
        var added = value
        added["zz"] = ["a": 1]
        added["nm"] = "a\u{202E}b"
        let item = try SignedItem(
            signing: Bencode.encode(.dictionary(added)), salt: root.salt, sequence: now, by: TestKeys.operating)
        #expect(try RootItem(item) == RootItem(root))
    }
}
