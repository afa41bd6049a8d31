/// The answer of `GET /v1/status` (docs/agent.md).
struct StatusDocument: Encodable, Sendable {
    struct Seeding: Encodable, Sendable {
        var repositories: Int
        var files: Int
        var bytes: UInt64
        var waitingForChunks: Int
        var waitingForVisibility: Int
        var isComplete: Bool

        enum CodingKeys: String, CodingKey {
            case repositories, files, bytes
            case waitingForChunks = "waiting_for_chunks"
            case waitingForVisibility = "waiting_for_visibility"
            case isComplete = "complete"
        }
    }

    struct Transfer: Encodable, Sendable {
        var id: String
        var kind = "hub"
        var name: String
        var state: String
        var size: UInt64
        var done: UInt64
        var fromHub: UInt64
        var fromPeers: UInt64
        var fromDisk: UInt64
        var bytesPerSecond: Double

        enum CodingKeys: String, CodingKey {
            case id, kind, name, state, size, done
            case fromHub = "from_hub"
            case fromPeers = "from_peers"
            case fromDisk = "from_disk"
            case bytesPerSecond = "bytes_per_second"
        }

        init(_ record: TransferRecord) {
            id = "t\(record.number)"
            name = record.name
            state = record.outcome?.rawValue ?? "running"
            size = record.size
            done = record.done
            fromHub = record.fromHub
            fromPeers = record.fromPeers
            fromDisk = record.fromDisk
            bytesPerSecond = record.bytesPerSecond
        }
    }

    struct Peer: Encodable, Sendable {
        var address: String
        var direction: String
        var client: String?
        var toPeer: UInt64
        var fromPeer: UInt64

        enum CodingKeys: String, CodingKey {
            case address, direction, client
            case toPeer = "to_peer"
            case fromPeer = "from_peer"
        }
    }

    /// Bytes per second that may pass now; null for everything.
    struct Limits: Encodable, Sendable, Hashable {
        var download: Int?
        var upload: Int?

        enum CodingKeys: CodingKey { case download, upload }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(download, forKey: .download)
            try container.encode(upload, forKey: .upload)
        }
    }

    var version: String
    var pid: Int32
    var uptimeSeconds: Double
    var endpoint: String
    var upstream: String
    var isUpstreamReachable: Bool?
    var httpPort: Int
    var peerPort: Int
    var peerCount: Int
    var httpRequests: UInt64
    var seeding: Seeding
    var bytes: ActivityBoard.Totals
    var limits: Limits
    var transfers: [Transfer]
    var pulls: [PullJobDocument]
    var peers: [Peer]
    var trackers: [TrackerBoard.Standing]
    var torrents: TorrentsDocument

    enum CodingKeys: String, CodingKey {
        case version, pid, endpoint, upstream, seeding, bytes, limits, transfers, pulls, peers, trackers, torrents
        case uptimeSeconds = "uptime_seconds"
        case isUpstreamReachable = "upstream_reachable"
        case httpPort = "http_port"
        case peerPort = "bt_port"
        case peerCount = "bt_peers"
        case httpRequests = "http_requests"
        case activeTransfers = "active_transfers"
        case totalPeers = "total_peers"
        case nodes = "dht_nodes"
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(version, forKey: .version)
        try container.encode(pid, forKey: .pid)
        try container.encode(uptimeSeconds, forKey: .uptimeSeconds)
        try container.encode(endpoint, forKey: .endpoint)
        try container.encode(upstream, forKey: .upstream)
        // Null while nobody knows.
        try container.encode(isUpstreamReachable, forKey: .isUpstreamReachable)
        try container.encode(httpPort, forKey: .httpPort)
        try container.encode(peerPort, forKey: .peerPort)
        try container.encode(peerCount, forKey: .peerCount)
        try container.encode(httpRequests, forKey: .httpRequests)
        try container.encode(seeding, forKey: .seeding)
        try container.encode(bytes, forKey: .bytes)
        try container.encode(limits, forKey: .limits)
        try container.encode(transfers, forKey: .transfers)
        try container.encode(pulls, forKey: .pulls)
        try container.encode(peers, forKey: .peers)
        try container.encode(trackers, forKey: .trackers)
        try container.encode(torrents, forKey: .torrents)
        let running = transfers.count { $0.state == "running" } + pulls.count { $0.state == "running" }
        try container.encode(running + torrents.active, forKey: .activeTransfers)
        try container.encode(peerCount + torrents.peers, forKey: .totalPeers)
        try container.encode(torrents.nodes, forKey: .nodes)
    }
}
