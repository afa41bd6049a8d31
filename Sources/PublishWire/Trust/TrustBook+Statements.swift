/// Changes of keys.
extension TrustBook {
    /// Follows a publisher to its new key. The same rotation again changes nothing.
    /// - Returns: the pins that changed; the user should be told.
    /// - Throws: where the statement does not come next in the order of the pin's keys, or one of the keys is withdrawn.
    @discardableResult
    public mutating func rotate(_ rotation: Rotation, at now: Int64) throws(PublishError) -> [Pin] {
        if let successor = replaced[rotation.old] {
            guard successor == rotation.new else {
                throw PublishError(
                    .equivocation, "\(rotation.old.shortForm) has named two keys that take its place",
                    hint: "the old key may be stolen; ask the publisher which one is right")
            }
            return []
        }
        for key in [rotation.old, rotation.new] where isWithdrawn(key) {
            throw PublishError(
                .revoked, "the key \(key.shortForm) was withdrawn before the rotation",
                hint: "ask the publisher for its key, and pin it with shoal trust add")
        }
        let affected = pins.filter { $0.key == rotation.old }
        for pin in affected {
            guard pin.epoch < rotation.epoch else {
                throw PublishError(.rolledBack, "the rotation to \(rotation.new.shortForm) is older than the pin")
            }
            guard pin.epoch + 1 == rotation.epoch || !pin.knowsEpoch else {
                throw PublishError(.wrongStatement, "rotations before that to \(rotation.new.shortForm) are missing")
            }
        }
        guard !affected.isEmpty || followed[rotation.old] != nil else { return [] }
        guard replaced.count < Self.largestCount else {
            throw PublishError(.tooLarge, "\(Self.largestCount) keys were replaced")
        }
        replaced[rotation.old] = rotation.new
        if let since = followed.removeValue(forKey: rotation.old) { followed[rotation.new] = since }
        let changed = affected.map {
            Pin(namespace: $0.namespace, key: rotation.new, since: now, origin: .rotated, epoch: rotation.epoch)
        }
        for pin in changed { pinned[pin.namespace] = pin }
        return changed
    }

    /// Follows a publisher along a chain; steps that were taken before are passed over.
    @discardableResult
    public mutating func rotate(along chain: [Rotation], at now: Int64) throws(PublishError) -> [Pin] {
        guard chain.count <= Rotation.longestChain, Rotation.isChain(chain) else {
            throw PublishError(.wrongStatement, "these rotations are no chain")
        }
        var copy = self
        var changed: [String: Pin] = [:]
        for rotation in chain {
            for pin in try copy.rotate(rotation, at: now) { changed[pin.namespace] = pin }
        }
        self = copy
        return changed.values.sorted { $0.namespace < $1.namespace }
    }

    /// Takes note that an owner has withdrawn its key. Pins stay, and nothing is trusted by them: another key has to be
    /// pinned by hand.
    /// - Parameter item: an ``IdentityItem`` that revokes.
    /// - Returns: whose key it was; nil where the item revokes nothing.
    @discardableResult
    public mutating func apply(_ item: SignedItem, at now: Int64) throws(PublishError) -> PublisherKey? {
        let identity = try IdentityItem(item)
        guard identity.isRevoked else { return nil }
        try identity.checkCurrent(sequence: item.sequence, at: now)
        // Of strangers' keys nothing need be remembered: they are not trusted anyway.
        guard publishers.contains(identity.identity) || replaced[identity.identity] != nil else {
            return identity.identity
        }
        try withdraw(identity.identity, at: now, by: .owner)
        return identity.identity
    }

    /// Withdraws trust in a key by the user's word.
    public mutating func revoke(_ key: PublisherKey, at now: Int64) throws(PublishError) {
        try withdraw(key, at: now, by: .user)
    }

    private mutating func withdraw(
        _ key: PublisherKey, at now: Int64, by author: Withdrawal.Author
    ) throws(PublishError) {
        // The owner's word is final, the user's is not; the stronger stays.
        guard withdrawn[key]?.author != .owner else { return }
        guard withdrawn[key] != nil || withdrawn.count < Self.largestCount else {
            throw PublishError(.tooLarge, "\(Self.largestCount) keys are withdrawn")
        }
        withdrawn[key] = Withdrawal(since: now, author: author)
    }

    /// Takes back what the user has said about a key.
    /// - Returns: false where it was not the user who has withdrawn it.
    @discardableResult
    public mutating func restore(_ key: PublisherKey) -> Bool {
        guard withdrawn[key]?.author == .user else { return false }
        withdrawn[key] = nil
        return true
    }

    /// Takes back a rotation that the user does not believe in: the old key counts again, and its heir is withdrawn, so
    /// that the same statement does not move the pins once more.
    /// - Returns: the pins that went back; nil where the key was not replaced.
    public mutating func undoRotation(of old: PublisherKey, at now: Int64) throws(PublishError) -> [Pin]? {
        guard let heir = replaced[old] else { return nil }
        try withdraw(heir, at: now, by: .user)
        replaced[old] = nil
        if let since = followed.removeValue(forKey: heir) { followed[old] = since }
        let returned = pins.filter { $0.key == heir && $0.origin == .rotated && $0.epoch > 0 }.map {
            Pin(namespace: $0.namespace, key: old, since: now, origin: .manual, epoch: $0.epoch - 1)
        }
        for pin in returned { pinned[pin.namespace] = pin }
        return returned
    }
}
