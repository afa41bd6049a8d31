internal import Agent
internal import Commands
import Foundation
internal import HubClient
internal import Logging
internal import Publish
internal import PublishWire
internal import Swarm
internal import Torrents
internal import Transfer
internal import Transport

/// Puts together what the agent has to do with torrents, from the user's settings.
struct TorrentServices: Sendable {
    private let session: PublishSession
    private let tellsModels: Bool
    private let hub: HubSettings

    init(tellsModels: Bool, hub: HubSettings) throws {
        session = try PublishSession()
        self.tellsModels = tellsModels || session.settings.network.tellsModelsToDHT
        self.hub = hub
    }

    func settings(
        _ agent: AgentSettings, transport: any HTTPTransport, engine transfer: TransferEngine, logger: Logger
    ) -> TorrentSettings {
        let place = EnginePlace(folder: agent.folder)
        let wanted = engine(agent.swarm)
        var torrents = TorrentSettings(folder: session.folder) { () async throws(TorrentError) in
            try await place.open(wanted)
        }
        torrents.keep = { await place.keep($0) }
        torrents.engineName = Libtorrent.version.map { "libtorrent \($0)" }
        // These two count for torrents alone, whatever the limits of the agent are.
        let network = session.settings.network
        torrents.ownUpload = network.uploadLimit > 0 ? network.uploadLimit : nil
        torrents.ownDownload = network.downloadLimit > 0 ? network.downloadLimit : nil
        let (ratio, time) = (session.settings.torrent.seedRatio, session.settings.torrent.seedTime)
        torrents.goal = SeedGoal(ratio: ratio > 0 ? ratio : nil, time: time > 0 ? .seconds(time) : nil)
        torrents.leavesOutTrackers = network.leavesOutTrackers
        torrents.servesModels = tellsModels
        torrents.sharing = ShellSharing()
        let (session, hub, caches) = (session, hub, agent.caches)
        let isAlone = wanted.isLoopback
        let policy = agent.swarm?.policy ?? SeedPolicy()
        let isAnnounced = tellsModels || agent.swarm?.trackers.isEmpty == false
        torrents.company = { engine, peers in
            await Self.company(
                session, engine, isAlone: isAlone, policy: policy,
                hub: Hub(settings: hub, transport: transport, engine: transfer, logger: logger),
                swarm: peers.map { SwarmDoor.opening($0, transfer, policy, isAnnounced: isAnnounced) },
                caches: caches, transport: transport, logger: logger)
        }
        return torrents
    }

    /// Where the agent listens for the swarm, and whether this network may find it, holds for torrents too.
    private func engine(_ swarm: SwarmSettings?) -> EngineSettings {
        var engine = session.settings.engine(userAgent: "shoal/\(ShoalVersion.current)")
        guard let swarm, !engine.isLoopback else { return engine }
        if !swarm.isLocal { engine.usesLocalDiscovery = false }
        guard !["::", "0.0.0.0"].contains(swarm.host) else { return engine }
        engine.addresses = [swarm.host]
        guard swarm.host.hasPrefix("127.") || swarm.host == "::1" else { return engine }
        // From this machine's own address nobody else is reached.
        engine.isLoopback = true
        engine.nodes = engine.nodes ?? []
        (engine.usesLocalDiscovery, engine.usesUPnP, engine.usesNATPMP) = (false, false, false)
        return engine
    }

    private static func company(
        _ session: PublishSession, _ engine: any TorrentEngine, isAlone: Bool, policy: SeedPolicy, hub: Hub,
        swarm: SwarmOpening?, caches: [String], transport: any HTTPTransport, logger: Logger
    ) async -> TorrentCompany {
        var company = TorrentCompany()
        var finder: (any ModelFinder)?
        var work: [@Sendable () async -> Void] = []
        if session.settings.network.usesDHT {
            let catalogue = await catalogue(session, engine, isAlone: isAlone, policy, logger)
            company.directory = CatalogueDirectory(catalogue.discoverer)
            work.append { await catalogue.run() }
            company.noteChange = { catalogue.noteChange() }
            finder = CatalogueFinder(catalogue.discoverer, publisher: nil)
        }
        var context = GetContext(
            folder: session.folder, engine: engine, transport: transport, logger: logger, now: { Clock.now })
        context.caches = caches
        let settings = hub.settings
        context.endpoints = settings.endpoints
        context.swarm = swarm
        if !settings.isOffline {
            context.hub = { GetRun.isOwn($0, settings) ? hub : nil }
            let followers = MirrorFollowing.followers(
                session.registry, own: settings, transport: transport, engine: hub.engine, logger: logger)
            work.append { await followers.run() }
        }
        company.work = { [work] in
            await withTaskGroup(of: Void.self) { group in
                for part in work { group.addTask { await part() } }
            }
        }
        var means = GetRunner.Means(context: context, finder: finder, home: Environment.home)
        let timeout = session.settings.torrent.downloadTimeout
        means.timeout = timeout > 0 ? .seconds(timeout) : nil
        means.leavesOutTrackers = session.settings.network.leavesOutTrackers
        company.runner = GetRunner(
            means: { [means] _ in means }, mirroring: { try await ShellMirroring.mirror($0, progress: $1) })
        return company
    }

    private static func catalogue(
        _ session: PublishSession, _ engine: any TorrentEngine, isAlone: Bool, _ policy: SeedPolicy, _ logger: Logger
    ) async -> CatalogueService {
        let settings = CatalogueService.Settings(session.settings)
        let address = isAlone ? "127.0.0.1" : "::"
        var channel = SocketGossip.calling()
        do {
            channel = try await SocketGossip.listening(host: address)
        } catch {
            logger.warning("others cannot tell what they publish", metadata: ["reason": "\(error)"])
        }
        return CatalogueService(
            engine: engine, folder: CatalogueFolder(session.folder), trust: FolderTrust(session.folder),
            signer: FolderSigner(session.folder, label: session.settings.catalogue.label),
            models: RegistryModels(session.registry, reach: { policy.reach(of: $0) }), channel: channel,
            settings: settings, logger: logger)
    }
}

/// What the engine knows of the world, kept from one run to the next.
struct EnginePlace: Sendable {
    private static let largest = 4 << 20

    let folder: AgentFolder

    private var portFile: String { folder.tableFile + ".port" }

    func open(_ wanted: EngineSettings) async throws(TorrentError) -> any TorrentEngine {
        var settings = wanted
        settings.dhtState = PlacedFile.read(folder.tableFile, limit: Self.largest)
        if settings.port == 0, let text = PlacedFile.read(portFile, limit: 16) {
            // Peers that know this machine find it again.
            settings.port = UInt16(String(decoding: text, as: UTF8.self)) ?? 0
        }
        let engine = try await Libtorrent(settings)
        let port = await engine.port
        if wanted.port == 0, port != 0 { try? PlacedFile.write(Array("\(port)".utf8), to: portFile, mode: 0o600) }
        return engine
    }

    func keep(_ engine: any TorrentEngine) async {
        guard let engine = engine as? Libtorrent, let state = try? await engine.dhtState(), !state.isEmpty else {
            return
        }
        try? PlacedFile.write(state, to: folder.tableFile, mode: 0o600)
    }
}
