/// Who stands for a manifest: the file beside it. It is over the manifest's exact bytes, which are never written anew.
public struct ManifestSignature: Sendable, Hashable {
    /// The key that signed.
    public let key: PublisherKey
    /// Why that key may sign for another; nil when the identity itself signed.
    public let delegation: Delegation?
    /// 64 bytes.
    public let signature: [UInt8]

    /// Its name in the torrent.
    public static let fileName = "shoal-manifest.sig"
    /// Bytes of the file.
    public static let largest = 4 << 10
    private static let algorithm = "ed25519"

    /// Signs a manifest.
    /// - Parameters:
    ///   - manifest: the bytes of the file.
    ///   - delegation: needed unless the identity itself signs.
    public init(
        of manifest: [UInt8], by key: SigningKey, delegation: Delegation? = nil
    ) throws(PublishError) {
        self.key = key.publicKey
        self.delegation = delegation
        signature = try key.sign(manifest, domain: .manifest)
        try checkDelegation()
    }

    /// Reads the file. What it says about the manifest is checked by ``check(_:)``.
    public init(json: [UInt8]) throws(PublishError) {
        guard json.count <= Self.largest else {
            throw PublishError(.tooLarge, "the signature file has more than \(Self.largest) bytes")
        }
        var reader = JSONReader(json, what: "signature file")
        var fields: [String: String] = [:]
        try reader.object { key, reader throws(PublishError) in
            switch key {
            case "alg", "key", "identity", "delegation", "sig": fields[key] = try reader.string(limit: 1 << 10)
            default: try reader.skip()
            }
        }
        try reader.finish()
        guard let algorithm = fields["alg"], algorithm == Self.algorithm else {
            throw PublishError(
                .unsupported, "the signature is of the kind \((fields["alg"] ?? "").quoted), which is not known",
                hint: "update Shoal")
        }
        guard let key = fields["key"].flatMap({ PublisherKey(fingerprint: $0) }) else {
            throw PublishError(.badKey, "the signature file names no key, or none that can be trusted")
        }
        guard let signature = fields["sig"].flatMap({ Base32.decode($0) }),
            signature.count == PublisherKey.signatureSize
        else { throw PublishError(.malformed, "the signature file has no signature") }
        self.key = key
        self.signature = signature
        if let text = fields["delegation"] {
            guard let bytes = Base32.decode(text) else {
                throw PublishError(.malformed, "the signature file has a delegation that is no base32")
            }
            delegation = try Delegation(bytes)
        } else {
            delegation = nil
        }
        try checkDelegation()
        guard let named = fields["identity"].flatMap({ PublisherKey(fingerprint: $0) }), named == identity else {
            throw PublishError(.inconsistent, "the signature file names another identity than its delegation, or none")
        }
    }

    /// Who stands for the manifest.
    public var identity: PublisherKey { delegation?.identity ?? key }

    private func checkDelegation() throws(PublishError) {
        guard delegation.map({ $0.operating == key }) ?? true else {
            throw PublishError(.wrongStatement, "the delegation is not for the key that signed")
        }
    }

    /// Makes sure that the signature is over these bytes.
    ///
    /// Whether the delegation is still in force is not asked: files outlive it. What a publisher stands for today, its
    /// index says.
    public func check(_ manifest: [UInt8]) throws(PublishError) {
        guard key.verify(signature, of: manifest, domain: .manifest) else {
            throw PublishError(
                .wrongSignature, "the manifest is not what \(identity.shortForm) signed",
                hint: "do not use it; somebody has changed the manifest or its signature")
        }
    }

    /// The file.
    public func encoded() -> [UInt8] {
        var members = [
            JSONText.Member("alg", .string(Self.algorithm)),
            JSONText.Member("key", .string(key.fingerprint)),
            JSONText.Member("identity", .string(identity.fingerprint)),
        ]
        if let delegation { members.append(JSONText.Member("delegation", .string(Base32.encode(delegation.bytes)))) }
        members.append(JSONText.Member("sig", .string(Base32.encode(signature))))
        return JSONText.object(members).bytes
    }
}

extension ModelManifest {
    /// Reads a manifest whose signature must be right.
    /// - Parameters:
    ///   - json: the bytes of ``fileName``.
    ///   - signature: the bytes of ``ManifestSignature/fileName``.
    /// - Returns: the manifest, and whose it is.
    public static func signed(
        json: [UInt8], signature: [UInt8]
    ) throws(PublishError) -> (manifest: ModelManifest, signature: ManifestSignature) {
        let signature = try ManifestSignature(json: signature)
        try signature.check(json)
        let manifest = try ModelManifest(json: json)
        if let publisher = manifest.publisher, publisher != signature.identity {
            throw PublishError(
                .inconsistent,
                "the manifest names \(publisher.shortForm) as its publisher, but \(signature.identity.shortForm) signed",
                hint: "do not use it; somebody passes another's manifest off as theirs")
        }
        return (manifest, signature)
    }
}
