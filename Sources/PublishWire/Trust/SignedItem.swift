internal import Crypto
internal import SwarmWire

/// A mutable item of the DHT (BEP 44), as its author signed it.
public struct SignedItem: Sendable, Hashable {
    /// The author's Ed25519 public key, 32 bytes.
    public let key: [UInt8]
    /// At most 64 bytes.
    public let salt: [UInt8]
    public let sequence: Int64
    /// The bencoded value, exactly as signed.
    public let value: [UInt8]
    /// 64 bytes.
    public let signature: [UInt8]

    /// Bytes that a value may have.
    public static let largestValue = 1_000
    /// Bytes that a salt may have.
    public static let largestSalt = 64

    /// Takes an item as it came; ``verify()`` tells whether it is one.
    public init(key: [UInt8], salt: [UInt8], sequence: Int64, value: [UInt8], signature: [UInt8]) {
        self.key = key
        self.salt = salt
        self.sequence = sequence
        self.value = value
        self.signature = signature
    }

    /// Signs an item.
    public init(signing value: [UInt8], salt: [UInt8], sequence: Int64, by key: SigningKey) throws(PublishError) {
        try Self.check(value: value, salt: salt, sequence: sequence)
        self.init(
            key: key.publicKey.bytes, salt: salt, sequence: sequence, value: value,
            signature: try key.signRaw(Self.signedBytes(salt: salt, sequence: sequence, value: value)))
    }

    /// Where the DHT keeps it: `SHA-1(key ‖ salt)`.
    public var target: [UInt8] { Self.target(key: key, salt: salt) }

    public static func target(key: [UInt8], salt: [UInt8]) -> [UInt8] {
        Array(Insecure.SHA1.hash(data: key + salt))
    }

    /// Checks sizes, the value's form and the signature.
    /// - Returns: the author.
    @discardableResult
    public func verify() throws(PublishError) -> PublisherKey {
        try Self.check(value: value, salt: salt, sequence: sequence)
        guard let author = PublisherKey(key) else {
            throw PublishError(.badKey, "a DHT item is signed by something that is no key")
        }
        guard author.verifyRaw(signature, of: signedBytes) else {
            throw PublishError(.wrongSignature, "\(author.shortForm) has not signed this DHT item")
        }
        return author
    }

    /// The bytes that the signature is over.
    public var signedBytes: [UInt8] { Self.signedBytes(salt: salt, sequence: sequence, value: value) }

    private static func signedBytes(salt: [UInt8], sequence: Int64, value: [UInt8]) -> [UInt8] {
        var bytes: [UInt8] = []
        if !salt.isEmpty {
            bytes.append(contentsOf: "4:salt\(salt.count):".utf8)
            bytes.append(contentsOf: salt)
        }
        bytes.append(contentsOf: "3:seqi\(sequence)e1:v".utf8)
        return bytes + value
    }

    private static func check(value: [UInt8], salt: [UInt8], sequence: Int64) throws(PublishError) {
        guard value.count <= largestValue, salt.count <= largestSalt else {
            throw PublishError(
                .tooLarge, "a DHT item has a value of \(value.count) bytes and a salt of \(salt.count)",
                hint: "the DHT keeps values of up to 1,000 bytes and salts of up to 64")
        }
        guard sequence >= 0 else { throw PublishError(.malformed, "a DHT item has a sequence number below 0") }
        // Nodes may write a value anew; only its one sorted form survives that with its signature.
        guard let decoded = try? Bencode.decode(value), Bencode.encode(decoded) == value else {
            throw PublishError(.malformed, "the value of a DHT item is not bencoded in its one right form")
        }
    }
}
