internal import SwarmWire

/// The store on disk: a bencoded list, which proves itself as far as the items do.
extension SeenRoots {
    /// Bytes that a store may have.
    public static let largest = 16 << 20

    public var bytes: [UInt8] {
        let ordered = slots.sorted { ($0.key.identity, $1.key.salt.count) < ($1.key.identity, $0.key.salt.count) }
        let entries = ordered.map { _, slot in
            BencodeValue.dictionary(["i": slot.item.bencoded, "t": .integer(slot.seen)])
        }
        return Bencode.encode(["v": 1, "s": .list(entries)])
    }

    /// Reads a store. Items that are damaged are left out; what is no store is an error.
    public init(_ bytes: [UInt8], limit: Int = 4_096) throws(PublishError) {
        guard bytes.count <= Self.largest else {
            throw PublishError(.tooLarge, "the store of known publishers has \(bytes.count) bytes")
        }
        let limits = Bencode.Limits(depth: 4, nodes: 20 * limit + 8)
        let value = try Bencode.published(bytes, "the store of known publishers", limits: limits)
        guard value["v"]?.integer == 1, let entries = value["s"]?.list, entries.count <= limit else {
            throw PublishError(.malformed, "this is no store of known publishers")
        }
        self.init(limit: limit)
        for entry in entries {
            guard let encoded = entry["i"], let seen = entry["t"]?.integer,
                let item = try? SignedItem(bencoded: encoded)
            else { continue }
            if let root = try? RootItem(item) {
                let place = Place(identity: root.identity, salt: RootItem.salt)
                slots[place] = Slot(item: item, era: root.delegation.notBefore, seen: seen)
            } else if let identity = try? IdentityItem(item) {
                let place = Place(identity: identity.identity, salt: IdentityItem.salt)
                slots[place] = Slot(item: item, era: 0, seen: seen)
            }
        }
    }
}
