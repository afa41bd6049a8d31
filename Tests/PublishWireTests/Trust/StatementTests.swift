import PublishWire
import Testing

@Suite struct StatementTests {
    private let now = TestKeys.now

    @Test("a delegation survives its bytes and its text")
    func delegation() throws {
        let delegation = try TestKeys.delegation()
        #expect(delegation.bytes.count == Delegation.size)
        #expect(Delegation.size == 145)
        #expect(try Delegation(delegation.bytes) == delegation)
        #expect(try Delegation(text: delegation.text) == delegation)
        #expect(delegation.expiry - delegation.notBefore == 90 * TestKeys.day)
    }

    @Test("a delegation is in force between its times, with a day for clocks that go wrong")
    func times() throws {
        let delegation = try TestKeys.delegation(lifetime: 30 * TestKeys.day)
        try delegation.checkCurrent(at: now)
        try delegation.checkCurrent(at: now - TestKeys.day)
        try delegation.checkCurrent(at: now + 30 * TestKeys.day - 1)
        expectFault(.notYetValid) { try delegation.checkCurrent(at: now - TestKeys.day - 1) }
        expectFault(.expired) { try delegation.checkCurrent(at: now + 30 * TestKeys.day) }
        #expect(!delegation.needsRenewal(at: now + 19 * TestKeys.day))
        #expect(delegation.needsRenewal(at: now + 20 * TestKeys.day))
    }

    @Test("nobody delegates for longer than 90 days, or to the key itself")
    func delegationRules() throws {
        expectFault(.malformed) { _ = try TestKeys.delegation(lifetime: Delegation.longest + 1) }
        expectFault(.malformed) { _ = try TestKeys.delegation(lifetime: 0) }
        expectFault(.malformed) { _ = try TestKeys.delegation(lifetime: .max) }
        expectFault(.malformed) { _ = try TestKeys.delegation(at: -1) }
        expectFault(.malformed) { _ = try TestKeys.delegation(at: 253_402_300_799) }
        expectFault(.wrongStatement) { _ = try TestKeys.delegation(to: TestKeys.identity) }
    }

    @Test("every byte of a statement is signed")
    func changedBytes() throws {
        let statements = [
            try TestKeys.delegation().bytes,
            try Rotation(from: TestKeys.identity, to: TestKeys.other, epoch: 1, time: now).bytes,
        ]
        for place in statements[0].indices {
            var bytes = statements[0]
            bytes[place] ^= 1
            #expect(throws: PublishError.self) { try Delegation(bytes) }
        }
        for place in statements[1].indices {
            var bytes = statements[1]
            bytes[place] ^= 1
            #expect(throws: PublishError.self) { try Rotation(bytes) }
        }
        #expect(throws: PublishError.self) { try Delegation(statements[0] + [0]) }
        #expect(throws: PublishError.self) { try Rotation(Array(statements[1].dropLast())) }
    }

    @Test("a rotation needs both keys, and an epoch above 0")
    func rotation() throws {
        let rotation = try Rotation(from: TestKeys.identity, to: TestKeys.other, epoch: 1, time: now)
        #expect(rotation.bytes.count == Rotation.size)
        #expect(Rotation.size == 205)
        #expect(try Rotation(rotation.bytes) == rotation)
        #expect(try Rotation(text: rotation.text) == rotation)
        // The new key's signature replaced by one more of the old key.
        let foreign = try Rotation(from: TestKeys.identity, to: TestKeys.key(9), epoch: 1, time: now)
        expectFault(.wrongSignature) {
            _ = try Rotation(Array(rotation.bytes.dropLast(64) + foreign.bytes.suffix(64)))
        }
        expectFault(.wrongStatement) {
            _ = try Rotation(from: TestKeys.identity, to: TestKeys.other, epoch: 0, time: now)
        }
        expectFault(.wrongStatement) {
            _ = try Rotation(from: TestKeys.identity, to: TestKeys.identity, epoch: 1, time: now)
        }
    }

    @Test("chains are without gaps")
    func chains() throws {
        let keys = (10...13).map { TestKeys.key($0) }
        let chain = try (0..<3).map {
            try Rotation(from: keys[$0], to: keys[$0 + 1], epoch: UInt32($0 + 1), time: now)
        }
        #expect(Rotation.isChain(chain))
        #expect(Rotation.isChain([]))
        #expect(!Rotation.isChain([chain[0], chain[2]]))
        #expect(!Rotation.isChain(chain.reversed()))
        let skipped = try Rotation(from: keys[1], to: keys[2], epoch: 3, time: now)
        #expect(!Rotation.isChain([chain[0], skipped]))
    }

    @Test("a signature file is over exact bytes, of one domain")
    func detached() throws {
        let file = Array("{\"a\": 1}".utf8)
        let signature = try DetachedSignature(
            of: file, domain: .index, by: TestKeys.operating, delegation: try TestKeys.delegation())
        let read = try DetachedSignature(signature.bytes)
        #expect(read == signature)
        #expect(try read.verify(file, domain: .index) == TestKeys.identity.publicKey)
        expectFault(.wrongSignature) { try read.verify(file + [10], domain: .index) }
        expectFault(.wrongSignature) { try read.verify(file, domain: .manifest) }
        expectFault(.wrongStatement) {
            _ = try DetachedSignature(
                of: file, domain: .index, by: TestKeys.other, delegation: try TestKeys.delegation())
        }
        let text = String(decoding: signature.bytes, as: UTF8.self)
        let others = [
            text.replacing(TestKeys.operating.publicKey.fingerprint, with: TestKeys.other.publicKey.fingerprint),
            text.replacing("\"ed25519\"", with: "\"rsa\""), text.replacing("\"sig\"", with: "\"gis\""), "", "[]",
            String(repeating: "[", count: 4_000), String(repeating: " ", count: 5_000) + text,
        ]
        for other in others {
            #expect(throws: PublishError.self, "\(other.prefix(60))") { try DetachedSignature(Array(other.utf8)) }
        }
    }

    @Test("labels show, and are short", arguments: ["", " a", "a ", "a\nb", "a\u{202E}b", "a\u{200B}b", "\u{1B}[31m"])
    func labels(text: String) {
        #expect(PublisherLabel(text) == nil)
        #expect(PublisherLabel("Müller & Söhne 模型") != nil)
        #expect(PublisherLabel(String(repeating: "é", count: 33)) == nil)
    }
}
