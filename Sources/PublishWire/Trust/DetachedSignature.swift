#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

/// The file beside a signed file: who signed its exact bytes, and for whom.
public struct DetachedSignature: Sendable, Hashable {
    public let delegation: Delegation
    /// The operating key's, 64 bytes.
    public let signature: [UInt8]

    /// Bytes that the file may have.
    public static let largest = 4 << 10
    private static let algorithm = "ed25519"

    /// Signs a file's bytes.
    public init(
        of file: [UInt8], domain: SigningDomain, by key: SigningKey, delegation: Delegation
    ) throws(PublishError) {
        guard key.publicKey == delegation.operating else {
            throw PublishError(.wrongStatement, "a file is signed by the operating key of its delegation")
        }
        self.delegation = delegation
        signature = try key.sign(file, domain: domain)
    }

    /// Reads the file. What it signs is checked by ``verify(_:domain:)``.
    public init(_ bytes: [UInt8]) throws(PublishError) {
        guard bytes.count <= Self.largest else {
            throw PublishError(.tooLarge, "a signature file has \(bytes.count) bytes")
        }
        guard let file = try? JSONDecoder().decode(File.self, from: Data(bytes)) else {
            throw PublishError(.malformed, "this is no signature file")
        }
        guard file.alg == Self.algorithm else {
            throw PublishError(.unsupported, "a signature file names another method than \(Self.algorithm)")
        }
        guard let signature = Base32.decode(file.sig), signature.count == PublisherKey.signatureSize else {
            throw PublishError(.malformed, "the signature in a signature file is no 64 bytes")
        }
        delegation = try Delegation(text: file.delegation)
        self.signature = signature
        guard PublisherKey(fingerprint: file.key) == delegation.operating else {
            throw PublishError(.wrongStatement, "a signature file names another key than its delegation")
        }
    }

    /// The file: JSON with the keys `alg`, `delegation`, `key` and `sig`, the last three in base32.
    public var bytes: [UInt8] {
        // Base32 needs no escapes.
        let fields = [
            ("alg", Self.algorithm), ("delegation", delegation.text),
            ("key", delegation.operating.fingerprint), ("sig", Base32.encode(signature)),
        ]
        return Array("{\(fields.map { "\"\($0)\":\"\($1)\"" }.joined(separator: ","))}\n".utf8)
    }

    /// Checks the signature over a file's bytes.
    /// - Returns: the publisher's identity. Whether the delegation is still in force is another matter
    ///   (``Delegation/checkCurrent(at:)``): what was signed stays signed.
    @discardableResult
    public func verify(_ file: [UInt8], domain: SigningDomain) throws(PublishError) -> PublisherKey {
        guard delegation.operating.verify(signature, of: file, domain: domain) else {
            throw PublishError(
                .wrongSignature, "the signature is not over these bytes",
                hint: "the file or its signature was changed after \(delegation.identity.shortForm) had signed it")
        }
        return delegation.identity
    }

    private struct File: Decodable {
        var alg: String
        var key: String
        var delegation: String
        var sig: String
    }
}
