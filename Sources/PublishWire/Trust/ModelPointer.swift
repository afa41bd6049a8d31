internal import Crypto
internal import SwarmWire

/// What the DHT keeps under a publisher's operating key for one model that many want: its torrent and manifest.
public struct ModelPointer: Sendable, Hashable {
    public let id: CatalogueID
    public let delegation: Delegation
    public let hashes: InfoHashes
    /// SHA-256 of the manifest, 32 bytes.
    public let manifest: [UInt8]
    /// The commit on the Hub, 20 bytes, where there is one.
    public let commit: [UInt8]?
    /// Bytes of all files.
    public let size: Int64
    /// Seconds since 1970.
    public let time: Int64

    public init(
        id: CatalogueID, delegation: Delegation, hashes: InfoHashes, manifest: [UInt8], commit: [UInt8]?, size: Int64,
        time: Int64
    ) throws(PublishError) {
        guard manifest.count == 32, commit.map({ $0.count == 20 }) ?? true, size >= 0, (0...Times.latest).contains(time)
        else { throw PublishError(.malformed, "a model pointer has a field of a wrong length") }
        self.id = id
        self.delegation = delegation
        self.hashes = hashes
        self.manifest = manifest
        self.commit = commit
        self.size = size
        self.time = time
    }

    /// The salt of a model: `SHA-256("amd1\0m\0" ‖ id)`, and with `d` that of a dataset.
    public static func salt(of id: CatalogueID) -> [UInt8] {
        let kind = id.kind == .dataset ? "d" : "m"
        return Array(SHA256.hash(data: Array("amd1\0\(kind)\0\(id.text)".utf8)))
    }

    /// Signs the item.
    /// - Parameter previous: the number of the item whose place it takes.
    public func signed(by key: SigningKey, after previous: Int64?) throws(PublishError) -> SignedItem {
        guard key.publicKey == delegation.operating else {
            throw PublishError(.wrongStatement, "a model pointer is signed by the operating key of its delegation")
        }
        var entries: [BencodeKey: BencodeValue] = [
            "v": .integer(ItemRules.version), "d": .bytes(delegation.bytes), "t": .integer(time),
            "mf": .bytes(manifest), "sz": .integer(size),
        ]
        entries["h"] = hashes.v2.map { .bytes($0) }
        // BEP 46: 20 bytes, of v1 where the torrent has such a hash.
        entries["ih"] = .bytes(hashes.v1 ?? hashes.short)
        entries["c"] = commit.map { .bytes($0) }
        return try SignedItem(
            signing: Bencode.encode(.dictionary(entries)), salt: Self.salt(of: id),
            sequence: ItemRules.sequence(after: previous, now: time), by: key)
    }

    /// Verifies and reads the item of a model.
    public init(_ item: SignedItem, of id: CatalogueID) throws(PublishError) {
        let what = "model pointer"
        let value = try ItemRules.decode(item, salt: Self.salt(of: id), what: what)
        let short = try ItemRules.bytes("ih", count: 20, in: value, what: what)
        let long = value["h"]?.bytes
        // With a hash of v2 whose beginning it is, the short one is no hash of v1.
        let isCut = long.map { $0.starts(with: short) } ?? false
        guard let hashes = InfoHashes(v1: isCut ? nil : short, v2: long) else {
            throw PublishError(.malformed, "a model pointer has an info hash of a wrong length")
        }
        guard let size = value["sz"]?.integer else { throw PublishError(.malformed, "a model pointer has no size") }
        try self.init(
            id: id, delegation: try ItemRules.delegation(in: value, of: item, what: what), hashes: hashes,
            manifest: try ItemRules.bytes("mf", count: 32, in: value, what: what), commit: value["c"]?.bytes,
            size: size, time: try ItemRules.time(in: value, what: what))
    }

    /// Makes sure that it may be acted on now.
    public func checkCurrent(sequence: Int64, at now: Int64) throws(PublishError) {
        try ItemRules.checkNotAhead(sequence: sequence, time: time, by: delegation.identity, at: now)
        try delegation.checkCurrent(at: now)
    }
}
