internal import SwarmWire

/// What the DHT keeps under a publisher's operating key: where its index is.
///
/// It carries its delegation, so it proves by itself for whom it speaks, wherever it comes from.
public struct RootItem: Sendable, Hashable {
    /// The item is kept under the operating key with this salt.
    public static let salt = Array("amd1".utf8)

    public let delegation: Delegation
    /// The info hash of the index torrent (BitTorrent v2), 32 bytes; nil where the operating key is revoked.
    public let index: [UInt8]?
    /// Entries of the index.
    public let count: Int
    /// When it was signed, in seconds since 1970.
    public let time: Int64
    public let label: PublisherLabel?
    public let rotation: Rotation?
    /// All models with the v2 hash of their torrent, where they are few. Empty means that only the index has them.
    public let inline: [CatalogueID: [UInt8]]
    /// Whether the operating key is withdrawn.
    public var isRevoked: Bool { index == nil }

    /// The one who speaks.
    public var identity: PublisherKey { delegation.identity }

    /// An item older than this is shown as stale: owners sign anew each day, and others repeat what they have.
    public static let staleAge: Int64 = 30 * Times.day

    /// - Parameter entries: all ids of the index with their newest torrents. They are put in if all of them fit.
    public init(
        delegation: Delegation, index: [UInt8], count: Int, time: Int64, label: PublisherLabel? = nil,
        rotation: Rotation? = nil, entries: [CatalogueID: [UInt8]] = [:]
    ) throws(PublishError) {
        guard index.count == 32, (0...CatalogueIndex.largestCount).contains(count), time >= 0, time <= Times.latest,
            entries.values.allSatisfy({ $0.count == 32 })
        else { throw PublishError(.malformed, "a root item names an index of up to 100,000 entries by 32 bytes") }
        self.delegation = delegation
        self.index = index
        self.count = count
        self.time = time
        self.label = label
        self.rotation = rotation
        var fitting: [CatalogueID: [UInt8]] = [:]
        if entries.count <= min(count, Self.mostInline) {
            let item = Self.value(
                delegation: delegation, index: index, count: count, time: time, label: label, rotation: rotation,
                inline: entries)
            if item.count <= SignedItem.largestValue { fitting = entries }
        }
        inline = fitting
    }

    /// The withdrawal of an operating key by itself.
    public init(revoking delegation: Delegation, time: Int64) {
        self.delegation = delegation
        self.time = min(max(time, 0), Times.latest)
        index = nil
        count = 0
        label = nil
        rotation = nil
        inline = [:]
    }

    /// Signs the item.
    /// - Parameter previous: the number of the item whose place it takes.
    public func signed(by key: SigningKey, after previous: Int64?) throws(PublishError) -> SignedItem {
        guard key.publicKey == delegation.operating else {
            throw PublishError(.wrongStatement, "a root item is signed by the operating key of its delegation")
        }
        let value = Self.value(
            delegation: delegation, index: index, count: count, time: time, label: label, rotation: rotation,
            inline: inline)
        let sequence = isRevoked ? .max : ItemRules.sequence(after: previous, now: time)
        return try SignedItem(signing: value, salt: Self.salt, sequence: sequence, by: key)
    }

    /// Verifies and reads an item. Whether its time has come is ``checkCurrent(sequence:at:)``.
    public init(_ item: SignedItem) throws(PublishError) {
        let what = "root item"
        let value = try ItemRules.decode(item, salt: Self.salt, what: what)
        delegation = try ItemRules.delegation(in: value, of: item, what: what)
        time = try ItemRules.time(in: value, what: what)
        label = ItemRules.label(in: value)
        rotation = try ItemRules.rotation(in: value, of: delegation.identity)
        guard value["rv"]?.integer != 1 else {
            index = nil
            count = 0
            inline = [:]
            return
        }
        let index = try ItemRules.bytes("h", count: 32, in: value, what: what)
        guard try ItemRules.bytes("ih", count: 20, in: value, what: what).elementsEqual(index.prefix(20)) else {
            throw PublishError(.malformed, "the two info hashes of a root item differ")
        }
        guard let number = value["n"]?.integer, (0...Int64(CatalogueIndex.largestCount)).contains(number) else {
            throw PublishError(.malformed, "a root item has no number of entries, or more than 100,000")
        }
        self.index = index
        count = Int(number)
        inline = try Self.inline(in: value, count: count)
    }

    /// Makes sure that it may be acted on now.
    public func checkCurrent(sequence: Int64, at now: Int64) throws(PublishError) {
        guard !isRevoked else {
            guard sequence == .max else {
                throw PublishError(.wrongStatement, "a revocation by \(identity.shortForm) has not the highest number")
            }
            return
        }
        try ItemRules.checkNotAhead(sequence: sequence, time: time, by: identity, at: now)
        try delegation.checkCurrent(at: now)
    }

    /// Whether nobody has heard of the owner for long.
    public func isStale(at now: Int64) -> Bool { now - time > Self.staleAge }
}

extension RootItem {
    /// Models that may stand in the item itself.
    static let mostInline = 16

    private static func value(
        delegation: Delegation, index: [UInt8]?, count: Int, time: Int64, label: PublisherLabel?, rotation: Rotation?,
        inline: [CatalogueID: [UInt8]]
    ) -> [UInt8] {
        var entries: [BencodeKey: BencodeValue] = [
            "v": .integer(ItemRules.version), "d": .bytes(delegation.bytes), "t": .integer(time),
        ]
        if let index {
            entries["h"] = .bytes(index)
            // Readable for clients of BEP 46.
            entries["ih"] = .bytes(Array(index.prefix(20)))
            entries["n"] = .integer(Int64(count))
        } else {
            entries["rv"] = 1
        }
        entries["nm"] = label.map { .string($0.text) }
        entries["r"] = rotation.map { .bytes($0.bytes) }
        if !inline.isEmpty {
            let pairs = inline.map { (BencodeKey("\($0.key)".utf8), BencodeValue.bytes($0.value)) }
            entries["l"] = .dictionary(Dictionary(pairs) { $1 })
        }
        return Bencode.encode(.dictionary(entries))
    }

    private static func inline(in value: BencodeValue, count: Int) throws(PublishError) -> [CatalogueID: [UInt8]] {
        guard let list = value["l"]?.dictionary else { return [:] }
        guard list.count <= min(count, mostInline) else {
            throw PublishError(.malformed, "a root item lists \(list.count) models of \(count)")
        }
        var inline: [CatalogueID: [UInt8]] = [:]
        for (key, hash) in list {
            guard let id = CatalogueID(described: String(decoding: key.bytes, as: UTF8.self)),
                let hash = hash.bytes, hash.count == 32
            else { throw PublishError(.malformed, "a root item lists something that is no model") }
            inline[id] = hash
        }
        return inline
    }
}
