internal import Commands
import Foundation
internal import HubClient
internal import Logging
internal import NIOCore
internal import Swarm
internal import SwarmWire
internal import Terminal
internal import Transfer
internal import Transport
internal import UnixSignals

/// One run of a seeder: the library and what fills it, the port and what is told about it.
struct SeedSession {
    private let options: SeedOptions
    private let door: ListenAddress
    private let settings: HubSettings
    private let secrets: [SwarmSecret]
    private let trackers: [TrackerURL]
    private let idleBytesPerSecond: Int
    private var indexing = CacheIndexer.Settings()

    init(_ options: SeedOptions, hub: HubOptions, repos: [String]) throws {
        self.options = options
        settings = try hub.settings()
        guard try Environment.peerToPeer() != false else {
            throw CommandFailure(
                code: "p2p_off", message: "peers are switched off by SHOAL_P2P", hint: "set SHOAL_P2P=1 to allow them")
        }
        door = try options.door()
        secrets = try options.secrets()
        trackers = try options.trackers()
        idleBytesPerSecond = try options.idleBytesPerSecond()
        indexing.policy = try options.policy()
        indexing.policy.hasSecrets = !secrets.isEmpty
        indexing.repos = repos
        let caches = options.cacheDir.isEmpty ? [settings.cacheDirectory] : options.cacheDir.map(Environment.absolute)
        indexing.caches = caches.map { URL(fileURLWithPath: $0).resolvingSymlinksInPath().path }
    }

    func run() async throws {
        // Who may read what is asked as strangers ask.
        var anonymous = settings
        anonymous.token = nil
        anonymous.isTokenExplicit = true
        try await ClientSession.withEngine(anonymous) { [anonymous] transport, engine, logger in
            let hub = Hub(settings: anonymous, transport: transport, engine: engine, logger: logger)
            let state = engine.local
            let zest = Environment["ZEST_CACHE_DIR"].map(Environment.absolute) ?? Environment.home + "/.cache/zest"
            let library = LocalSeedLibrary(
                shelf: state?.manifests, secrets: secrets,
                xorbs: XorbLibrary(shards: state?.shards, zest: ZestCache(folder: zest)))
            let hasher = idleBytesPerSecond > 0 ? state.map { makeHasher($0, engine.settings.stateFolder) } : nil
            let indexer = CacheIndexer(
                indexing, library: library, hub: hub, shelf: state?.manifests, hasher: hasher,
                logger: logger)
            var limits = PeerLimits()
            limits.uploadBytesPerSecond = settings.network.uploadLimit
            let node = try PeerNode(library: library, limits: limits, logger: logger)
            let listener = try await listen(node)
            TerminalStream.output.writeLine("shoal listening for peers on \(listener.address)")
            try await serve(library, indexer, node, port: listener.address.port, transport, logger)
            await listener.close()
        }
    }

    private func makeHasher(_ state: LocalState, _ folder: String?) -> IdleHasher {
        IdleHasher(
            files: state.files, shelf: state.manifests, folder: (folder ?? "/tmp") + "/seeding",
            bytesPerSecond: idleBytesPerSecond)
    }

    private func listen(_ node: PeerNode) async throws -> PeerListener {
        do {
            return try await node.listen(host: door.host, port: door.port)
        } catch let error as IOError {
            throw CommandFailure(
                code: "port_unusable",
                message: "cannot listen on port \(door.port): \(String(cString: strerror(error.errnoCode)))",
                hint: "choose another with --listen; 0 takes a free one")
        }
    }

    /// Works until a signal comes.
    private func serve(
        _ library: LocalSeedLibrary, _ indexer: CacheIndexer, _ node: PeerNode, port: UInt16,
        _ transport: any HTTPTransport, _ logger: Logger
    ) async throws {
        let near: [any PeerDiscovery] = options.lan ? [LocalDiscovery(logger: logger)] : []
        let far: [any PeerDiscovery] =
            trackers.isEmpty
            ? []
            : [
                TrackerDiscovery(
                    trackers, identity: NodeIdentity(), transport: transport, logger: logger)
            ]
        let announcer = SwarmAnnouncer(library: library, secrets: secrets, near: near, far: far, port: port)
        await withTaskGroup(of: Void.self) { group in
            for way in near + far { group.addTask { await way.run() } }
            group.addTask { await node.run() }
            group.addTask { await announcer.run() }
            group.addTask { await indexer.run() }
            group.addTask { await Self.report(indexer) }
            for await _ in await UnixSignalsSequence(trapping: .sigterm, .sigint) { break }
            group.cancelAll()
        }
    }

    /// Says what can be given whenever that has changed, but not more often than every few seconds.
    private static func report(_ indexer: CacheIndexer) async {
        var last = CacheIndexer.Progress()
        for await progress in await indexer.progress() where progress.isComplete && progress != last {
            last = progress
            var line = "\(progress.files) files (\(ByteText.size(progress.bytes))) can be given to peers"
            if progress.unlisted > 0 { line += "; \(progress.unlisted) are being cut into chunks" }
            if progress.unknown > 0 { line += "; the hub is being asked about \(progress.unknown) revisions" }
            TerminalStream.output.writeLine(line)
            try? await Task.sleep(for: .seconds(2))
        }
    }
}
