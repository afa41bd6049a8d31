public import HubClient
internal import Logging
public import Transfer
internal import Transport

/// The library's parts put together for one command: transport, transfer engine and hub.
public enum ClientSession {
    /// Opens the network for the duration of `body`.
    public static func withHub<Result: Sendable>(
        _ settings: HubSettings, _ body: (Hub) async throws -> Result
    ) async throws -> Result {
        var settings = settings
        settings.userAgent = "shoal/\(ShoalVersion.current)"
        let logger = logger()
        return try await AsyncHTTPTransport.withTransport(logger: logger) { transport in
            let engine = TransferEngine(transport: transport, settings: TransferSettings(), logger: logger)
            return try await body(Hub(settings: settings, transport: transport, engine: engine, logger: logger))
        }
    }

    /// Silent unless `SHOAL_LOG` names a level; logs go to standard error.
    private static func logger() -> Logger {
        guard let level = Environment["SHOAL_LOG"].flatMap(Logger.Level.init(rawValue:)) else {
            return Logger(label: "shoal", factory: { _ in SwiftLogNoOpLogHandler() })
        }
        var logger = Logger(label: "shoal", factory: { StreamLogHandler.standardError(label: $0) })
        logger.logLevel = level
        return logger
    }
}
