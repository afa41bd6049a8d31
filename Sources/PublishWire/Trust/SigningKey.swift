internal import Crypto

/// An Ed25519 private key. It never travels.
public struct SigningKey: Sendable {
    private let key: Curve25519.Signing.PrivateKey
    public let publicKey: PublisherKey

    /// Bytes of a seed.
    public static let seedSize = 32

    /// A new key of the system's random numbers.
    public init() {
        // A random scalar gives a point of small order with a chance of 2^-250; the loop is for the type checker.
        while true {
            let key = Curve25519.Signing.PrivateKey()
            if let publicKey = PublisherKey(key.publicKey.rawRepresentation) {
                self.key = key
                self.publicKey = publicKey
                return
            }
        }
    }

    /// The key of a 32-byte seed (RFC 8032).
    /// - Returns: nil for another length.
    public init?(seed: [UInt8]) {
        guard seed.count == Self.seedSize, let key = try? Curve25519.Signing.PrivateKey(rawRepresentation: seed),
            let publicKey = PublisherKey(key.publicKey.rawRepresentation)
        else { return nil }
        self.key = key
        self.publicKey = publicKey
    }

    /// The secret itself: 32 bytes, for the key file alone.
    public var seed: [UInt8] { Array(key.rawRepresentation) }

    /// Signs a message of a domain: 64 bytes.
    public func sign(_ message: [UInt8], domain: SigningDomain) throws(PublishError) -> [UInt8] {
        try signRaw(domain.signedBytes(of: message))
    }

    /// Signs bytes as they are; for formats that others have laid down (BEP 44).
    package func signRaw(_ bytes: [UInt8]) throws(PublishError) -> [UInt8] {
        do {
            return Array(try key.signature(for: bytes))
        } catch {
            throw PublishError(.badKey, "the key \(publicKey.shortForm) cannot sign: \(error)")
        }
    }
}

extension SigningKey: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The public half: a log must not show the secret.
    public var description: String { "private key of \(publicKey.shortForm)" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}
