internal import Crypto

/// The smallest X.509 certificate that TLS takes: a new P-256 key that signs itself, valid for ever.
///
/// Nobody reads what it says: a peer's identity is the certificate's hash. That is why its few fixed fields are put
/// together here, and no library for certificates makes the client larger.
struct SelfSignedCertificate {
    let der: [UInt8]
    /// The private key in its PEM form.
    let keyText: String

    init() throws {
        let key = P256.Signing.PrivateKey()
        let ecdsaWithSHA256 = DER.sequence(DER.objectIdentifier([0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x04, 0x03, 0x02]))
        let commonName = DER.objectIdentifier([0x55, 0x04, 0x03])
        let name = DER.sequence(DER.set(DER.sequence(commonName + DER.text("shoal"))))
        // RFC 5280 §4.1.2.5: the last date of all says that there is no end.
        let validity = DER.sequence(DER.shortTime("000101000000Z") + DER.longTime("99991231235959Z"))
        let version3 = DER.tagged(0, DER.integer([2]))
        var generator = SystemRandomNumberGenerator()
        // 16 random bytes; the first is made positive and not zero.
        var serial = (0..<16).map { _ in UInt8.random(in: 0...255, using: &generator) }
        serial[0] = serial[0] & 0x3F | 0x40
        let content = DER.sequence(
            version3 + DER.integer(serial) + ecdsaWithSHA256 + name + validity + name
                + Array(key.publicKey.derRepresentation))
        let signature = try key.signature(for: content)
        der = DER.sequence(content + ecdsaWithSHA256 + DER.bitString(Array(signature.derRepresentation)))
        keyText = key.pemRepresentation
    }
}

/// The few forms of ASN.1's distinguished encoding that a certificate needs.
private enum DER {
    static func sequence(_ content: [UInt8]) -> [UInt8] { value(0x30, content) }
    static func set(_ content: [UInt8]) -> [UInt8] { value(0x31, content) }
    static func tagged(_ number: UInt8, _ content: [UInt8]) -> [UInt8] { value(0xA0 | number, content) }
    /// - Parameter bytes: most significant first, the highest bit clear.
    static func integer(_ bytes: [UInt8]) -> [UInt8] { value(0x02, bytes) }
    static func objectIdentifier(_ bytes: [UInt8]) -> [UInt8] { value(0x06, bytes) }
    static func text(_ text: String) -> [UInt8] { value(0x0C, Array(text.utf8)) }
    static func shortTime(_ text: String) -> [UInt8] { value(0x17, Array(text.utf8)) }
    static func longTime(_ text: String) -> [UInt8] { value(0x18, Array(text.utf8)) }
    static func bitString(_ bytes: [UInt8]) -> [UInt8] { value(0x03, [0] + bytes) }

    private static func value(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] {
        let length: [UInt8] =
            switch content.count {
            case ..<0x80: [UInt8(content.count)]
            case ..<0x100: [0x81, UInt8(content.count)]
            default: [0x82, UInt8(truncatingIfNeeded: content.count >> 8), UInt8(truncatingIfNeeded: content.count)]
            }
        return [tag] + length + content
    }
}
