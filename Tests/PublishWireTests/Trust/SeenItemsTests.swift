import PublishWire
import SwarmWire
import TestSupport
import Testing

@Suite("Items that were seen")
struct SeenItemsTests {
    private func item(
        _ number: Int64, _ hash: UInt8 = 1, salt: [UInt8] = [], by key: SigningKey = TestKeys.identity
    ) throws -> SignedItem {
        let value = Bencode.encode(["ih": .bytes([UInt8](repeating: hash, count: 20))])
        return try SignedItem(signing: value, salt: salt, sequence: number, by: key)
    }

    @Test("the newest of each place counts; older ones and others of one number are refused")
    func rollback() throws {
        var seen = SeenItems()
        #expect(try seen.consider(try item(5), at: 1) == .newer)
        #expect(try seen.consider(try item(5), at: 2) == .same)
        #expect(try seen.consider(try item(9, 2), at: 3) == .newer)
        let (old, twin) = (try item(8), try item(9, 3))
        expectFault(.rolledBack) { try seen.consider(old, at: 4) }
        expectFault(.equivocation) { try seen.consider(twin, at: 4) }
        // Another salt and another key are other places.
        #expect(try seen.consider(try item(1, salt: [1]), at: 5) == .newer)
        #expect(try seen.consider(try item(1, by: TestKeys.other), at: 5) == .newer)
        #expect(seen.count == 3 && seen.item(key: TestKeys.identity.publicKey.bytes, salt: [])?.sequence == 9)
        let good = try item(10)
        let forged = SignedItem(
            key: good.key, salt: good.salt, sequence: 11, value: good.value, signature: good.signature)
        expectFault(.wrongSignature) { try seen.consider(forged, at: 6) }
    }

    @Test("a store comes back as it was; what is damaged is left out, what is no store refused")
    func coding() throws {
        var seen = SeenItems()
        for number in UInt8(1)...5 { try seen.consider(try item(Int64(number), salt: [number]), at: Int64(number)) }
        #expect(try SeenItems(seen.bytes) == seen)
        var damaged = seen.bytes
        let place = try #require(damaged.firstRange(of: Array("3:sig64:".utf8))).upperBound
        damaged[place] ^= 1
        #expect(try SeenItems(damaged).count == 4)
        for bytes in [[], Array("i1e".utf8), Array("d1:vi2ee".utf8)] {
            expectFault(.malformed) { _ = try SeenItems(bytes) }
        }
        expectFault(.tooLarge) { _ = try SeenItems([UInt8](repeating: 0, count: SeenItems.largest + 1)) }
    }

    @Test("what was met longest ago goes first")
    func limit() throws {
        var seen = SeenItems(limit: 3)
        for number in UInt8(1)...4 { try seen.consider(try item(1, salt: [number]), at: Int64(number)) }
        #expect(seen.count == 3)
        #expect(seen.item(key: TestKeys.identity.publicKey.bytes, salt: [1]) == nil)
    }
}

@Suite("Items that name a torrent")
struct TorrentItemTests {
    private let short = [UInt8](repeating: 1, count: 20)
    private let long = [UInt8](repeating: 2, count: 32)

    private func item(_ value: BencodeValue, salt: [UInt8] = []) throws -> SignedItem {
        try SignedItem(signing: Bencode.encode(value), salt: salt, sequence: 1, by: TestKeys.identity)
    }

    @Test("a hash of v1 as BEP 46 has it, one of v2, and both")
    func foreign() throws {
        #expect(try TorrentItem(try item(["ih": .bytes(short)])).hashes == InfoHashes(v1: short, v2: nil))
        #expect(try TorrentItem(try item(["ih": .bytes(long)])).hashes == InfoHashes(v1: nil, v2: long))
        let both = try TorrentItem(try item(["ih": .bytes(short), "h": .bytes(long)]))
        #expect(both.hashes == InfoHashes(v1: short, v2: long))
        let cut = try TorrentItem(try item(["ih": .bytes(Array(long.prefix(20))), "h": .bytes(long)]))
        #expect(cut.hashes == InfoHashes(v1: nil, v2: long) && cut.delegation == nil && cut.manifest == nil)
        // Numbers of others are no times.
        try cut.checkCurrent(sequence: .max, at: 1)
    }

    @Test("what names no torrent is refused", arguments: [0, 1, 2, 3, 4])
    func nothing(number: Int) throws {
        let values: [BencodeValue] = [
            "hello", ["a": 1], ["ih": 7], ["ih": .bytes([1, 2, 3])], .list([.bytes(short)]),
        ]
        let item = try item(values[number])
        expectFault(.malformed) { _ = try TorrentItem(item) }
    }

    @Test("Shoal's own items: pointers and roots, with their time, and withdrawn keys")
    func own() throws {
        let id = try TestEntries.id("acme/model")
        let delegation = try TestKeys.delegation()
        let hashes = try #require(InfoHashes(v1: short, v2: long))
        let pointer = try ModelPointer(
            id: id, delegation: delegation, hashes: hashes, manifest: [UInt8](repeating: 3, count: 32), commit: nil,
            size: 77, time: TestKeys.now
        ).signed(by: TestKeys.operating, after: nil)
        let read = try TorrentItem(pointer)
        #expect(read.hashes == hashes && read.size == 77 && read.manifest == [UInt8](repeating: 3, count: 32))
        #expect(read.delegation == delegation)
        try read.checkCurrent(sequence: pointer.sequence, at: TestKeys.now)
        let (late, early) = (TestKeys.now + 91 * TestKeys.day, TestKeys.now - 9 * TestKeys.day)
        expectFault(.expired) { try read.checkCurrent(sequence: pointer.sequence, at: late) }
        expectFault(.notYetValid) { try read.checkCurrent(sequence: pointer.sequence, at: early) }

        let root = try TestKeys.root().signed(by: TestKeys.operating, after: nil)
        #expect(try TorrentItem(root).hashes == InfoHashes(v1: nil, v2: [UInt8](repeating: 7, count: 32)))
        let last = try RootItem(revoking: delegation, time: TestKeys.now).signed(by: TestKeys.operating, after: nil)
        expectFault(.revoked) { _ = try TorrentItem(last) }
        // One whose delegation is to another key.
        let value = try Bencode.decode(pointer.value)
        let stolen = try SignedItem(signing: Bencode.encode(value), salt: pointer.salt, sequence: 2, by: TestKeys.other)
        expectFault(.wrongStatement) { _ = try TorrentItem(stolen) }
    }
}
