internal import SwarmWire

/// What a mutable item of the DHT says by BEP 46: which torrent its author's link means now.
///
/// `ih` is the hash of v1 (20 bytes), as BEP 46 has it. Authors of torrents without one may give that of v2 (32 bytes);
/// cut to 20 bytes it would lead to no metainfo that could be checked. In items of Shoal's own, roots and model pointers,
/// `h` is the hash of v2, and `ih` the hash of v1 or the beginning of `h`.
public struct TorrentItem: Sendable, Hashable {
    public let hashes: InfoHashes
    /// SHA-256 of the manifest, where the item tells it.
    public let manifest: [UInt8]?
    /// Bytes of all files, where the item tells them.
    public let size: Int64?
    /// For whom the item's key works, in an item of Shoal's own.
    public let delegation: Delegation?
    private let time: Int64?

    /// Verifies and reads an item. Whether its time has come is ``checkCurrent(sequence:at:)``.
    public init(_ item: SignedItem) throws(PublishError) {
        let author = try item.verify()
        let value = try Bencode.published(item.value, "the item of a link")
        let nothing = "the item that \(author.shortForm) has signed names no torrent"
        guard value.dictionary != nil else { throw PublishError(.malformed, nothing, hint: Self.hint) }
        let isOwn = value["d"]?.bytes?.count == Delegation.size && value["v"]?.integer != nil
        guard value["rv"]?.integer != 1 || !isOwn else {
            throw PublishError(
                .revoked, "\(author.shortForm) has withdrawn the key that the link names", hint: Self.hint)
        }
        guard let short = value["ih"]?.bytes, let hashes = Self.hashes(short, value["h"]?.bytes) else {
            throw PublishError(.malformed, nothing, hint: Self.hint)
        }
        self.hashes = hashes
        if isOwn {
            delegation = try ItemRules.delegation(in: value, of: item, what: "link's item")
            time = try ItemRules.time(in: value, what: "link's item")
            manifest = value["mf"]?.bytes.flatMap { $0.count == 32 ? $0 : nil }
            size = value["sz"]?.integer.flatMap { (0...Metainfo.largestSize).contains($0) ? $0 : nil }
        } else {
            (delegation, time, manifest, size) = (nil, nil, nil, nil)
        }
    }

    private static let hint = "ask the publisher for a magnet link or a .torrent"

    private static func hashes(_ short: [UInt8], _ long: [UInt8]?) -> InfoHashes? {
        guard let long, long.count == 32 else {
            return short.count == 32 ? InfoHashes(v1: nil, v2: short) : InfoHashes(v1: short, v2: nil)
        }
        // With a hash of v2 whose beginning it is, the short one is no hash of v1.
        return long.starts(with: short) ? InfoHashes(v1: nil, v2: long) : InfoHashes(v1: short, v2: long)
    }

    /// Makes sure that it may be acted on now. Items of others have a number and no time.
    public func checkCurrent(sequence: Int64, at now: Int64) throws(PublishError) {
        guard let delegation, let time else { return }
        try ItemRules.checkNotAhead(sequence: sequence, time: time, by: delegation.identity, at: now)
        try delegation.checkCurrent(at: now)
    }
}
