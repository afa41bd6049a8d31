internal import Crypto
public import Xet

/// A file as a swarm knows it: its hash, and the secret of the swarm if it is a private one.
///
/// Only a key's ``id`` and proofs made with it travel; who does not know the file's hash (and the secret) learns
/// neither from them.
public struct FileKey: Sendable, Hashable {
    public let hash: FileHash
    /// nil: the public swarm.
    public let secret: SwarmSecret?
    /// The name under which peers of this file meet.
    public let id: SwarmID

    public init(_ hash: FileHash, secret: SwarmSecret? = nil) {
        self.hash = hash
        self.secret = secret
        id = secret.map { .file(hash, secret: $0) } ?? .file(hash)
    }

    /// Proves knowledge of the key to the peer at the other end of one connection (docs/swarm.md, "Proofs").
    package func proof(by side: ProofSide, on binding: ConnectionBinding) -> [UInt8] {
        let base = Array("shoal-key-v1:".utf8) + hash.bytes
        let key = secret?.authenticationCode(for: base) ?? Array(SHA256.hash(data: base))
        let message = Array((side == .asking ? "shoal-want-v1" : "shoal-have-v1").utf8) + id.bytes + binding.bytes
        return Array(HMAC<SHA256>.authenticationCode(for: message, using: SymmetricKey(data: key)))
    }

    /// Checks the proof of the other end, in constant time.
    package func accepts(_ proof: [UInt8], by side: ProofSide, on binding: ConnectionBinding) -> Bool {
        let expected = self.proof(by: side, on: binding)
        guard proof.count == expected.count else { return false }
        return zip(proof, expected).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }
}

/// Which end of a conversation makes a proof.
package enum ProofSide: Sendable {
    /// Who wants chunks.
    case asking
    /// Who has some.
    case answering
}

/// What makes one connection different from every other: both certificates and both nonces, as the asking side sees
/// them. A proof that is bound to it is worth nothing on another connection, a relayed one included.
package struct ConnectionBinding: Sendable, Hashable {
    package let bytes: [UInt8]

    /// - Parameters:
    ///   - asking: fingerprint of the certificate (32 bytes) and nonce (32 bytes) of the side that wants chunks.
    ///   - answering: those of the other side.
    package init(asking: (fingerprint: [UInt8], nonce: [UInt8]), answering: (fingerprint: [UInt8], nonce: [UInt8])) {
        bytes = asking.fingerprint + answering.fingerprint + asking.nonce + answering.nonce
    }
}
