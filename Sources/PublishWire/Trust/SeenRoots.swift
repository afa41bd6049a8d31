/// The newest item of each publisher that was ever seen, so that nobody can lead back to an older one.
///
/// The items themselves are kept: they are accepted while the network is away, told to others, and put into the DHT
/// again for publishers that are followed.
public struct SeenRoots: Sendable, Hashable {
    public enum Outcome: Sendable, Hashable {
        /// Newer than what was there, or the first.
        case newer
        /// What was there already.
        case same
    }

    struct Slot: Sendable, Hashable {
        var item: SignedItem
        /// When the delegation of a root begins; 0 for an identity's item, whose key never changes.
        var era: Int64
        /// When it was last told of, in seconds since 1970.
        var seen: Int64
    }

    struct Place: Sendable, Hashable {
        var identity: PublisherKey
        var salt: [UInt8]
    }

    /// Items that are kept at most; those of keys in `pinned` are never given up for others.
    public let limit: Int
    var slots: [Place: Slot] = [:]

    public init(limit: Int = 4_096) {
        self.limit = max(limit, 2)
    }

    public var count: Int { slots.count }

    /// The newest root of an identity.
    public func root(of identity: PublisherKey) -> SignedItem? {
        slots[Place(identity: identity, salt: RootItem.salt)]?.item
    }

    /// The newest item of an identity.
    public func identityItem(of identity: PublisherKey) -> SignedItem? {
        slots[Place(identity: identity, salt: IdentityItem.salt)]?.item
    }

    /// All identities that anything is known of, in order.
    public var identities: [PublisherKey] { Set(slots.keys.map(\.identity)).sorted() }

    /// All items, for gossip and for putting them again; those told of last come first.
    public var items: [SignedItem] {
        slots.values.sorted { ($0.seen, Hex.encode($1.item.key)) > ($1.seen, Hex.encode($0.item.key)) }.map(\.item)
    }

    /// Takes note of a root.
    /// - Parameter pinned: keys whose items are never given up for others.
    /// - Throws: ``PublishError/Code/rolledBack`` for one that is older than what was seen, whether by its number or by
    ///   its delegation; ``PublishError/Code/equivocation`` for another one of the same age.
    @discardableResult
    public mutating func consider(
        root item: SignedItem, at now: Int64, pinned: Set<PublisherKey> = []
    ) throws(PublishError) -> Outcome {
        let root = try RootItem(item)
        try root.checkCurrent(sequence: item.sequence, at: now)
        try checkNotRevoked(root)
        return try take(
            item, Place(identity: root.identity, salt: RootItem.salt), era: root.delegation.notBefore, at: now, pinned)
    }

    /// Takes note of an identity's item; see ``consider(root:at:pinned:)``.
    @discardableResult
    public mutating func consider(
        identity item: SignedItem, at now: Int64, pinned: Set<PublisherKey> = []
    ) throws(PublishError) -> Outcome {
        let identity = try IdentityItem(item)
        try identity.checkCurrent(sequence: item.sequence, at: now)
        let place = Place(identity: identity.identity, salt: IdentityItem.salt)
        let outcome = try take(item, place, era: 0, at: now, pinned)
        dropOutdatedRoot(after: identity)
        return outcome
    }

    /// A root counts only if the identity has not taken its operating key back.
    private func checkNotRevoked(_ root: RootItem) throws(PublishError) {
        guard let known = identityItem(of: root.identity), let identity = try? IdentityItem(known) else { return }
        guard let delegation = identity.delegation else {
            throw PublishError(.revoked, "\(root.identity.shortForm) was revoked by its owner")
        }
        guard root.delegation.notBefore >= delegation.notBefore else {
            throw PublishError(.rolledBack, "\(root.identity.shortForm) has another operating key by now")
        }
    }

    private mutating func dropOutdatedRoot(after identity: IdentityItem) {
        let place = Place(identity: identity.identity, salt: RootItem.salt)
        guard let slot = slots[place] else { return }
        if identity.isRevoked || slot.era < identity.delegation?.notBefore ?? 0 { slots[place] = nil }
    }

    private mutating func take(
        _ item: SignedItem, _ place: Place, era: Int64, at now: Int64, _ pinned: Set<PublisherKey>
    ) throws(PublishError) -> Outcome {
        if let known = slots[place] {
            let name = place.identity.shortForm
            guard (era, item.sequence) >= (known.era, known.item.sequence) else {
                throw PublishError(
                    .rolledBack, "an older item of \(name) was offered than the one seen before",
                    hint: "somebody repeats what the publisher has replaced; it is passed over")
            }
            if era == known.era, item.key != known.item.key {
                throw PublishError(.equivocation, "\(name) lets two keys work for it at once")
            }
            if era == known.era, item.sequence == known.item.sequence {
                guard item.value == known.item.value else {
                    throw PublishError(
                        .equivocation, "\(name) has signed two items of the same number",
                        hint: "two machines may share its key, or somebody has stolen it; ask the publisher")
                }
                slots[place]?.seen = max(known.seen, now)
                return .same
            }
        } else {
            makeRoom(pinned)
        }
        slots[place] = Slot(item: item, era: era, seen: now)
        return .newer
    }

    /// Gives up what was told of longest ago, a tenth at a time.
    private mutating func makeRoom(_ pinned: Set<PublisherKey>) {
        guard slots.count >= limit else { return }
        let strangers = slots.filter { !pinned.contains($0.key.identity) }.sorted {
            ($0.value.seen, $0.key.identity) < ($1.value.seen, $1.key.identity)
        }
        for (place, _) in strangers.prefix(max(limit / 10, 1)) { slots[place] = nil }
    }
}
