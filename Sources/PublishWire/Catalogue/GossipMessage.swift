internal import SwarmWire

/// What peers that have met at ``Rendezvous/all`` tell each other, in messages of BEP 10's extension `ut_amcat`.
///
/// Nobody is believed: each item is signed, and counts only by its own signatures.
public enum GossipMessage: Sendable, Hashable {
    /// Asks for items. The numbers of those that the asker has need not be sent again.
    case ask(known: [PublisherKey: Int64])
    /// Roots and identity items; each was verified.
    case items([SignedItem])

    public static let extensionName = "ut_amcat"
    /// Items of a message.
    public static let mostItems = 50
    /// Keys that an asker may name.
    public static let mostKnown = 200
    /// Bytes of a message: well below what BitTorrent clients take.
    public static let largest = 72 << 10

    /// The bytes of a message; what is too much is left out.
    public var bytes: [UInt8] {
        switch self {
        case .ask(let known):
            let newest = known.sorted { ($0.value, $1.key) > ($1.value, $0.key) }.prefix(Self.mostKnown)
            let entries = newest.map { (BencodeKey($0.key.bytes), BencodeValue.integer($0.value)) }
            return Bencode.encode(["m": 0, "k": .dictionary(Dictionary(entries) { $1 })])
        case .items(let items):
            return Bencode.encode(["m": 1, "i": .list(items.prefix(Self.mostItems).map(\.bencoded))])
        }
    }

    /// Reads a message.
    /// - Returns: nil for a kind of message that later versions may have.
    public static func decode(_ bytes: [UInt8]) throws(PublishError) -> GossipMessage? {
        guard bytes.count <= largest else {
            throw PublishError(.tooLarge, "a message of gossip has \(bytes.count) bytes")
        }
        let value = try Bencode.published(bytes, "a message of gossip")
        switch value["m"]?.integer {
        case 0: return .ask(known: try known(in: value))
        case 1: return .items(try items(in: value))
        case .some: return nil
        case nil: throw PublishError(.malformed, "a message of gossip does not say what it is")
        }
    }

    private static func known(in value: BencodeValue) throws(PublishError) -> [PublisherKey: Int64] {
        let entries = value["k"]?.dictionary ?? [:]
        guard entries.count <= mostKnown else {
            throw PublishError(.tooLarge, "a peer names \(entries.count) publishers at once")
        }
        var known: [PublisherKey: Int64] = [:]
        for (key, sequence) in entries {
            guard let key = PublisherKey(key.bytes), let sequence = sequence.integer else {
                throw PublishError(.malformed, "a peer names something that is no publisher")
            }
            known[key] = sequence
        }
        return known
    }

    private static func items(in value: BencodeValue) throws(PublishError) -> [SignedItem] {
        guard let list = value["i"]?.list else { throw PublishError(.malformed, "a message of gossip has no items") }
        guard list.count <= mostItems else {
            throw PublishError(.tooLarge, "a peer sends \(list.count) items at once")
        }
        return try list.map { entry throws(PublishError) in
            let item = try SignedItem(bencoded: entry)
            guard item.salt == RootItem.salt || item.salt == IdentityItem.salt else {
                throw PublishError(.wrongStatement, "a peer gossips something that is neither root nor identity")
            }
            return item
        }
    }
}
