internal import Logging
internal import Publish
internal import Swarm
internal import Torrents
internal import Transfer
internal import Transport

/// The engine as it was begun, or the reason why there is none; before the rest of the agent, which may want its DHT.
struct TorrentOpening: Sendable {
    private let settings: TorrentSettings?
    let engine: (any TorrentEngine)?
    private let reason: String

    init(_ settings: TorrentSettings?, logger: Logger) async {
        self.settings = settings
        guard let settings else {
            engine = nil
            reason = "peers are switched off"
            return
        }
        do {
            engine = try await settings.open()
            reason = ""
        } catch {
            logger.notice("the agent works without torrents", metadata: ["reason": "\(error.message)"])
            engine = nil
            reason = error.hint.map { "\(error.message); \($0)" } ?? error.message
        }
    }

    /// Nil unless swarms are to be told to the DHT.
    var tables: SwarmMembership.Tables? {
        guard let engine, settings?.servesModels == true else { return nil }
        return .init(searching: EngineTable(engine: engine), seeding: SeedTable(engine: engine))
    }

    /// - Parameter swarm: gives cached files to peers, and its bytes share the limits with those of torrents; who is in it
    ///   may have files of torrents.
    func presence(
        agent: AgentSettings, engine transfers: TransferEngine, board: ActivityBoard, swarm: SwarmMembership?,
        logger: Logger
    ) async -> TorrentPresence {
        guard let settings, let engine else { return .missing(reason) }
        var desk = TorrentDesk.Settings(stateFile: agent.folder.torrentsFile)
        desk.upload = transfers.settings.uploadLimit
        desk.download = transfers.settings.downloadLimit
        desk.ownUpload = settings.ownUpload
        desk.ownDownload = settings.ownDownload
        desk.goal = settings.goal
        desk.leavesOutTrackers = settings.leavesOutTrackers
        let policy = agent.swarm?.policy ?? SeedPolicy()
        desk.reach = { policy.reach(of: $0) }
        let node = swarm?.node
        desk.others = {
            let totals = board.totals
            return (totals.fromHub &+ totals.fromPeers, UInt64(max(0, node?.sentBytes ?? 0)))
        }
        return .there(
            TorrentHost(
                settings, engine: engine, company: await settings.company(engine, swarm?.peers), desk: desk,
                logger: logger))
    }
}
