internal import SwarmWire

/// An identity's word that another key works for it for a while.
///
/// The identity key can so be kept offline: it is needed once in 90 days. Of two delegations of one identity the one
/// that begins later counts; that is how a stolen operating key is taken back.
public struct Delegation: Sendable, Hashable {
    /// The key that followers know.
    public let identity: PublisherKey
    /// The key that signs roots, indexes and manifests.
    public let operating: PublisherKey
    /// Seconds since 1970.
    public let notBefore: Int64
    /// Seconds since 1970; at most ``longest`` after ``notBefore``.
    public let expiry: Int64
    /// The identity's, 64 bytes. It was checked.
    public let signature: [UInt8]

    /// 90 days.
    public static let longest: Int64 = 90 * Times.day
    /// Bytes of a delegation.
    public static let size = 1 + 2 * PublisherKey.size + 16 + PublisherKey.signatureSize
    private static let version: UInt8 = 1

    /// Signs a delegation.
    public init(
        from identity: SigningKey, to operating: PublisherKey, notBefore: Int64, lifetime: Int64 = longest
    ) throws(PublishError) {
        let expiry = notBefore.addingReportingOverflow(lifetime)
        try Self.checkTimes(notBefore, expiry.overflow ? .max : expiry.partialValue)
        try Self.checkKeys(identity.publicKey, operating)
        self.identity = identity.publicKey
        self.operating = operating
        self.notBefore = notBefore
        self.expiry = expiry.partialValue
        let body = Self.body(identity.publicKey, operating, notBefore, expiry.partialValue)
        signature = try identity.sign(body, domain: .delegation)
    }

    /// Reads a delegation and checks its signature; whether its time has come is ``checkCurrent(at:)``.
    public init(_ bytes: [UInt8]) throws(PublishError) {
        var reader = try StatementReader(bytes, size: Self.size, what: "delegation")
        try reader.version(Self.version)
        let identity = try reader.key()
        let operating = try reader.key()
        let notBefore = try reader.time()
        let expiry = try reader.time()
        try self.init(
            identity: identity, operating: operating, notBefore: notBefore, expiry: expiry,
            signature: try reader.take(PublisherKey.signatureSize))
    }

    /// Puts one together from its parts, and checks it.
    init(
        identity: PublisherKey, operating: PublisherKey, notBefore: Int64, expiry: Int64, signature: [UInt8]
    ) throws(PublishError) {
        try Self.checkTimes(notBefore, expiry)
        try Self.checkKeys(identity, operating)
        let body = Self.body(identity, operating, notBefore, expiry)
        guard identity.verify(signature, of: body, domain: .delegation) else {
            throw PublishError(.wrongSignature, "\(identity.shortForm) has not signed this delegation")
        }
        self.identity = identity
        self.operating = operating
        self.notBefore = notBefore
        self.expiry = expiry
        self.signature = signature
    }

    /// 145 bytes.
    public var bytes: [UInt8] { Self.body(identity, operating, notBefore, expiry) + signature }

    /// The same in base32, for files.
    public var text: String { Base32.encode(bytes) }

    /// Reads ``text``; checks as for bytes.
    public init(text: String) throws(PublishError) {
        guard let bytes = Base32.decode(text) else { throw PublishError(.malformed, "this is no delegation") }
        try self.init(bytes)
    }

    /// Makes sure that it is in force.
    /// - Parameter now: seconds since 1970.
    public func checkCurrent(at now: Int64) throws(PublishError) {
        guard now < expiry else {
            throw PublishError(
                .expired, "the delegation of \(identity.shortForm) has expired",
                hint: "the publisher has to sign a new one; Shoal asks for it by itself")
        }
        guard notBefore <= now + Times.clockSkew else {
            throw PublishError(
                .notYetValid, "the delegation of \(identity.shortForm) lies in the future",
                hint: "check the clock of this machine")
        }
    }

    /// Whether the owner should sign a new one: a third of its time or less is left.
    public func needsRenewal(at now: Int64) -> Bool { now >= expiry - (expiry - notBefore) / 3 }

    private static func checkTimes(_ notBefore: Int64, _ expiry: Int64) throws(PublishError) {
        guard notBefore >= 0, expiry <= Times.latest, expiry > notBefore, expiry - notBefore <= longest else {
            throw PublishError(.malformed, "a delegation lasts from one second to 90 days")
        }
    }

    private static func checkKeys(_ identity: PublisherKey, _ operating: PublisherKey) throws(PublishError) {
        guard identity != operating else {
            throw PublishError(.wrongStatement, "a key cannot delegate to itself")
        }
    }

    private static func body(
        _ identity: PublisherKey, _ operating: PublisherKey, _ notBefore: Int64, _ expiry: Int64
    ) -> [UInt8] {
        var bytes = [version] + identity.bytes + operating.bytes
        bytes.append(bigEndian: notBefore)
        bytes.append(bigEndian: expiry)
        return bytes
    }
}
