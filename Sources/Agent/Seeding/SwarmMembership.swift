internal import HubClient
internal import Logging
internal import NIOCore
internal import Swarm
internal import SwarmWire
internal import Transfer
internal import Transport

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// The agent among peers: what it gives, how it is found, and whom it asks for what it pulls.
struct SwarmMembership: Sendable {
    let library: LocalSeedLibrary
    let node: PeerNode
    let listener: PeerListener
    let peers: SwarmPeers
    let indexer: CacheIndexer
    private let announcer: SwarmAnnouncer
    private let xorbAnnouncer: XorbAnnouncer?

    /// The DHT as this membership uses it: for whoever looks for somebody, and for what is given.
    struct Tables: Sendable {
        let searching: any DistributedTable
        let seeding: any DistributedTable
    }

    /// Begins to listen.
    /// - Parameter tables: nil where the DHT is left alone.
    /// - Throws: ``AgentError`` with code `port_unusable`.
    static func begin(
        _ wanted: SwarmSettings, settings: AgentSettings, transport: any HTTPTransport, engine: TransferEngine,
        tables: Tables? = nil, logger: Logger
    ) async throws -> SwarmMembership {
        let state = engine.local
        let library = LocalSeedLibrary(
            shelf: state?.manifests, secrets: wanted.secrets,
            xorbs: XorbLibrary(shards: state?.shards, zest: wanted.zestCache.map { ZestCache(folder: $0) }))
        let node = try PeerNode(library: library, upload: engine.settings.uploadLimit, logger: logger)
        let listener = try await listen(node, wanted)
        let near: [any PeerDiscovery] = wanted.isLocal ? [LocalDiscovery(logger: logger)] : []
        func trackers() -> TrackerDiscovery? {
            wanted.trackers.isEmpty
                ? nil
                : TrackerDiscovery(wanted.trackers, identity: NodeIdentity(), transport: transport, logger: logger)
        }
        let far = trackers()
        let named: [any PeerDiscovery] = wanted.peers.isEmpty ? [] : [StaticPeers(wanted.peers)]
        // What this process has pulled is given out of the place where it is then, so nothing is kept open for it.
        var asking = SwarmPeers.Settings()
        asking.mostKept = 0
        let searching: [any PeerDiscovery] = tables.map { [DistributedDiscovery($0.searching)] } ?? []
        let seeding: [any PeerDiscovery] = tables.map { [DistributedDiscovery($0.seeding)] } ?? []
        let peers = SwarmPeers(
            node: node, library: library, discoveries: named + near + [far].compactMap(\.self) + searching,
            xorbTrackers: trackers(), listener: listener, settings: asking, logger: logger)
        return SwarmMembership(
            library: library, node: node, listener: listener, peers: peers,
            indexer: makeIndexer(wanted, settings, library, transport, engine, logger),
            announcer: SwarmAnnouncer(
                library: library, secrets: wanted.secrets, near: near, far: [far].compactMap(\.self) + seeding,
                port: listener.address.port),
            xorbAnnouncer: far.map { XorbAnnouncer(library: library, trackers: $0, port: listener.address.port) })
    }

    private static func makeIndexer(
        _ wanted: SwarmSettings, _ settings: AgentSettings, _ library: LocalSeedLibrary,
        _ transport: any HTTPTransport, _ engine: TransferEngine, _ logger: Logger
    ) -> CacheIndexer {
        // Who may read what is asked as strangers ask.
        var anonymous = settings.hub
        anonymous.token = nil
        anonymous.isTokenExplicit = true
        let hub = Hub(settings: anonymous, transport: transport, engine: engine, logger: logger)
        var indexing = CacheIndexer.Settings()
        indexing.caches = settings.caches
        indexing.repos = wanted.repos
        indexing.policy = wanted.policy
        let state = engine.local
        let hasher =
            wanted.idleBytesPerSecond > 0
            ? state.map { state in
                IdleHasher(
                    files: state.files, shelf: state.manifests,
                    folder: (engine.settings.stateFolder ?? "/tmp") + "/seeding",
                    bytesPerSecond: wanted.idleBytesPerSecond)
            } : nil
        return CacheIndexer(
            indexing, library: library, hub: hub, shelf: state?.manifests, hasher: hasher, logger: logger)
    }

    private static func listen(_ node: PeerNode, _ wanted: SwarmSettings) async throws -> PeerListener {
        do {
            return try await node.listen(host: wanted.host, port: wanted.port)
        } catch let error as IOError {
            if wanted.mayMove, error.errnoCode == EADDRINUSE {
                return try await node.listen(host: wanted.host, port: 0)
            }
            throw AgentError(
                code: "port_unusable",
                message: "cannot listen on port \(wanted.port): \(String(cString: strerror(error.errnoCode)))",
                hint: "choose another with --listen; 0 takes a free one")
        }
    }

    /// Gives and finds, until the task is cancelled.
    /// - Parameter report: told whenever what can be given has changed, but not more often than every few seconds.
    func run(report: @escaping @Sendable (CacheIndexer.Progress) -> Void) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await peers.run() }
            group.addTask { await announcer.run() }
            if let xorbAnnouncer { group.addTask { await xorbAnnouncer.run() } }
            group.addTask { await indexer.run() }
            group.addTask {
                var last = CacheIndexer.Progress()
                for await progress in await indexer.progress() where progress.isComplete && progress != last {
                    last = progress
                    report(progress)
                    try? await Task.sleep(for: .seconds(2))
                }
            }
        }
    }
}
