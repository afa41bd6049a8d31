import PublishWire
import Testing

@Suite struct KeyFileTests {
    private let now = TestKeys.now

    @Test("key files survive their encoding, and come out the same each time")
    func coding() throws {
        let rotation = try Rotation(from: TestKeys.other, to: TestKeys.identity, epoch: 1, time: now)
        let identity = KeyFile(
            role: .identity, key: TestKeys.identity, created: now, label: PublisherLabel("Me"), rotations: [rotation])
        let read = try KeyFile(try identity.encoded())
        #expect(read.role == .identity)
        #expect(read.key.seed == TestKeys.identity.seed)
        #expect(read.created == now)
        #expect(read.label?.text == "Me")
        #expect(read.rotations == [rotation])
        #expect(read.epoch == 1)
        #expect(try read.encoded() == identity.encoded())

        let delegation = try TestKeys.delegation()
        let operating = KeyFile(role: .operating, key: TestKeys.operating, created: now, delegation: delegation)
        #expect(try KeyFile(try operating.encoded()).delegation == delegation)
        #expect(operating.epoch == 0)
    }

    @Test("files that contradict themselves are refused, and do not show the secret")
    func refusals() throws {
        let file = KeyFile(role: .operating, key: TestKeys.operating, created: now)
        let text = String(decoding: try file.encoded(), as: UTF8.self)
        let seed = Base32.encode(TestKeys.operating.seed)
        let damaged = [
            text.replacing(TestKeys.operating.publicKey.fingerprint, with: TestKeys.other.publicKey.fingerprint),
            text.replacing(seed, with: String(seed.dropLast())), text.replacing("shoal-key", with: "else"),
            text.replacing("\"version\" : 1", with: "\"version\" : 2"), text.replacing("operating", with: "root"), "",
            String(text.dropLast(20)), String(repeating: " ", count: 20_000) + text,
        ]
        for bytes in damaged {
            do {
                _ = try KeyFile(Array(bytes.utf8))
                Issue.record("read \(bytes)")
            } catch {
                #expect(!"\(error)".contains(seed.prefix(20)))
            }
        }
    }

    @Test("statements in a key file belong to its key")
    func statements() throws {
        let delegation = try TestKeys.delegation()
        let wrongRole = KeyFile(role: .identity, key: TestKeys.operating, created: now, delegation: delegation)
        expectFault(.wrongStatement) { _ = try KeyFile(try wrongRole.encoded()) }
        let wrongKey = KeyFile(role: .operating, key: TestKeys.other, created: now, delegation: delegation)
        expectFault(.wrongStatement) { _ = try KeyFile(try wrongKey.encoded()) }
        let rotation = try Rotation(from: TestKeys.other, to: TestKeys.identity, epoch: 1, time: now)
        let wrongEnd = KeyFile(role: .identity, key: TestKeys.other, created: now, rotations: [rotation])
        expectFault(.wrongStatement) { _ = try KeyFile(try wrongEnd.encoded()) }
    }
}
