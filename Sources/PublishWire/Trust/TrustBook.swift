/// Which publishers the user trusts, and for what.
///
/// A namespace (`org/*`) is pinned to one identity key, at its first use or by hand. Another key is never put in its
/// place silently: only by the word of both keys (``Rotation``), or by the user's.
public struct TrustBook: Sendable, Hashable {
    /// What the book says about an offer.
    public enum Verdict: Sendable, Hashable {
        /// The namespace is pinned to this key.
        case trusted
        /// The namespace is not pinned, but the publisher is known: pinned for another one, or followed.
        case new
        /// Neither is known.
        case unknown
        /// The namespace is pinned to another key.
        case conflict(pinned: PublisherKey)
        /// The key was withdrawn by its owner or the user, or another has taken its place.
        case revoked
    }

    public struct Pin: Sendable, Hashable {
        public enum Origin: String, Sendable, Hashable, CaseIterable {
            case firstUse = "first-use"
            case manual
            case rotated
        }

        /// In lower case: on the Hub too, namespaces do not differ by case alone.
        public let namespace: String
        public let key: PublisherKey
        /// Seconds since 1970.
        public let since: Int64
        public let origin: Origin
        /// How many keys came before this one; 0 also where nobody has told.
        public let epoch: UInt32

        /// Whether that is certain. Who is pinned at first use or by hand may have changed its key before, and then
        /// the key's own word, in its next rotation, says how often.
        var knowsEpoch: Bool { epoch > 0 || origin == .rotated }
    }

    public struct Withdrawal: Sendable, Hashable {
        public enum Author: String, Sendable, Hashable, CaseIterable {
            case owner, user
        }

        /// Seconds since 1970.
        public let since: Int64
        public let author: Author
    }

    /// Pins, and keys of each other kind, that a book may have.
    public static let largestCount = 10_000

    var pinned: [String: Pin] = [:]
    public internal(set) var withdrawn: [PublisherKey: Withdrawal] = [:]
    /// Keys whose place another has taken.
    public internal(set) var replaced: [PublisherKey: PublisherKey] = [:]
    /// Publishers whose indexes are wanted, whatever they are named; with the time since when.
    public internal(set) var followed: [PublisherKey: Int64] = [:]

    public init() {}

    /// All pins, by namespace.
    public var pins: [Pin] { pinned.values.sorted { $0.namespace < $1.namespace } }

    /// Keys that are pinned or followed: whose items are never forgotten, and put into the DHT again.
    public var publishers: Set<PublisherKey> { Set(pinned.values.map(\.key)).union(followed.keys) }

    /// What a namespace is pinned to.
    public func pin(of namespace: String) -> Pin? { pinned[namespace.lowercased()] }

    /// What is to be thought of something with this name by this publisher.
    public func consider(_ id: CatalogueID, by publisher: PublisherKey) -> Verdict {
        guard !isWithdrawn(publisher) else { return .revoked }
        guard let pin = pin(of: id.namespace) else { return publishers.contains(publisher) ? .new : .unknown }
        return pin.key == publisher ? .trusted : .conflict(pinned: pin.key)
    }

    /// What is to be thought of a publisher, whatever it publishes.
    public func consider(_ publisher: PublisherKey) -> Verdict {
        guard !isWithdrawn(publisher) else { return .revoked }
        return publishers.contains(publisher) ? .trusted : .unknown
    }

    public func isWithdrawn(_ key: PublisherKey) -> Bool { withdrawn[key] != nil || replaced[key] != nil }

    /// Pins the namespace of something that is taken for the first time. What is pinned to the same key stays as it is.
    /// - Parameter epoch: how many keys the publisher had before, by its rotations.
    /// - Throws: where the namespace is pinned to another key, the key is withdrawn, or the namespace looks like another
    ///   publisher's.
    @discardableResult
    public mutating func pinOnFirstUse(
        _ id: CatalogueID, by publisher: PublisherKey, at now: Int64, epoch: UInt32 = 0
    ) throws(PublishError) -> Pin {
        if let pin = pin(of: id.namespace), pin.key == publisher, !isWithdrawn(publisher) { return pin }
        if let other = LookAlikes(book: self).warning(for: id, by: publisher) {
            throw PublishError(
                .lookAlike, "\(id.namespace) is easily taken for \(other.known), which belongs to another publisher",
                hint: "if it is meant: shoal trust add \(id.namespace) \(publisher.fingerprint)")
        }
        return try pin(id.namespace, to: publisher, .firstUse, at: now, epoch: epoch, replacing: false)
    }

    /// Pins a namespace by the user's word.
    /// - Parameter replacing: whether a pin to another key may be given up.
    @discardableResult
    public mutating func add(
        _ namespace: String, _ key: PublisherKey, at now: Int64, epoch: UInt32 = 0, replacing: Bool = false
    ) throws(PublishError) -> Pin {
        try pin(namespace, to: key, .manual, at: now, epoch: epoch, replacing: replacing)
    }

    private mutating func pin(
        _ namespace: String, to key: PublisherKey, _ origin: Pin.Origin, at now: Int64, epoch: UInt32, replacing: Bool
    ) throws(PublishError) -> Pin {
        guard CatalogueID.isNamespace(namespace) else {
            throw PublishError(
                .malformed, "\(namespace.quoted) is no namespace", hint: "give what stands before the slash")
        }
        guard !isWithdrawn(key) else {
            throw PublishError(
                .revoked, "the key \(key.shortForm) is withdrawn",
                hint: "ask the publisher for the new one, and compare it")
        }
        if let pin = pin(of: namespace) {
            guard pin.key == key || replacing else { throw Self.conflict(pin, offered: key) }
            if pin.key == key { return pin }
        } else {
            guard pinned.count < Self.largestCount else {
                throw PublishError(.tooLarge, "there are \(Self.largestCount) pins", hint: "shoal trust rm NAMESPACE")
            }
        }
        let pin = Pin(namespace: namespace.lowercased(), key: key, since: now, origin: origin, epoch: epoch)
        pinned[pin.namespace] = pin
        return pin
    }

    private static func conflict(_ pin: Pin, offered key: PublisherKey) -> PublishError {
        PublishError(
            .pinConflict,
            "\(pin.namespace)/* belongs to \(pin.key.shortForm); this is signed by \(key.shortForm)",
            hint: "ask the publisher which key is right; to change it: "
                + "shoal trust rm \(pin.namespace), then shoal trust add \(pin.namespace) KEY")
    }

    /// Forgets a pin.
    @discardableResult
    public mutating func remove(_ namespace: String) -> Pin? { pinned.removeValue(forKey: namespace.lowercased()) }

    /// Wants the index of a publisher, without believing it any name.
    public mutating func follow(_ key: PublisherKey, at now: Int64) throws(PublishError) {
        guard !isWithdrawn(key) else { throw PublishError(.revoked, "the key \(key.shortForm) is withdrawn") }
        guard followed[key] != nil || followed.count < Self.largestCount else {
            throw PublishError(.tooLarge, "\(Self.largestCount) publishers are followed")
        }
        if followed[key] == nil { followed[key] = now }
    }

    /// Stops following a publisher. Pins stay.
    @discardableResult
    public mutating func unfollow(_ key: PublisherKey) -> Bool { followed.removeValue(forKey: key) != nil }
}
