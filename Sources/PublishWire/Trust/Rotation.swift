internal import SwarmWire

/// A publisher's word that a new identity key takes the place of an old one, signed by both.
///
/// The new key's signature keeps anybody from claiming a key that belongs to somebody else.
public struct Rotation: Sendable, Hashable {
    public let old: PublisherKey
    public let new: PublisherKey
    /// One more than the epoch of the old key; a publisher's first key has 0.
    public let epoch: UInt32
    /// Seconds since 1970.
    public let time: Int64
    let oldSignature: [UInt8]
    let newSignature: [UInt8]

    /// Bytes of a rotation.
    public static let size = 1 + 2 * PublisherKey.size + 12 + 2 * PublisherKey.signatureSize
    /// Rotations that a chain may have.
    public static let longestChain = 8
    private static let version: UInt8 = 1

    /// Signs a rotation.
    public init(from old: SigningKey, to new: SigningKey, epoch: UInt32, time: Int64) throws(PublishError) {
        let body = try Self.body(old.publicKey, new.publicKey, epoch, time)
        self.old = old.publicKey
        self.new = new.publicKey
        self.epoch = epoch
        self.time = time
        oldSignature = try old.sign(body, domain: .rotationFrom)
        newSignature = try new.sign(body, domain: .rotationTo)
    }

    /// Reads a rotation and checks both signatures.
    public init(_ bytes: [UInt8]) throws(PublishError) {
        var reader = try StatementReader(bytes, size: Self.size, what: "rotation")
        try reader.version(Self.version)
        old = try reader.key()
        new = try reader.key()
        epoch = try reader.number()
        time = try reader.time()
        oldSignature = try reader.take(PublisherKey.signatureSize)
        newSignature = try reader.take(PublisherKey.signatureSize)
        let body = try Self.body(old, new, epoch, time)
        guard old.verify(oldSignature, of: body, domain: .rotationFrom),
            new.verify(newSignature, of: body, domain: .rotationTo)
        else {
            throw PublishError(
                .wrongSignature, "the rotation from \(old.shortForm) to \(new.shortForm) is not signed by both")
        }
    }

    /// 205 bytes.
    public var bytes: [UInt8] {
        // The fields were checked when the value was made.
        Self.fields(old, new, epoch, time) + oldSignature + newSignature
    }

    /// The same in base32, for files and for people who pass it on by hand.
    public var text: String { Base32.encode(bytes) }

    /// Reads ``text``; checks as for bytes.
    public init(text: String) throws(PublishError) {
        guard let bytes = Base32.decode(text) else { throw PublishError(.malformed, "this is no rotation") }
        try self.init(bytes)
    }

    private static func body(
        _ old: PublisherKey, _ new: PublisherKey, _ epoch: UInt32, _ time: Int64
    ) throws(PublishError) -> [UInt8] {
        guard old != new, epoch > 0, (0...Times.latest).contains(time) else {
            throw PublishError(.wrongStatement, "a rotation names two keys, an epoch above 0 and a time")
        }
        return fields(old, new, epoch, time)
    }

    private static func fields(
        _ old: PublisherKey, _ new: PublisherKey, _ epoch: UInt32, _ time: Int64
    ) -> [UInt8] {
        var bytes = [version] + old.bytes + new.bytes
        bytes.append(bigEndian: epoch)
        bytes.append(bigEndian: time)
        return bytes
    }
}
