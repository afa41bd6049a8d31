import PublishWire
import Testing

@Suite struct KeyTests {
    @Test("base32 has RFC 4648's vectors in lower case")
    func base32() {
        let vectors = [
            ("", ""), ("f", "my"), ("fo", "mzxq"), ("foo", "mzxw6"), ("foob", "mzxw6yq"), ("fooba", "mzxw6ytb"),
            ("foobar", "mzxw6ytboi"),
        ]
        for (plain, text) in vectors {
            #expect(Base32.encode(plain.utf8) == text)
            #expect(Base32.decode(text) == Array(plain.utf8))
            #expect(Base32.decode(text.uppercased()) == Array(plain.utf8))
        }
    }

    @Test("text that no bytes have is refused", arguments: ["a", "abc", "mz", "mzxr", "m1", "my==", "m y", "mзxq"])
    func badBase32(text: String) {
        #expect(Base32.decode(text) == nil)
    }

    @Test("Ed25519 is that of RFC 8032")
    func knownKey() throws {
        // RFC 8032, 7.1, test 1.
        let text = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"
        let seed = try #require(Hex.decode(text, count: 32))
        let key = try #require(SigningKey(seed: seed))
        #expect(
            Hex.encode(key.publicKey.bytes) == "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
        #expect(key.seed == seed)
    }

    @Test("a fingerprint is the whole key, the short form its beginning")
    func fingerprints() throws {
        let key = TestKeys.identity.publicKey
        #expect(key.fingerprint.count == PublisherKey.fingerprintLength)
        #expect(PublisherKey(fingerprint: key.fingerprint) == key)
        #expect(PublisherKey(fingerprint: key.fingerprint.uppercased()) == key)
        #expect(PublisherKey(fingerprint: String(key.fingerprint.dropLast())) == nil)
        #expect(key.shortForm.filter { $0 != "-" } == key.fingerprint.prefix(16))
        #expect(key.shortForm.count == 19)
    }

    @Test("a signature counts for its message, domain and key alone")
    func signatures() throws {
        let key = TestKeys.identity
        let message = Array("a model".utf8)
        let signature = try key.sign(message, domain: .manifest)
        #expect(key.publicKey.verify(signature, of: message, domain: .manifest))
        #expect(!key.publicKey.verify(signature, of: message, domain: .index))
        #expect(!key.publicKey.verify(signature, of: message + [0], domain: .manifest))
        #expect(!TestKeys.other.publicKey.verify(signature, of: message, domain: .manifest))
        #expect(!key.publicKey.verify(Array(signature.dropLast()), of: message, domain: .manifest))
        for place in [0, 31, 32, 63] {
            var damaged = signature
            damaged[place] ^= 1
            #expect(!key.publicKey.verify(damaged, of: message, domain: .manifest))
        }
    }

    @Test("points for which anybody can sign are no keys")
    func smallOrder() {
        let heights = [
            "0000000000000000000000000000000000000000000000000000000000000000",
            "0100000000000000000000000000000000000000000000000000000000000000",
            "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
            "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
            "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
            "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
            "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        ]
        for height in heights {
            var bytes = Hex.decode(height, count: 32)!
            #expect(PublisherKey(bytes) == nil)
            bytes[31] ^= 0x80
            #expect(PublisherKey(bytes) == nil)
        }
        #expect(PublisherKey([UInt8](repeating: 9, count: 31)) == nil)
    }

    @Test("a private key does not show itself in text")
    func secrecy() throws {
        let key = TestKeys.identity
        let file = KeyFile(role: .identity, key: key, created: TestKeys.now)
        for text in ["\(key)", String(reflecting: key), String(describing: [key]), "\(file)"] {
            #expect(!text.contains(Base32.encode(key.seed)))
            #expect(!text.contains(key.seed.map(String.init).joined(separator: ", ")))
        }
    }

    @Test("two new keys differ")
    func random() {
        #expect(SigningKey().publicKey != SigningKey().publicKey)
    }
}
