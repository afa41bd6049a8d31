internal import Publish
internal import Swarm
internal import Transport

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// Puts together how the agent stands.
struct StatusReporter: Sendable {
    /// What the agent has to do with peers; nothing where they are switched off.
    struct Swarming: Sendable {
        let port: Int
        let node: PeerNode
        let peers: SwarmPeers
        let indexer: CacheIndexer
    }

    let version: String
    let httpPort: Int
    let upstream: String
    let board: ActivityBoard
    let desk: PullDesk
    let swarming: Swarming?
    let trackers: TrackerBoard
    let torrents: TorrentPresence
    let download: BandwidthLimit?
    let upload: BandwidthLimit?

    private var limits: StatusDocument.Limits {
        .init(download: download?.bytesPerSecond, upload: upload?.bytesPerSecond)
    }

    /// A number that is another one after something has happened that the status shows.
    var changes: UInt64 {
        var hasher = Hasher()
        hasher.combine(board.changes)
        hasher.combine(swarming?.node.sentBytes)
        hasher.combine(swarming?.peers.report)
        hasher.combine(swarming?.indexer.changes)
        hasher.combine(trackers.standings)
        hasher.combine(limits)
        hasher.combine(torrents.host?.desk.pulse.value)
        return UInt64(bitPattern: Int64(hasher.finalize()))
    }

    func status() async -> StatusDocument {
        let peers = swarming?.peers.report ?? []
        let progress = await swarming?.indexer.current ?? .init()
        var bytes = board.totals
        bytes.toPeers = UInt64(max(0, swarming?.node.sentBytes ?? 0))
        return StatusDocument(
            version: version, pid: getpid(), uptimeSeconds: (board.uptime / .milliseconds(1)).rounded() / 1000,
            endpoint: "http://127.0.0.1:\(httpPort)", upstream: upstream,
            isUpstreamReachable: board.isUpstreamReachable, httpPort: httpPort, peerPort: swarming?.port ?? 0,
            peerCount: peers.count, httpRequests: board.requests,
            seeding: .init(
                repositories: progress.repositories, files: progress.files, bytes: progress.bytes,
                waitingForChunks: progress.unlisted, waitingForVisibility: progress.unknown,
                isComplete: progress.isComplete || swarming == nil),
            bytes: bytes, limits: limits, transfers: board.transfers.map(StatusDocument.Transfer.init),
            pulls: await desk.newest(100).map(\.document),
            peers: peers.map {
                .init(
                    address: $0.address, direction: $0.isIncoming ? "in" : "out", client: $0.client,
                    toPeer: $0.toPeer, fromPeer: $0.fromPeer)
            }, trackers: trackers.standings, torrents: await TorrentsDocument(torrents))
    }
}
