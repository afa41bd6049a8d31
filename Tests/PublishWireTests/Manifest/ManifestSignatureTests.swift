import PublishWire
import TestSupport
import Testing

@Suite struct ManifestSignatureTests {
    @Test("what a delegated key signs stands for its identity")
    func delegated() throws {
        var manifest = try SampleManifest.small()
        manifest.publisher = TestKeys.identity.publicKey
        let bytes = manifest.encoded()
        let made = try ManifestSignature(of: bytes, by: TestKeys.operating, delegation: TestKeys.delegation())
        let (read, signature) = try ModelManifest.signed(json: bytes, signature: made.encoded())
        #expect(read == manifest && signature == made)
        #expect(signature.identity == TestKeys.identity.publicKey && signature.key == TestKeys.operating.publicKey)
    }

    @Test("an identity may sign itself")
    func identity() throws {
        let bytes = try SampleManifest.small().encoded()
        let made = try ManifestSignature(of: bytes, by: TestKeys.identity)
        #expect(try ManifestSignature(json: made.encoded()) == made)
        #expect(made.identity == TestKeys.identity.publicKey)
        try made.check(bytes)
    }

    @Test("is over exact bytes")
    func exact() throws {
        let bytes = try SampleManifest.small().encoded()
        let made = try ManifestSignature(of: bytes, by: TestKeys.identity)
        #expect(code { () throws(PublishError) in try made.check(bytes + [0x0A]) } == .wrongSignature)
        for place in bytes.indices {
            var other = bytes
            other[place] ^= 1
            #expect(code { () throws(PublishError) in try made.check(other) } == .wrongSignature)
        }
    }

    @Test("refuses a delegation of another, and another's name in the manifest")
    func others() throws {
        var manifest = try SampleManifest.small()
        let bytes = manifest.encoded()
        let delegation = try TestKeys.delegation()
        #expect(
            code { () throws(PublishError) in
                _ = try ManifestSignature(of: bytes, by: TestKeys.other, delegation: delegation)
            } == .wrongStatement)
        manifest.publisher = TestKeys.identity.publicKey
        let claimed = manifest.encoded()
        let signature = try ManifestSignature(of: claimed, by: TestKeys.other).encoded()
        #expect(
            code { () throws(PublishError) in _ = try ModelManifest.signed(json: claimed, signature: signature) }
                == .inconsistent)
    }

    @Test("refuses files that are damaged or of another kind")
    func damaged() throws {
        let bytes = try SampleManifest.small().encoded()
        let made = try ManifestSignature(of: bytes, by: TestKeys.operating, delegation: TestKeys.delegation())
        let text = String(decoding: made.encoded(), as: UTF8.self)
        let other = TestKeys.other.publicKey.fingerprint
        let cases: [(String, PublishError.Code)] = [
            ("", .malformed), ("{}", .unsupported), (text.replacing("ed25519", with: "rsa"), .unsupported),
            (text.replacing("\"sig\"", with: "\"sag\""), .malformed),
            (text.replacing("\"key\"", with: "\"kee\""), .badKey),
            (text.replacing("\"key\": \"\(made.key.fingerprint)\"", with: "\"key\": \"\(other)\""), .wrongStatement),
            (
                text.replacing("\"identity\": \"\(made.identity.fingerprint)\"", with: "\"identity\": \"\(other)\""),
                .inconsistent
            ),
            (text.replacing("\"identity\"", with: "\"x\""), .inconsistent),
            (text.replacing("\"delegation\"", with: "\"x\""), .inconsistent),
            (text + String(repeating: " ", count: 5_000), .tooLarge),
        ]
        for (text, expected) in cases {
            #expect(code { () throws(PublishError) in _ = try ManifestSignature(json: Array(text.utf8)) } == expected)
        }
        var generator = SplitMix64(seed: announcedSeed())
        for _ in 0..<2_000 {
            let damaged = Mutation.apply(to: made.encoded(), &generator)
            guard let signature = try? ManifestSignature(json: damaged), (try? signature.check(bytes)) != nil else {
                continue
            }
            #expect(signature == made)
        }
    }
}
