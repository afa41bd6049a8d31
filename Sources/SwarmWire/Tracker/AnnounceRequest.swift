/// What a peer tells a tracker about one swarm, as the query of a `GET` (BEP 3, 7, 23).
public struct AnnounceRequest: Sendable, Hashable {
    /// What happened since the last announce.
    public enum Event: String, Sendable, Hashable {
        case started, completed, stopped
    }

    public var swarm: SwarmID
    public var peer: PeerID
    /// 0 when the peer does not listen.
    public var port: UInt16
    public var uploaded: Int64 = 0
    public var downloaded: Int64 = 0
    /// Bytes that the peer lacks; nil when it does not say.
    public var left: Int64?
    public var event: Event?
    /// False when the peer asks for a list of dictionaries.
    public var isCompact = true
    /// True when such a list may leave out the peers' ids.
    public var omitsPeerIDs = false
    /// Addresses wanted; nil leaves it to the tracker.
    public var wanted: Int?
    /// A secret between the peer and the tracker, by which it is known again at another address.
    public var key: [UInt8]?
    /// Addresses that the peer claims to have.
    public var stated: [IPLiteral] = []
    /// Peers that it could serve besides those that it serves now; a field of Shoal's.
    public var capacity: Int?
    /// What the tracker gave as its `tracker id`.
    public var trackerID: [UInt8]?

    public init(swarm: SwarmID, peer: PeerID, port: UInt16) {
        self.swarm = swarm
        self.peer = peer
        self.port = port
    }

    /// Reads a query as sent.
    /// - Throws: ``SwarmWireError`` with words that the peer's user may read, when an id or the port is wrong.
    public init(_ query: QueryBytes) throws(SwarmWireError) {
        guard let swarm = query["info_hash"].flatMap({ SwarmID(bytes: $0) }) else {
            throw SwarmWireError(.malformed, "info_hash must have 20 bytes")
        }
        guard let peer = query["peer_id"].flatMap({ PeerID(bytes: $0) }) else {
            throw SwarmWireError(.malformed, "peer_id must have 20 bytes")
        }
        guard let port = query.text("port").flatMap({ UInt16($0) }) else {
            throw SwarmWireError(.malformed, "port must be a number up to 65535")
        }
        self.init(swarm: swarm, peer: peer, port: port)
        uploaded = query.number("uploaded") ?? 0
        downloaded = query.number("downloaded") ?? 0
        left = query.number("left")
        event = query.text("event").flatMap { Event(rawValue: $0) }
        isCompact = query.text("compact") != "0"
        omitsPeerIDs = query.text("no_peer_id") == "1"
        wanted = query.number("numwant").flatMap { $0 < 0 ? nil : Int(clamping: $0) }
        key = query["key"].flatMap { $0.isEmpty ? nil : Array($0.prefix(Self.maximumKey)) }
        stated = ["ip", "ipv4", "ipv6"].flatMap { query.all($0).prefix(4) }.compactMap(Self.address)
        capacity = query.number("capacity").map { Int(clamping: max(0, $0)) }
        trackerID = query["trackerid"]
    }

    /// Bytes of a key that count.
    static let maximumKey = 64

    /// An address, or one with a port as BEP 7 allows for `ipv6`; the port is that of the announce all the same.
    private static func address(_ bytes: [UInt8]) -> IPLiteral? {
        let text = String(decoding: bytes, as: UTF8.self)
        return IPLiteral(text) ?? PeerAddress(text)?.literal
    }

    /// The query, ready to be sent, without its question mark.
    public var query: String {
        var pairs = [
            "info_hash=" + QueryBytes.escaped(swarm.bytes), "peer_id=" + QueryBytes.escaped(peer.bytes),
            "port=\(port)", "uploaded=\(uploaded)", "downloaded=\(downloaded)",
        ]
        if let left { pairs.append("left=\(left)") }
        pairs.append("compact=\(isCompact ? 1 : 0)")
        if omitsPeerIDs { pairs.append("no_peer_id=1") }
        if let event { pairs.append("event=\(event.rawValue)") }
        if let wanted { pairs.append("numwant=\(wanted)") }
        if let key { pairs.append("key=" + QueryBytes.escaped(key)) }
        for address in stated {
            let name = if case .v4 = address { "ipv4" } else { "ipv6" }
            pairs.append("\(name)=" + QueryBytes.escaped(Array(address.description.utf8)))
        }
        if let capacity { pairs.append("capacity=\(capacity)") }
        if let trackerID { pairs.append("trackerid=" + QueryBytes.escaped(trackerID)) }
        return pairs.joined(separator: "&")
    }
}
