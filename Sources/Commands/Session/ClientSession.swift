public import HubClient
internal import Logging
public import Terminal
internal import Transfer
internal import Transport

/// The library's parts put together for one command: transport, transfer engine and hub.
public enum ClientSession {
    /// Opens the hub of `settings` for the duration of `body`.
    /// - Parameter stateDirectory: where the program's own state goes; by default where users keep theirs.
    public static func withHub<Result: Sendable>(
        _ settings: HubSettings, stateDirectory: String? = nil, _ body: (Hub) async throws -> Result
    ) async throws -> Result {
        var settings = settings
        settings.userAgent = settings.userAgent.replacing(
            "shoal", with: "shoal/\(ShoalVersion.current)", maxReplacements: 1)
        return try await withEngine(stateDirectory: stateDirectory) { transport, engine, logger in
            let hub = Hub(settings: settings, transport: transport, engine: engine, logger: logger)
            do {
                return try await body(hub)
            } catch {
                throw await hub.explained(error)
            }
        }
    }

    /// Pulls and shows the progress on `display`.
    /// - Parameter title: what a log of the run begins with.
    public static func pull(
        _ request: PullRequest, settings: HubSettings, display: ProgressDisplay, title: String
    ) async throws -> PullResult {
        try await display.run(title: title) {
            try await withHub(settings) { try await $0.pull(request, observer: ProgressObserver(display: display)) }
        }
    }

    /// Pushes and shows the progress on `display`.
    /// - Parameters:
    ///   - stateDirectory: where the program's own state goes; by default where users keep theirs.
    ///   - title: what a log of the run begins with.
    public static func push(
        _ request: PushRequest, settings: HubSettings, stateDirectory: String? = nil, display: ProgressDisplay,
        title: String
    ) async throws -> PushResult {
        try await display.run(title: title) {
            try await withHub(settings, stateDirectory: stateDirectory) { hub in
                try await hub.push(request, observer: ProgressObserver(display: display))
            }
        }
    }

    static func withEngine<Result: Sendable>(
        stateDirectory: String? = nil, _ body: (any HTTPTransport, TransferEngine, Logger) async throws -> Result
    ) async throws -> Result {
        let logger = makeLogger()
        let network = AsyncHTTPTransport.Configuration(environment: Environment.variables)
        return try await AsyncHTTPTransport.withTransport(network, logger: logger) { base in
            let transport = PacedTransport(base, logger: logger)
            var settings = TransferSettings.ofProcess()
            settings.stateFolder = stateDirectory ?? Environment.stateDirectory
            settings.indexBytes = Environment.indexBytes ?? settings.indexBytes
            settings.asksAboutChunks = Environment.asksAboutChunks
            let engine = TransferEngine(transport: transport, settings: settings, logger: logger)
            return try await body(transport, engine, logger)
        }
    }

    /// Silent unless `SHOAL_LOG`, `HF_DEBUG` or `HF_HUB_VERBOSITY` asks for a level; logs go to standard error. At the
    /// level `debug` every request is shown as a curl command, without its token.
    static func makeLogger() -> Logger {
        let isDebugging = ["1", "ON", "YES", "TRUE"].contains(Environment["HF_DEBUG"]?.uppercased() ?? "")
        let name = Environment["SHOAL_LOG"] ?? (isDebugging ? "debug" : Environment["HF_HUB_VERBOSITY"]?.lowercased())
        guard let level = name.flatMap(Logger.Level.init(rawValue:)) else {
            return Logger(label: "shoal", factory: { _ in SwiftLogNoOpLogHandler() })
        }
        var logger = Logger(label: "shoal", factory: { StreamLogHandler.standardError(label: $0) })
        logger.logLevel = level
        return logger
    }
}
