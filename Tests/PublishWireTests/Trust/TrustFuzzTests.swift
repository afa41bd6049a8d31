import PublishWire
import SwarmWire
import TestSupport
import Testing

/// Whatever comes, parsers return or throw their own error; what they return can be written again.
@Suite struct TrustFuzzTests {
    private func mutate(_ bytes: [UInt8], _ generator: inout SplitMix64) -> [UInt8] {
        var bytes = bytes
        for _ in 0..<Int.random(in: 1...4, using: &generator) {
            let place = Int.random(in: 0...bytes.count, using: &generator)
            switch Int.random(in: 0..<6, using: &generator) {
            case 0 where place < bytes.count: bytes[place] = .random(in: 0...255, using: &generator)
            case 1 where place < bytes.count: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
            case 2: bytes.removeLast(bytes.count - place)
            case 3: bytes.insert(.random(in: 0x20...0x7E, using: &generator), at: place)
            case 4 where place < bytes.count: bytes.remove(at: place)
            default:
                let end = min(place + Int.random(in: 0...12, using: &generator), bytes.count)
                bytes.insert(contentsOf: bytes[place..<end], at: Int.random(in: 0...bytes.count, using: &generator))
            }
        }
        return bytes
    }

    private func attempt(_ body: () throws -> Void) {
        do {
            try body()
        } catch is PublishError {
            return
        } catch {
            Issue.record("another error: \(error)")
        }
    }

    @Test("statements and items, damaged on their way", .timeLimit(.minutes(2)))
    func damaged() throws {
        var generator = SplitMix64(seed: announcedSeed())
        let delegation = try TestKeys.delegation()
        let rotation = try Rotation(from: TestKeys.other, to: TestKeys.identity, epoch: 1, time: TestKeys.now)
        let root = try TestKeys.root(rotation: rotation).signed(by: TestKeys.operating, after: nil)
        var seen = SeenRoots()
        try seen.consider(root: root, at: TestKeys.now)
        let gossip = [
            GossipMessage.items([root]).bytes, GossipMessage.ask(known: [TestKeys.identity.publicKey: 1]).bytes,
        ]
        for round in 0..<20_000 {
            switch round % 5 {
            case 0: attempt { _ = try Delegation(mutate(delegation.bytes, &generator)) }
            case 1: attempt { _ = try Rotation(mutate(rotation.bytes, &generator)) }
            case 2: attempt { _ = try SignedItem(mutate(root.bytes, &generator)) }
            case 3: attempt { _ = try GossipMessage.decode(mutate(gossip[round / 5 % 2], &generator)) }
            default: attempt { _ = try SeenRoots(mutate(seen.bytes, &generator)) }
            }
        }
    }

    @Test("items that are well signed, and full of nonsense", .timeLimit(.minutes(2)))
    func signedNonsense() throws {
        var generator = SplitMix64(seed: announcedSeed())
        let rotation = try Rotation(from: TestKeys.other, to: TestKeys.identity, epoch: 1, time: TestKeys.now)
        let entries = [try TestEntries.id("a/b"): [UInt8](repeating: 1, count: 32)]
        let root = try TestKeys.root(count: 1, rotation: rotation, label: "x", entries: entries)
            .signed(by: TestKeys.operating, after: nil)
        let identity = try IdentityItem(delegation: try TestKeys.delegation(), time: TestKeys.now, rotation: rotation)
            .signed(by: TestKeys.identity, after: nil)
        var read = 0
        for round in 0..<10_000 {
            let isRoot = round.isMultiple(of: 2)
            let sample = isRoot ? root : identity
            let value = mutate(sample.value, &generator)
            attempt {
                // What is not bencoded cannot even be signed.
                let item = try SignedItem(
                    signing: value, salt: sample.salt, sequence: .random(in: 0 ... .max, using: &generator),
                    by: isRoot ? TestKeys.operating : TestKeys.identity)
                if isRoot {
                    let root = try RootItem(item)
                    #expect(try RootItem(try root.signed(by: TestKeys.operating, after: nil)) == root)
                } else {
                    _ = try IdentityItem(item)
                }
                read += 1
            }
        }
        #expect(read > 0)
    }

    @Test("files, damaged on the disk or by whoever has signed them", .timeLimit(.minutes(2)))
    func files() throws {
        var generator = SplitMix64(seed: announcedSeed())
        let delegation = try TestKeys.delegation()
        let key = try KeyFile(role: .operating, key: TestKeys.operating, created: 1, delegation: delegation).encoded()
        var book = TrustBook()
        try book.add("acme", TestKeys.identity.publicKey, at: TestKeys.now)
        try book.revoke(TestKeys.other.publicKey, at: TestKeys.now)
        let trust = try book.encoded()
        let index = try TestEntries.index([try TestEntries.full()]).encoded()
        let signature = try DetachedSignature(
            of: index, domain: .index, by: TestKeys.operating, delegation: delegation)
        for round in 0..<20_000 {
            switch round % 4 {
            case 0: attempt { _ = try KeyFile(mutate(key, &generator)) }
            case 1: attempt { _ = try TrustBook(mutate(trust, &generator)) }
            case 2: attempt { _ = try DetachedSignature(mutate(signature.bytes, &generator)) }
            default:
                let bytes = mutate(index, &generator)
                attempt {
                    let own = try DetachedSignature(
                        of: bytes, domain: .index, by: TestKeys.operating, delegation: delegation)
                    let read = try CatalogueIndex(bytes, signature: own)
                    _ = try read.encoded()
                }
            }
        }
    }

    @Test("searches of any characters")
    func queries() throws {
        var generator = SplitMix64(seed: announcedSeed())
        let pieces = [
            "size:", "<", ">=", "..", "8G", "-", ":", "\"", "*", "tag:", " ", "é", "9999999999999999999", ".", "b",
        ]
        let entry = try TestEntries.full()
        for _ in 0..<20_000 {
            let count = Int.random(in: 0...8, using: &generator)
            let text = (0..<count).map { _ in pieces[Int.random(in: 0..<pieces.count, using: &generator)] }.joined()
            attempt { _ = try CatalogueQuery(text).matches(entry, publisher: TestKeys.identity.publicKey) }
        }
    }
}
