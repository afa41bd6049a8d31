internal import Crypto

/// What the members of a private swarm share. It never travels.
public struct SwarmSecret: Sendable, Hashable {
    private let bytes: [UInt8]

    /// Bytes that a secret must have at least.
    public static let minimumSize = 16

    /// Takes the bytes of a secret.
    /// - Returns: nil for fewer than 16 bytes: they could be guessed.
    public init?(_ bytes: some Sequence<UInt8>) {
        let bytes = Array(bytes)
        guard bytes.count >= Self.minimumSize else { return nil }
        self.bytes = bytes
    }

    /// A short public name of this secret, for settings and records: 16 hexadecimal digits that do not reveal it.
    public var id: String { authenticationCode(for: Array("shoal-secret-id-v1".utf8)).prefix(8).hexText }

    /// `HMAC-SHA256(secret, message)`, 32 bytes.
    package func authenticationCode(for message: [UInt8]) -> [UInt8] {
        Array(HMAC<SHA256>.authenticationCode(for: message, using: SymmetricKey(data: bytes)))
    }
}
