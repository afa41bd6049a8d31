internal import Commands
internal import Foundation
internal import HubClient
internal import Logging
internal import Publish
internal import PublishWire
internal import SwarmWire
internal import Terminal
internal import Torrents
internal import Transfer
internal import Transport

/// One run of `shoal get`.
struct GetRun {
    let command: GetCommand
    let session: PublishSession
    let settings: HubSettings
    let output: ResultOptions

    func run() async throws {
        let subject = try GetSubject(parsing: command.subject)
        try session.folder.prepare()
        let display = ProgressDisplay(mode: session.progressMode(command.progress, for: output))
        let observer = ProgressObserver(display: display)
        let (result, snapshot) = try await display.run(title: "getting \(TextWidth.printable(command.subject))") {
            try await ClientSession.withHub(settings) { hub in
                try await ClientSession.withEngine(settings) { transport, transfers, logger in
                    try await SwarmDoor.with(transfers, transport, logger) { swarm in
                        try await withEngine { engine in
                            try await get(subject, hub, engine, swarm, transport, observer, logger)
                        }
                    }
                }
            }
        }
        let isTold = command.seed && result.entry != nil ? await session.tellAgent() : false
        let document = GetDocument(result, snapshot: snapshot, isSeeding: isTold)
        display.close(document.summary)
        for line in document.remarks { TerminalStream.error.writeLine(line) }
        try output.print(document, quiet: [document.path]) { [document.path] }
    }

    private func withEngine<Result>(_ body: (any TorrentEngine) async throws -> Result) async throws -> Result {
        var settings = session.settings.engine(userAgent: "shoal/\(ShoalVersion.current)")
        let network = self.settings.network
        settings.downloadLimit = Self.stricter(settings.downloadLimit, network.downloadLimit)
        settings.uploadLimit = Self.stricter(settings.uploadLimit, network.uploadLimit)
        // The agent has the port of the settings.
        settings.port = 0
        settings.isReadOnlyNode = true
        if command.skipDHT {
            settings.usesDHT = false
            settings.usesLocalDiscovery = false
        }
        let engine = try await Libtorrent(settings)
        do {
            let result = try await body(engine)
            await engine.close(grace: .seconds(1))
            return result
        } catch {
            await engine.close(grace: .zero)
            throw error
        }
    }

    /// The lower of two limits, of which 0 and nil are none.
    private static func stricter(_ own: Int, _ schedule: RateSchedule?) -> Int {
        guard let rate = schedule?.rate(at: .current()) else { return own }
        return own > 0 ? min(own, rate) : rate
    }

    private func get(
        _ subject: GetSubject, _ hub: Hub, _ engine: any TorrentEngine, _ swarm: SwarmOpening?,
        _ transport: any HTTPTransport, _ observer: ProgressObserver, _ logger: Logger
    ) async throws -> (GetResult, String?) {
        var context = GetContext(
            folder: session.folder, engine: engine, transport: transport, logger: logger,
            now: { Int64(Date().timeIntervalSince1970) })
        context.caches = session.caches(settings)
        context.endpoints = settings.endpoints
        context.swarm = swarm
        if !command.noHub { context.hub = { Self.isOwn($0, settings) ? hub : nil } }
        let resolver = SubjectResolver(
            registry: session.registry, finder: finder(engine, logger), links: links(engine), transport: transport,
            home: Environment.home)
        var order = try await resolver.resolve(subject, version: command.version)
        complete(&order)
        // A name's version was looked for.
        if case .model = subject {} else { order.version = command.version }
        if command.hfCache { try CachePlacing.requirePossible(order) }
        let result = try await TorrentDownload(order, in: context, observer: observer).run()
        guard command.hfCache else { return (result, nil) }
        return (result, try await CachePlacing(hub, session.folder).place(result))
    }

    private func complete(_ order: inout GetOrder) {
        order.folder = command.output.map(Environment.absolute)
        order.include = command.filter.include
        order.exclude = command.filter.exclude
        order.overwrites = command.overwrite
        order.publisher = command.publisher
        if session.settings.network.leavesOutTrackers { order.leaveOutForeignTrackers() }
        order.peers += command.peer.compactMap { PeerAddress($0) }
        order.trackers += command.tracker
        order.webSeeds += command.webSeed
        order.isPublic = order.isPublic && !command.skipDHT
        order.seeds = command.seed
        let usual = session.settings.torrent.downloadTimeout
        order.timeout = (command.timeout ?? (usual > 0 ? usual : nil)).map { .seconds($0) }
    }

    /// Hubs are asked with the user's token, so only those count that the user has chosen; the public hub's address
    /// means the chosen one, as mirrors pass it on.
    static func isOwn(_ endpoint: String, _ settings: HubSettings) -> Bool {
        let address = endpoint.hasSuffix("/") ? String(endpoint.dropLast()) : endpoint
        return settings.endpoints.contains(address) || address == HubSettings.defaultEndpoint
    }

    private var isWithoutDHT: Bool { command.skipDHT || !session.settings.network.usesDHT }

    /// Who follows links to publishers.
    private func links(_ engine: any TorrentEngine) -> PublisherLinks? {
        guard !isWithoutDHT else { return nil }
        return PublisherLinks(
            engine: engine, folder: CatalogueFolder(session.folder), trust: FolderTrust(session.folder),
            patience: .seconds(min(20, command.timeout ?? 20)))
    }

    /// Who finds models by their name: the catalogue. Without the DHT, what this machine knows of it.
    private func finder(_ engine: any TorrentEngine, _ logger: Logger) -> any ModelFinder {
        let isOffline = isWithoutDHT
        let nodes = session.settings.engine(userAgent: "").nodes
        let access = CatalogueAccess(
            session, engine: isOffline ? nil : engine, reachesLocal: CatalogueAccess.isLocal(nodes), logger: logger)
        return CatalogueFinder(
            access.discoverer, timeout: .seconds(min(30, command.timeout ?? 30)), publisher: command.publisher,
            isOffline: isOffline)
    }
}
