/// Addresses in the compact forms of BEP 23 and BEP 7.
public struct CompactPeers: Sendable, Hashable {
    /// Entries of 6 bytes.
    public var v4: [UInt8] = []
    /// Entries of 18 bytes.
    public var v6: [UInt8] = []

    public init() {}

    public init(_ addresses: [PeerAddress]) {
        for compact in addresses.compactMap(\.compact) {
            if compact.count == PeerAddress.compactSizeV4 { v4 += compact } else { v6 += compact }
        }
    }

    public var isEmpty: Bool { v4.isEmpty && v6.isEmpty }

    /// The addresses, IPv6 first; entries without a port are left out, and so is a cut one at the end.
    public var addresses: [PeerAddress] {
        [(v6, PeerAddress.compactSizeV6), (v4, PeerAddress.compactSizeV4)].flatMap { bytes, size in
            PeerAddress.list(compact: Array(bytes.prefix(bytes.count / size * size)), entrySize: size) ?? []
        }
    }
}

/// Why a tracker does not answer.
public struct TrackerFailure: Error, Sendable, Hashable {
    /// The tracker's words.
    public var reason: String
    /// Seconds after which it may be asked again; nil when it does not say (BEP 31).
    public var retryAfter: Int?

    public init(reason: String, retryAfter: Int? = nil) {
        self.reason = reason
        self.retryAfter = retryAfter
    }

    /// The bencoded answer; `retry in` counts minutes.
    public var encoded: [UInt8] {
        var entries: [BencodeKey: BencodeValue] = ["failure reason": .string(reason)]
        if let retryAfter { entries["retry in"] = .integer(Int64(max(1, (retryAfter + 59) / 60))) }
        return Bencode.encode(.dictionary(entries))
    }

    /// nil when the value is no failure.
    init?(_ value: BencodeValue) {
        guard let reason = value["failure reason"]?.text else { return nil }
        self.reason = String(reason.prefix(300))
        guard let minutes = value["retry in"] else { return }
        if let number = minutes.integer ?? minutes.text.flatMap({ Int64($0) }), (0...100_000).contains(number) {
            retryAfter = Int(number) * 60
        } else if minutes.text == "never" {
            retryAfter = 100_000 * 60
        }
    }
}

/// A tracker's answer to an announce.
public struct AnnounceReply: Sendable, Hashable {
    /// Seconds until the next announce.
    public var interval: Int
    /// Seconds that a peer must wait at least.
    public var minimumInterval: Int?
    /// Peers with everything, and peers without.
    public var complete: Int?
    public var incomplete: Int?
    public var downloads: Int?
    public var peers = CompactPeers()
    /// Peers as dictionaries name them; a host may be a name.
    public var named: [NamedPeer] = []
    /// Under which address the tracker sees the peer (BEP 24).
    public var external: IPLiteral?
    public var warning: String?
    public var trackerID: [UInt8]?
    /// Swarms that fit into a batch announce; nil when the tracker takes none. A field of Shoal's.
    public var batchSize: Int?

    /// A peer and its 20 bytes, if they are told.
    public struct NamedPeer: Sendable, Hashable {
        public var address: PeerAddress
        public var id: [UInt8]?

        public init(address: PeerAddress, id: [UInt8]?) {
            self.address = address
            self.id = id
        }
    }

    public init(interval: Int) { self.interval = interval }

    /// What the bytes of an answer may hold.
    static let limits = Bencode.Limits(depth: 4, nodes: 8_000)
    /// Addresses that are read from one answer.
    static let maximumPeers = 1_000

    /// Reads an answer, whatever its status was.
    public static func decode(_ bytes: [UInt8]) throws(SwarmWireError) -> Result<AnnounceReply, TrackerFailure> {
        let value = try Bencode.decode(bytes, limits: limits)
        if let failure = TrackerFailure(value) { return .failure(failure) }
        guard let interval = value["interval"]?.integer, interval >= 0 else {
            throw SwarmWireError(.malformed, "a tracker's answer has no interval")
        }
        var reply = AnnounceReply(interval: Int(clamping: interval))
        func count(_ key: BencodeKey) -> Int? { value[key]?.integer.map { Int(clamping: max(0, $0)) } }
        reply.minimumInterval = count("min interval")
        reply.complete = count("complete")
        reply.incomplete = count("incomplete")
        reply.downloads = count("downloaded")
        reply.take(value)
        reply.external = value["external ip"]?.bytes.flatMap { IPLiteral(bytes: $0) }
        reply.warning = value["warning message"]?.text.map { String($0.prefix(300)) }
        reply.trackerID = value["tracker id"]?.bytes.flatMap { $0.count <= 256 ? $0 : nil }
        reply.batchSize = count("shoal batch")
        return .success(reply)
    }

    private mutating func take(_ value: BencodeValue) {
        switch value["peers"] {
        case .bytes(let bytes)?: peers.v4 = Array(bytes.prefix(Self.maximumPeers * PeerAddress.compactSizeV4))
        case .list(let entries)?: named = entries.prefix(Self.maximumPeers).compactMap(Self.named)
        default: break
        }
        switch value["peers6"] {
        case .bytes(let bytes)?: peers.v6 = Array(bytes.prefix(Self.maximumPeers * PeerAddress.compactSizeV6))
        case .list(let entries)?: named += entries.prefix(Self.maximumPeers).compactMap(Self.named)
        default: break
        }
    }

    private static func named(_ entry: BencodeValue) -> NamedPeer? {
        guard let host = entry["ip"]?.text, let number = entry["port"]?.integer, let port = UInt16(exactly: number)
        else { return nil }
        // Read as the user's own words would be, so that nothing but an address or a name gets through.
        guard let address = PeerAddress(host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)") else {
            return nil
        }
        return NamedPeer(address: address, id: entry["peer id"]?.bytes.flatMap { $0.count == 20 ? $0 : nil })
    }

    /// All addresses, compact ones first.
    public var addresses: [PeerAddress] { peers.addresses + named.map(\.address) }

    /// The bencoded answer: compact, unless there are named peers or `asList` is set.
    public func encoded(asList: Bool = false) -> [UInt8] {
        var entries: [BencodeKey: BencodeValue] = ["interval": .integer(Int64(interval))]
        func set(_ key: BencodeKey, _ number: Int?) {
            if let number { entries[key] = .integer(Int64(number)) }
        }
        set("min interval", minimumInterval)
        set("complete", complete)
        set("incomplete", incomplete)
        set("downloaded", downloads)
        set("shoal batch", batchSize)
        if let external { entries["external ip"] = .bytes(external.bytes) }
        if let warning { entries["warning message"] = .string(warning) }
        if let trackerID { entries["tracker id"] = .bytes(trackerID) }
        if asList {
            entries["peers"] = .list(
                named.map { peer in
                    var entry: [BencodeKey: BencodeValue] = [
                        "ip": .string(peer.address.host), "port": .integer(Int64(peer.address.port)),
                    ]
                    if let id = peer.id { entry["peer id"] = .bytes(id) }
                    return .dictionary(entry)
                })
        } else {
            entries["peers"] = .bytes(peers.v4)
            if !peers.v6.isEmpty { entries["peers6"] = .bytes(peers.v6) }
        }
        return Bencode.encode(.dictionary(entries))
    }
}
