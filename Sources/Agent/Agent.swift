internal import HubClient
package import Logging
internal import Publish
internal import Swarm
internal import SwarmWire
internal import Torrents
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
    private let trackers: TrackerBoard
    private let engine: TransferEngine
    private let logger: Logger

    package init(
        _ settings: AgentSettings, transport: any HTTPTransport, engine: TransferEngine, logger: Logger
    ) {
        self.settings = settings
        trackers = TrackerBoard(settings.swarm?.trackers ?? [])
        self.transport = TrackerWatch(base: transport, board: trackers)
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
        /// The engine of torrents listens.
        case torrents(port: UInt16)
        /// A tracker does not answer, for a reason.
        case trackerAway(String, String)
    }

    /// Works until `untilTold` returns or `POST /v1/stop` comes.
    /// - Throws: ``AgentError`` when it cannot begin.
    package func run(
        report: @escaping @Sendable (News) -> Void, untilTold: @escaping @Sendable () async -> Void
    ) async throws {
        trackers.tell { report(.trackerAway($0.url, $0.error ?? "")) }
        try settings.folder.prepare()
        let lock = try AgentLock(settings.folder)
        // One agent at a time, until its last file is closed.
        defer { withExtendedLifetime(lock) {} }
        // One that was killed has left it: whoever reads it now would take somebody else for this agent.
        unlink(settings.folder.documentFile)
        let token = try settings.folder.makeToken()
        let opening = await TorrentOpening(settings.torrents, logger: logger)
        let (swarm, board) = (try await membership(opening), ActivityBoard())
        if let swarm { report(.listening(swarm.listener.address.description)) }
        if let torrents = opening.engine { report(.torrents(port: await torrents.port)) }
        defer { unlink(settings.folder.documentFile) }
        let presence = await opening.presence(
            agent: settings, engine: engine, board: board, swarm: swarm, logger: logger)
        do {
            try await work(token, swarm, presence, board, report, untilTold)
        } catch {
            await swarm?.listener.close()
            await presence.host?.close()
            throw error
        }
        await swarm?.listener.close()
        await presence.host?.close()
    }

    /// - Throws: ``AgentError`` when its port cannot be had; the engine is closed then.
    private func membership(_ opening: TorrentOpening) async throws -> SwarmMembership? {
        guard let wanted = settings.swarm else { return nil }
        do {
            return try await SwarmMembership.begin(
                wanted, settings: settings, transport: transport, engine: engine, tables: opening.tables,
                logger: logger)
        } catch {
            await opening.engine?.close(grace: .zero)
            throw error
        }
    }

    /// Gives cached models to peers, and nothing else, until `untilTold` returns.
    /// - Throws: ``AgentError`` when it cannot begin.
    package func seed(
        report: @escaping @Sendable (News) -> Void, untilTold: @escaping @Sendable () async -> Void
    ) async throws {
        trackers.tell { report(.trackerAway($0.url, $0.error ?? "")) }
        // Without an agent the engine is there for its DHT alone.
        let isNeeded = settings.torrents?.servesModels == true
        let opening = await TorrentOpening(isNeeded ? settings.torrents : nil, logger: logger)
        guard let swarm = try await membership(opening) else { return }
        report(.listening(swarm.listener.address.description))
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await swarm.run { report(.seeding($0)) } }
            await untilTold()
            group.cancelAll()
        }
        await swarm.listener.close()
        await opening.engine?.close(grace: .zero)
    }

    private func work(
        _ token: String, _ swarm: SwarmMembership?, _ torrents: TorrentPresence, _ board: ActivityBoard,
        _ report: @escaping @Sendable (News) -> Void, _ untilTold: @escaping @Sendable () async -> Void
    ) async throws {
        let (stop, hasEnded) = (StopSignal(), StopSignal())
        let hubs = HubFactory(settings: settings.hub, transport: transport, engine: engine, logger: logger)
        let desk = PullDesk(hubs: hubs, peers: swarm?.peers, board: board)
        let transits = TransitDesk(
            folder: settings.folder.filesFolder, engine: engine, library: swarm?.library, board: board, logger: logger)
        let server = AgentServer(port: settings.httpPort, logger: logger) { port in
            makeRouter(port, token, swarm, torrents, board, stop, hubs, desk, transits)
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await transits.run() }
            group.addTask { await swarm?.run { report(.seeding($0)) } }
            group.addTask { await torrents.host?.run() }
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
        _ port: Int, _ token: String, _ swarm: SwarmMembership?, _ torrents: TorrentPresence,
        _ board: ActivityBoard, _ stop: StopSignal, _ hubs: HubFactory, _ desk: PullDesk, _ transits: TransitDesk
    ) -> AgentRouter {
        let home = "http://127.0.0.1:\(port)"
        let reporter = StatusReporter(
            version: settings.version, httpPort: port, upstream: settings.hub.endpoint, board: board, desk: desk,
            swarming: swarm.map {
                .init(port: Int($0.listener.address.port), node: $0.node, peers: $0.peers, indexer: $0.indexer)
            }, trackers: trackers, torrents: torrents, download: engine.settings.downloadLimit,
            upload: engine.settings.uploadLimit)
        let control = ControlRoutes(
            token: token, reporter: reporter, desk: desk,
            torrents: TorrentRoutes(
                presence: torrents,
                book: ModelBook(
                    shelf: ModelShelf(caches: settings.caches, library: swarm?.library, logger: logger),
                    host: torrents.host)),
            stop: stop)
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
