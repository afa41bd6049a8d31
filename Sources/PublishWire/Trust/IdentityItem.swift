internal import SwarmWire

/// What the DHT keeps under a publisher's identity key: which key works for it now, or that it is gone.
///
/// Followers know the identity key, ask for this item, and then ask for the ``RootItem`` under the operating key. The
/// identity signs it once per delegation; in between anybody can put it again, for it does not change.
public struct IdentityItem: Sendable, Hashable {
    /// The item is kept under the identity key with this salt.
    public static let salt = Array("amd1:id".utf8)

    public var identity: PublisherKey
    /// None where the key is revoked.
    public var delegation: Delegation?
    /// Seconds since 1970.
    public var time: Int64
    public var label: PublisherLabel?
    /// How this key took the place of another, or which key takes its place.
    public var rotation: Rotation?
    /// Whether the identity is withdrawn. Nothing that it has signed counts any more.
    public var isRevoked: Bool

    public init(
        delegation: Delegation, time: Int64, label: PublisherLabel? = nil, rotation: Rotation? = nil
    ) {
        identity = delegation.identity
        self.delegation = delegation
        self.time = time
        self.label = label
        self.rotation = rotation
        isRevoked = false
    }

    /// The withdrawal of a key; its last word.
    /// - Parameter rotation: which key takes its place, if any.
    public init(revoking identity: PublisherKey, time: Int64, rotation: Rotation? = nil) {
        self.identity = identity
        self.time = time
        self.rotation = rotation
        delegation = nil
        label = nil
        isRevoked = true
    }

    /// Signs the item.
    /// - Parameter previous: the number of the item whose place it takes. A revocation has the highest number there is,
    ///   so that none can follow.
    public func signed(by key: SigningKey, after previous: Int64?) throws(PublishError) -> SignedItem {
        guard key.publicKey == identity, delegation.map({ $0.identity == identity }) ?? isRevoked else {
            throw PublishError(.wrongStatement, "an identity's item is signed by the identity")
        }
        var entries: [BencodeKey: BencodeValue] = ["v": .integer(ItemRules.version), "t": .integer(time)]
        entries["d"] = delegation.map { .bytes($0.bytes) }
        entries["nm"] = label.map { .string($0.text) }
        entries["r"] = rotation.map { .bytes($0.bytes) }
        if isRevoked { entries["rv"] = 1 }
        let sequence = isRevoked ? .max : ItemRules.sequence(after: previous, now: time)
        return try SignedItem(
            signing: Bencode.encode(.dictionary(entries)), salt: Self.salt, sequence: sequence, by: key)
    }

    /// Verifies and reads an item.
    public init(_ item: SignedItem) throws(PublishError) {
        let what = "identity item"
        let value = try ItemRules.decode(item, salt: Self.salt, what: what)
        guard let identity = PublisherKey(item.key) else {
            throw PublishError(.badKey, "an identity item is kept under something that is no key")
        }
        self.identity = identity
        time = try ItemRules.time(in: value, what: what)
        label = ItemRules.label(in: value)
        rotation = try ItemRules.rotation(in: value, of: identity)
        isRevoked = value["rv"]?.integer == 1
        guard !isRevoked else {
            delegation = nil
            return
        }
        let delegation = try Delegation(try ItemRules.bytes("d", count: Delegation.size, in: value, what: what))
        guard delegation.identity == identity else {
            throw PublishError(.wrongStatement, "an identity's item has the delegation of another identity")
        }
        self.delegation = delegation
    }

    /// Makes sure that it may be acted on now.
    public func checkCurrent(sequence: Int64, at now: Int64) throws(PublishError) {
        guard let delegation else {
            guard sequence == .max else {
                throw PublishError(.wrongStatement, "a revocation of \(identity.shortForm) has not the highest number")
            }
            return
        }
        try ItemRules.checkNotAhead(sequence: sequence, time: time, by: identity, at: now)
        try delegation.checkCurrent(at: now)
    }
}
