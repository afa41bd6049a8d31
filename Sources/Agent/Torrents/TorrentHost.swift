internal import Logging
internal import Publish
internal import PublishWire
internal import Torrents

/// The engine of a running agent, with all that works through it.
struct TorrentHost: Sendable {
    private static let keepPeriod = Duration.seconds(600)
    /// How long trackers may take to hear goodbye.
    private static let grace = Duration.seconds(2)

    let engine: any TorrentEngine
    let desk: TorrentDesk
    let registry: Registry
    let settings: TorrentSettings
    private let company: TorrentCompany

    init(
        _ settings: TorrentSettings, engine: any TorrentEngine, company: TorrentCompany,
        desk: TorrentDesk.Settings, logger: Logger
    ) {
        self.settings = settings
        self.engine = engine
        self.company = company
        registry = Registry(settings.folder)
        var settings = desk
        settings.changed = company.noteChange
        self.desk = TorrentDesk(
            engine: engine, source: RegistrySeeds(registry), runner: company.runner, settings: settings, logger: logger)
    }

    var directory: (any ModelDirectory)? { company.directory }

    /// Gives and gets, until the task is cancelled.
    func run() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await desk.run() }
            group.addTask { await company.work() }
            group.addTask {
                while (try? await Task.sleep(for: Self.keepPeriod)) != nil { await settings.keep(engine) }
            }
            await group.waitForAll()
        }
    }

    /// To be called when ``run()`` has returned.
    func close() async {
        await settings.keep(engine)
        await desk.close(grace: Self.grace)
    }
}

/// Whether torrents can be had, and why not.
enum TorrentPresence: Sendable {
    case there(TorrentHost)
    case missing(String)

    var host: TorrentHost? { if case .there(let host) = self { host } else { nil } }
}
