internal import Crypto

/// An Ed25519 public key: a publisher's identity, or the key that works for it.
public struct PublisherKey: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// 32 bytes.
    public let bytes: [UInt8]

    /// Bytes of a key.
    public static let size = 32
    /// Bytes of a signature.
    public static let signatureSize = 64

    /// Takes a key's bytes.
    /// - Returns: nil unless there are 32, or for a point of small order: anybody can sign for such a key.
    public init?(_ bytes: some Sequence<UInt8>) {
        let bytes = Array(bytes)
        guard bytes.count == Self.size, !SmallOrder.contains(bytes) else { return nil }
        self.bytes = bytes
    }

    /// Reads a ``fingerprint``, in either case.
    public init?(fingerprint: String) {
        guard let bytes = Base32.decode(fingerprint, limit: Self.fingerprintLength) else { return nil }
        self.init(bytes)
    }

    /// Characters of a fingerprint.
    public static let fingerprintLength = 52

    /// The whole key in lower-case base32: what is compared and stored.
    public var fingerprint: String { Base32.encode(bytes) }

    /// The fingerprint's first 80 bits in groups of four: what people read to each other. Nobody can make another key
    /// with the same.
    public var shortForm: String {
        let text = Array(fingerprint.prefix(16))
        return stride(from: 0, to: 16, by: 4).map { String(text[$0..<$0 + 4]) }.joined(separator: "-")
    }

    public var description: String { shortForm }

    /// Whether `signature` was made by this key over a message of a domain.
    public func verify(_ signature: [UInt8], of message: [UInt8], domain: SigningDomain) -> Bool {
        verifyRaw(signature, of: domain.signedBytes(of: message))
    }

    /// Checks a signature over bytes as they are; for formats that others have laid down (BEP 44).
    package func verifyRaw(_ signature: [UInt8], of bytes: [UInt8]) -> Bool {
        guard signature.count == Self.signatureSize,
            let key = try? Curve25519.Signing.PublicKey(rawRepresentation: self.bytes)
        else { return false }
        return key.isValidSignature(signature, for: bytes)
    }

    public static func < (left: PublisherKey, right: PublisherKey) -> Bool {
        left.bytes.lexicographicallyPrecedes(right.bytes)
    }
}
