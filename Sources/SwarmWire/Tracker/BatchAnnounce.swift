/// What a peer tells a tracker about many swarms at once: the body of one `POST` (docs/tracker.md, "Batches").
public struct BatchAnnounce: Sendable, Hashable {
    public var peer: PeerID
    /// 0 when the peer does not listen.
    public var port: UInt16
    public var key: [UInt8]?
    public var stated: [IPLiteral] = []
    public var capacity: Int?
    /// Addresses wanted for each swarm of which something is lacking; nil leaves it to the tracker.
    public var wanted: Int?
    public var leeching: [SwarmID] = []
    public var seeding: [SwarmID] = []
    /// Of which the last has come since the last announce.
    public var completed: [SwarmID] = []
    public var stopped: [SwarmID] = []

    public static let contentType = "application/x-bencode"
    /// Bytes of a request that are read.
    public static let maximumBody = 256 << 10

    public init(peer: PeerID, port: UInt16) {
        self.peer = peer
        self.port = port
    }

    public var count: Int { leeching.count + seeding.count + completed.count + stopped.count }

    private static let limits = Bencode.Limits(depth: 2, nodes: 64)

    public init(decoding bytes: [UInt8]) throws(SwarmWireError) {
        let value = try Bencode.decode(bytes, limits: Self.limits)
        guard let peer = value["peer_id"]?.bytes.flatMap({ PeerID(bytes: $0) }) else {
            throw SwarmWireError(.malformed, "peer_id must have 20 bytes")
        }
        guard let port = value["port"]?.integer.flatMap({ UInt16(exactly: $0) }) else {
            throw SwarmWireError(.malformed, "port must be a number up to 65535")
        }
        self.init(peer: peer, port: port)
        key = value["key"]?.bytes.flatMap { $0.isEmpty ? nil : Array($0.prefix(AnnounceRequest.maximumKey)) }
        stated = (value["addresses"]?.list ?? []).prefix(4).compactMap { $0.bytes.flatMap { IPLiteral(bytes: $0) } }
        capacity = value["capacity"]?.integer.map { Int(clamping: max(0, $0)) }
        wanted = value["numwant"]?.integer.flatMap { $0 < 0 ? nil : Int(clamping: $0) }
        leeching = try Self.ids(value["leeching"])
        seeding = try Self.ids(value["seeding"])
        completed = try Self.ids(value["completed"])
        stopped = try Self.ids(value["stopped"])
    }

    private static func ids(_ value: BencodeValue?) throws(SwarmWireError) -> [SwarmID] {
        guard let bytes = value?.bytes else { return [] }
        guard bytes.count.isMultiple(of: SwarmID.size) else {
            throw SwarmWireError(.malformed, "a list of swarms must have 20 bytes for each")
        }
        return stride(from: 0, to: bytes.count, by: SwarmID.size).compactMap {
            SwarmID(bytes: bytes[$0..<$0 + SwarmID.size])
        }
    }

    public var encoded: [UInt8] {
        var entries: [BencodeKey: BencodeValue] = [
            "peer_id": .bytes(peer.bytes), "port": .integer(Int64(port)),
        ]
        if let key { entries["key"] = .bytes(key) }
        if !stated.isEmpty { entries["addresses"] = .list(stated.map { .bytes($0.bytes) }) }
        if let capacity { entries["capacity"] = .integer(Int64(capacity)) }
        if let wanted { entries["numwant"] = .integer(Int64(wanted)) }
        let lists: [(BencodeKey, [SwarmID])] = [
            ("leeching", leeching), ("seeding", seeding), ("completed", completed), ("stopped", stopped),
        ]
        for (name, ids) in lists where !ids.isEmpty { entries[name] = .bytes(ids.flatMap(\.bytes)) }
        return Bencode.encode(.dictionary(entries))
    }
}

/// A tracker's answer to a batch.
public struct BatchReply: Sendable, Hashable {
    /// What is said of one swarm.
    public enum Answer: Sendable, Hashable {
        case peers(CompactPeers, complete: Int, incomplete: Int)
        case refused(String)
    }

    public var interval: Int
    public var minimumInterval: Int?
    public var external: IPLiteral?
    /// Swarms that fit into a batch.
    public var batchSize: Int?
    /// Those of which something is lacking, and those that were refused.
    public var swarms: [SwarmID: Answer] = [:]

    public init(interval: Int) { self.interval = interval }

    public var encoded: [UInt8] {
        var answers: [BencodeKey: BencodeValue] = [:]
        for (swarm, answer) in swarms {
            switch answer {
            case .refused(let reason): answers[BencodeKey(swarm.bytes)] = ["failure reason": .string(reason)]
            case .peers(let peers, let complete, let incomplete):
                var entry: [BencodeKey: BencodeValue] = [
                    "complete": .integer(Int64(complete)), "incomplete": .integer(Int64(incomplete)),
                    "peers": .bytes(peers.v4),
                ]
                if !peers.v6.isEmpty { entry["peers6"] = .bytes(peers.v6) }
                answers[BencodeKey(swarm.bytes)] = .dictionary(entry)
            }
        }
        var entries: [BencodeKey: BencodeValue] = [
            "interval": .integer(Int64(interval)), "swarms": .dictionary(answers),
        ]
        if let minimumInterval { entries["min interval"] = .integer(Int64(minimumInterval)) }
        if let batchSize { entries["shoal batch"] = .integer(Int64(batchSize)) }
        if let external { entries["external ip"] = .bytes(external.bytes) }
        return Bencode.encode(.dictionary(entries))
    }

    private static let limits = Bencode.Limits(depth: 4, nodes: 20_000)

    /// Reads an answer, whatever its status was.
    public static func decode(_ bytes: [UInt8]) throws(SwarmWireError) -> Result<BatchReply, TrackerFailure> {
        let value = try Bencode.decode(bytes, limits: limits)
        if let failure = TrackerFailure(value) { return .failure(failure) }
        guard let interval = value["interval"]?.integer, interval >= 0, let swarms = value["swarms"]?.dictionary else {
            throw SwarmWireError(.malformed, "a tracker's answer has no interval or no swarms")
        }
        var reply = BatchReply(interval: Int(clamping: interval))
        reply.minimumInterval = value["min interval"]?.integer.map { Int(clamping: max(0, $0)) }
        reply.batchSize = value["shoal batch"]?.integer.map { Int(clamping: max(0, $0)) }
        reply.external = value["external ip"]?.bytes.flatMap { IPLiteral(bytes: $0) }
        for (key, answer) in swarms {
            guard let swarm = SwarmID(bytes: key.bytes) else { continue }
            if let failure = TrackerFailure(answer) {
                reply.swarms[swarm] = .refused(failure.reason)
                continue
            }
            var peers = CompactPeers()
            let most = AnnounceReply.maximumPeers
            peers.v4 = Array((answer["peers"]?.bytes ?? []).prefix(most * PeerAddress.compactSizeV4))
            peers.v6 = Array((answer["peers6"]?.bytes ?? []).prefix(most * PeerAddress.compactSizeV6))
            func count(_ key: BencodeKey) -> Int { Int(clamping: max(0, answer[key]?.integer ?? 0)) }
            reply.swarms[swarm] = .peers(peers, complete: count("complete"), incomplete: count("incomplete"))
        }
        return .success(reply)
    }
}
