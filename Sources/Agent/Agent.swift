internal import HubClient
package import Logging
internal import Swarm
internal import SwarmWire
package import Transfer
package import Transport

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// The background service: gives cached models to peers, answers the control API, and is a hub for this machine.
package struct Agent: Sendable {
    private let settings: AgentSettings
    private let transport: any HTTPTransport
    private let engine: TransferEngine
    private let logger: Logger

    package init(
        _ settings: AgentSettings, transport: any HTTPTransport, engine: TransferEngine, logger: Logger
    ) {
        self.settings = settings
        self.transport = transport
        self.engine = engine
        self.logger = logger
    }

    /// What it tells when it answers, and later.
    package enum News: Sendable {
        /// Peers can come in here.
        case listening(String)
        /// Requests are answered.
        case ready(AgentDocument)
        case seeding(CacheIndexer.Progress)
    }

    /// Works until `untilTold` returns or `POST /v1/stop` comes.
    /// - Throws: ``AgentError`` when it cannot begin.
    package func run(
        report: @escaping @Sendable (News) -> Void, untilTold: @escaping @Sendable () async -> Void
    ) async throws {
        try settings.folder.prepare()
        let lock = try AgentLock(settings.folder)
        // One agent at a time, until its last file is closed.
        defer { withExtendedLifetime(lock) {} }
        let token = try settings.folder.makeToken()
        var swarm: SwarmMembership?
        if let wanted = settings.swarm {
            swarm = try await SwarmMembership.begin(
                wanted, settings: settings, transport: transport, engine: engine, logger: logger)
        }
        if let swarm { report(.listening(swarm.listener.address.description)) }
        defer { unlink(settings.folder.documentFile) }
        do {
            try await work(token, swarm, report, untilTold)
            await swarm?.listener.close()
        } catch {
            await swarm?.listener.close()
            throw error
        }
    }

    /// Gives cached models to peers, and nothing else, until `untilTold` returns.
    /// - Throws: ``AgentError`` when it cannot begin.
    package func seed(
        report: @escaping @Sendable (News) -> Void, untilTold: @escaping @Sendable () async -> Void
    ) async throws {
        guard let wanted = settings.swarm else { return }
        let swarm = try await SwarmMembership.begin(
            wanted, settings: settings, transport: transport, engine: engine, logger: logger)
        report(.listening(swarm.listener.address.description))
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await swarm.run { report(.seeding($0)) } }
            await untilTold()
            group.cancelAll()
        }
        await swarm.listener.close()
    }

    private func work(
        _ token: String, _ swarm: SwarmMembership?, _ report: @escaping @Sendable (News) -> Void,
        _ untilTold: @escaping @Sendable () async -> Void
    ) async throws {
        let board = ActivityBoard()
        let (stop, hasEnded) = (StopSignal(), StopSignal())
        let hubs = HubFactory(settings: settings.hub, transport: transport, engine: engine, logger: logger)
        let desk = PullDesk(hubs: hubs, peers: swarm?.peers, board: board)
        let transits = TransitDesk(
            folder: settings.folder.filesFolder, engine: engine, library: swarm?.library, board: board, logger: logger)
        let server = AgentServer(port: settings.httpPort, logger: logger) { port in
            makeRouter(port, token, swarm, board, stop, hubs, desk, transits)
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await transits.run() }
            group.addTask { await swarm?.run { report(.seeding($0)) } }
            group.addTask {
                defer {
                    stop.set()
                    hasEnded.set()
                }
                try await server.run(until: stop) { port in
                    let document = AgentDocument(
                        pid: getpid(), httpPort: port, peerPort: Int(swarm?.listener.address.port ?? 0),
                        version: settings.version)
                    try document.write(to: settings.folder)
                    report(.ready(document))
                }
            }
            group.addTask {
                await untilTold()
                stop.set()
            }
            await stop.wait()
            await desk.stop()
            // Replies on their way, that to the request to end among them, come first.
            await hasEnded.wait()
            group.cancelAll()
            try await group.waitForAll()
        }
    }

    private func makeRouter(
        _ port: Int, _ token: String, _ swarm: SwarmMembership?, _ board: ActivityBoard, _ stop: StopSignal,
        _ hubs: HubFactory, _ desk: PullDesk, _ transits: TransitDesk
    ) -> AgentRouter {
        let home = "http://127.0.0.1:\(port)"
        let reporter = StatusReporter(
            version: settings.version, httpPort: port, upstream: settings.hub.endpoint, board: board, desk: desk,
            swarming: swarm.map {
                .init(port: Int($0.listener.address.port), node: $0.node, peers: $0.peers, indexer: $0.indexer)
            }, download: engine.settings.downloadLimit, upload: engine.settings.uploadLimit)
        let control = ControlRoutes(
            token: token, reporter: reporter, desk: desk,
            models: ModelShelf(caches: settings.caches, library: swarm?.library, logger: logger), stop: stop)
        let upstream = UpstreamHub(
            settings: settings.hub, transport: transport, headers: ReplyHeaders(home: home, settings: settings.hub),
            board: board, mark: AgentToken.make())
        let readers = ReaderRecord(folder: settings.folder.readersFolder, secret: token)
        let shelf = OfflineShelf(caches: settings.caches, readers: readers)
        let files = FileDesk(
            hubs: hubs, caches: settings.caches, transits: transits, peers: swarm?.peers,
            visibility: PublicRepos(hub: hubs.hub(token: nil)), policy: settings.swarm?.policy ?? SeedPolicy(),
            isAnnounced: settings.swarm?.trackers.isEmpty == false, verified: VerifiedFiles(),
            tainted: TaintedFiles(folder: settings.folder.filesFolder), board: board,
            logger: logger)
        let resolve = ResolveRoute(
            upstream: upstream, book: FactBook(upstream: upstream), desk: files, readers: readers, shelf: shelf)
        let hub = LocalHubRoutes(
            upstream: upstream, resolve: resolve, shelf: shelf,
            registry: RegistryRoutes(upstream: upstream, resolve: resolve, shelf: shelf, hubs: hubs))
        return AgentRouter(
            gate: RequestGate(port: port), control: control, hub: hub, board: board, logger: logger)
    }
}
