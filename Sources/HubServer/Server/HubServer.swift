import Hummingbird
import HummingbirdCore
public import Logging
import NIOCore
import ServiceLifecycle
import UnixSignals

/// A hub on a data folder: the Hub's API, the CAS and the data plane on one port.
public struct HubServer: Sendable {
    let services: ServerServices
    /// Held for as long as anything can still write to the folder.
    private let lock: DataDirectoryLock

    /// Opens the data folder, making it when it is missing.
    ///
    /// - Throws: ``HubServerError`` when the folder cannot be used, another hub runs on it, or a newer Shoal wrote it.
    public init(configuration: HubConfiguration, logger: Logger) throws(HubServerError) {
        var configuration = configuration
        if let url = configuration.publicURL { configuration.publicURL = try BaseURL.validated(url) }
        try DataDirectory.create(configuration.dataDirectory)
        lock = try DataDirectoryLock(.serving, of: configuration.dataDirectory)
        let database = try HubDatabase(dataDirectory: configuration.dataDirectory)
        let secrets = try ServerSecrets(dataDirectory: configuration.dataDirectory)
        try DataDirectory.sync(configuration.dataDirectory)
        let content: ContentStore
        let uploads: UploadSpool
        let mirrors: GitMirrors
        do {
            mirrors = try GitMirrors(dataDirectory: configuration.dataDirectory, database: database)
            uploads = try UploadSpool(dataDirectory: configuration.dataDirectory)
            content = try ContentStore(dataDirectory: configuration.dataDirectory, database: database)
            try content.removeLeftovers()
            Backup.becomeHub(configuration.dataDirectory)
        } catch {
            throw HubServerError(
                code: .dataDirectory, message: "cannot open the objects in \(configuration.dataDirectory): \(error)",
                hint: "check that the folder given with --data is writable")
        }
        let metrics = HubMetrics()
        var accessLog: AccessLog?
        if let settings = configuration.accessLog { accessLog = try AccessLog(settings, metrics: metrics) }
        var tracker: Tracker?
        if var settings = configuration.tracker {
            settings.stateFile = settings.stateFile ?? configuration.dataDirectory + "/tracker.state"
            tracker = try Tracker(settings, metrics: metrics, logger: logger)
        }
        services = ServerServices(
            database: database, content: content, uploads: uploads, mirrors: mirrors, secrets: secrets,
            configuration: configuration, logger: logger, metrics: metrics, accessLog: accessLog,
            tracker: tracker)
    }

    /// Makes a token for a user of this hub.
    public func addToken(user: String, role: String) throws -> String {
        guard let role = TokenRole(rawValue: role) else { throw HubServerError.noRole(role) }
        return try services.database.addToken(TokenDraft(user: user, role: role)).text
    }

    /// The server as an application of Hummingbird, for tests.
    func application(
        onReady: @escaping @Sendable (_ port: Int) async -> Void = { _ in }
    ) -> Application<HubRouter> {
        Application(
            responder: HubRouter(services: services), server: DataPlane.serverBuilder(services),
            configuration: ApplicationConfiguration(
                address: .hostname(services.configuration.host, port: services.configuration.port),
                serverName: "shoal"),
            onServerRunning: { channel in await onReady(channel.localAddress?.port ?? 0) }, logger: services.logger)
    }

    /// Serves until the task is cancelled or, with `stopsOnSignals`, SIGTERM or SIGINT arrives; then lets requests in
    /// flight finish for `shutdownGrace` and closes the database.
    ///
    /// - Parameters:
    ///   - stopsOnSignals: whether the hub handles SIGTERM and SIGINT; otherwise they are the caller's.
    ///   - onReady: called with the port once connections are accepted.
    /// - Throws: ``HubServerError`` when the address cannot be listened on.
    public func run(stopsOnSignals: Bool, onReady: @escaping @Sendable (_ port: Int) async -> Void) async throws {
        var group = ServiceGroupConfiguration(
            services: [
                .init(service: application(onReady: onReady)), .init(service: DrainWatch(health: services.health)),
            ] + backgroundServices,
            gracefulShutdownSignals: stopsOnSignals ? [.sigterm, .sigint] : [], logger: services.logger)
        group.maximumGracefulShutdownDuration = services.configuration.shutdownGrace
        do {
            try await ServiceGroup(configuration: group).run()
        } catch let error as IOError {
            let configuration = services.configuration
            throw HubServerError.cannotListen(
                host: configuration.host, port: configuration.port, errno: error.errnoCode)
        } catch is SocketAddressError.UnknownHost {
            throw HubServerError.unknownHost(services.configuration.host)
        }
        services.accessLog?.flush()
        try services.downloads.flush(to: services.database)
        try services.database.close()
    }

    /// What runs beside the answering of requests.
    private var backgroundServices: [ServiceGroupConfiguration.ServiceConfiguration] {
        var background: [any Service] = []
        if let tracker = services.tracker { background.append(TrackerKeeper(tracker: tracker)) }
        if let interval = services.configuration.garbageInterval {
            background.append(GarbageSchedule(services: services, interval: interval))
        }
        if services.configuration.scrubRate > 0 {
            background.append(Scrubber(services: services, rate: services.configuration.scrubRate))
        }
        return background.map { .init(service: $0) }
    }
}
