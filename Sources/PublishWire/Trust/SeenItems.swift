internal import SwarmWire

/// The newest item that was taken from each place of the DHT, so that nobody can lead back to an older one.
///
/// ``SeenRoots`` does the same for roots and identities, whose places change with their delegations.
public struct SeenItems: Sendable, Hashable {
    struct Place: Sendable, Hashable {
        var key: [UInt8]
        var salt: [UInt8]
    }

    struct Slot: Sendable, Hashable {
        var item: SignedItem
        /// When it was last met, in seconds since 1970.
        var seen: Int64
    }

    /// Items that are kept at most; those met longest ago are given up for others.
    public let limit: Int
    var slots: [Place: Slot] = [:]

    public init(limit: Int = 1_024) {
        self.limit = max(limit, 1)
    }

    public var count: Int { slots.count }

    public func item(key: [UInt8], salt: [UInt8]) -> SignedItem? { slots[Place(key: key, salt: salt)]?.item }

    /// All items, in no order that means anything.
    package var items: [(item: SignedItem, seen: Int64)] { slots.values.map { ($0.item, $0.seen) } }

    /// Verifies an item and takes note of it.
    /// - Throws: ``PublishError/Code/rolledBack`` for one with a lower number than what was seen in its place;
    ///   ``PublishError/Code/equivocation`` for another one of the same number.
    @discardableResult
    public mutating func consider(_ item: SignedItem, at now: Int64) throws(PublishError) -> SeenRoots.Outcome {
        let author = try item.verify()
        let place = Place(key: item.key, salt: item.salt)
        if let known = slots[place] {
            guard item.sequence >= known.item.sequence else {
                throw PublishError(
                    .rolledBack,
                    "\(author.shortForm) is quoted with its item number \(item.sequence), and number "
                        + "\(known.item.sequence) was seen before",
                    hint: "somebody repeats what the publisher has replaced; try again later, or ask the publisher")
            }
            if item.sequence == known.item.sequence {
                guard item.value == known.item.value else {
                    throw PublishError(
                        .equivocation, "\(author.shortForm) has signed two items of the number \(item.sequence)",
                        hint: "two machines may share its key, or somebody has stolen it; ask the publisher")
                }
                slots[place]?.seen = max(known.seen, now)
                return .same
            }
        } else {
            makeRoom()
        }
        slots[place] = Slot(item: item, seen: now)
        return .newer
    }

    /// Gives up a tenth at a time.
    private mutating func makeRoom() {
        guard slots.count >= limit else { return }
        let oldest = slots.sorted { ($0.value.seen, Hex.encode($0.key.key)) < ($1.value.seen, Hex.encode($1.key.key)) }
        for (place, _) in oldest.prefix(max(limit / 10, 1)) { slots[place] = nil }
    }
}

/// The store on disk: a bencoded list, which proves itself as far as the items do.
extension SeenItems {
    /// Bytes that a store may have.
    public static let largest = 4 << 20

    public var bytes: [UInt8] {
        let ordered = slots.sorted { ($0.key.key + $0.key.salt).lexicographicallyPrecedes($1.key.key + $1.key.salt) }
        let entries = ordered.map { _, slot in
            BencodeValue.dictionary(["i": slot.item.bencoded, "t": .integer(slot.seen)])
        }
        return Bencode.encode(["v": 1, "s": .list(entries)])
    }

    /// Reads a store. Items that are damaged are left out; what is no store is an error.
    public init(_ bytes: [UInt8], limit: Int = 1_024) throws(PublishError) {
        guard bytes.count <= Self.largest else {
            throw PublishError(.tooLarge, "the store of known items has \(bytes.count) bytes")
        }
        let limits = Bencode.Limits(depth: 4, nodes: 20 * max(limit, 1) + 8)
        let value = try Bencode.published(bytes, "the store of known items", limits: limits)
        guard value["v"]?.integer == 1, let entries = value["s"]?.list, entries.count <= max(limit, 1) else {
            throw PublishError(.malformed, "this is no store of known items")
        }
        self.init(limit: limit)
        for entry in entries {
            guard let encoded = entry["i"], let seen = entry["t"]?.integer,
                let item = try? SignedItem(bencoded: encoded)
            else { continue }
            slots[Place(key: item.key, salt: item.salt)] = Slot(item: item, seen: seen)
        }
    }
}
