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
        settings.userAgent = "shoal/\(ShoalVersion.current)"
        return try await withEngine(stateDirectory: stateDirectory) { transport, engine, logger in
            try await body(Hub(settings: settings, transport: transport, engine: engine, logger: logger))
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
        return try await AsyncHTTPTransport.withTransport(logger: logger) { transport in
            var settings = TransferSettings()
            settings.stateFolder = stateDirectory ?? Environment.stateDirectory
            settings.indexBytes = Environment.indexBytes ?? settings.indexBytes
            settings.asksAboutChunks = Environment.asksAboutChunks
            let engine = TransferEngine(transport: transport, settings: settings, logger: logger)
            return try await body(transport, engine, logger)
        }
    }

    /// Silent unless `SHOAL_LOG` names a level; logs go to standard error.
    static func makeLogger() -> Logger {
        guard let level = Environment["SHOAL_LOG"].flatMap(Logger.Level.init(rawValue:)) else {
            return Logger(label: "shoal", factory: { _ in SwiftLogNoOpLogHandler() })
        }
        var logger = Logger(label: "shoal", factory: { StreamLogHandler.standardError(label: $0) })
        logger.logLevel = level
        return logger
    }
}
