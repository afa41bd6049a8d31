import PublishWire
import SwarmWire
import Testing

@Suite struct GossipTests {
    private func items(_ count: Int) throws -> [SignedItem] {
        try (0..<count).map { number in
            let delegation = try TestKeys.delegation(from: TestKeys.key(UInt8(100 + number)))
            return try TestKeys.root(delegation: delegation).signed(by: TestKeys.operating, after: nil)
        }
    }

    @Test("questions and answers survive their encoding")
    func coding() throws {
        let ask = GossipMessage.ask(known: [TestKeys.identity.publicKey: 5, TestKeys.other.publicKey: .max])
        #expect(try GossipMessage.decode(ask.bytes) == ask)
        #expect(try GossipMessage.decode(GossipMessage.ask(known: [:]).bytes) == .ask(known: [:]))
        let identity = try IdentityItem(delegation: try TestKeys.delegation(), time: TestKeys.now)
            .signed(by: TestKeys.identity, after: nil)
        let answer = GossipMessage.items(try items(49) + [identity])
        #expect(try GossipMessage.decode(answer.bytes) == answer)
    }

    @Test("fifty of the largest items fit into a message")
    func bounds() throws {
        let value = Array("994:".utf8) + [UInt8](repeating: 65, count: 994)
        let largest = try SignedItem(signing: value, salt: RootItem.salt, sequence: .max - 1, by: TestKeys.operating)
        let bytes = GossipMessage.items([SignedItem](repeating: largest, count: 60)).bytes
        #expect(bytes.count <= GossipMessage.largest)
        #expect(try GossipMessage.decode(bytes) == .items([SignedItem](repeating: largest, count: 50)))
        let known = Dictionary(
            uniqueKeysWithValues: (0..<250).map { (TestKeys.key(UInt8($0 + 1)).publicKey, Int64($0)) })
        guard case .ask(let told) = try GossipMessage.decode(GossipMessage.ask(known: known).bytes) else {
            Issue.record("no question")
            return
        }
        #expect(told.count == 200)
        #expect(told.values.min() == 50)
    }

    @Test("too much, and what is not signed, is refused")
    func refusals() throws {
        let item = try items(1)[0]
        let many = Bencode.encode(["m": 1, "i": .list([BencodeValue](repeating: "x", count: 51))])
        expectFault(.tooLarge) { _ = try GossipMessage.decode(many) }
        expectFault(.tooLarge) { _ = try GossipMessage.decode([UInt8](repeating: 0, count: GossipMessage.largest + 1)) }
        let forged = SignedItem(
            key: item.key, salt: item.salt, sequence: item.sequence + 1, value: item.value, signature: item.signature)
        expectFault(.wrongSignature) { _ = try GossipMessage.decode(GossipMessage.items([item, forged]).bytes) }
        let other = try SignedItem(signing: item.value, salt: Array("spam".utf8), sequence: 1, by: TestKeys.operating)
        expectFault(.wrongStatement) { _ = try GossipMessage.decode(GossipMessage.items([other]).bytes) }
        expectFault(.malformed) { _ = try GossipMessage.decode(Array("de".utf8)) }
        expectFault(.malformed) { _ = try GossipMessage.decode(Bencode.encode(["m": 0, "k": ["short": 1]])) }
        #expect(try GossipMessage.decode(Bencode.encode(["m": 7])) == nil)
    }
}
