public import HubClient
package import Logging
public import Terminal
package import Transfer
package import Transport

/// The library's parts put together for one command: transport, transfer engine and hub.
public enum ClientSession {
    /// Opens the hub of `settings` for the duration of `body`.
    /// - Parameter stateDirectory: where the program's own state goes; by default where users keep theirs.
    public static func withHub<Result: Sendable>(
        _ settings: HubSettings, stateDirectory: String? = nil, _ body: (Hub) async throws -> Result
    ) async throws -> Result {
        try await withHub(settings, stateDirectory: stateDirectory) { hub, _, _ in try await body(hub) }
    }

    private static func withHub<Result: Sendable>(
        _ settings: HubSettings, stateDirectory: String? = nil,
        _ body: (Hub, any HTTPTransport, Logger) async throws -> Result
    ) async throws -> Result {
        var settings = settings
        settings.userAgent = settings.userAgent.replacing(
            "shoal", with: "shoal/\(ShoalVersion.current)", maxReplacements: 1)
        let final = settings
        return try await withEngine(final, stateDirectory: stateDirectory) { transport, engine, logger in
            let hub = Hub(
                settings: final, transport: transport, engine: engine,
                tokens: final.isTokenExplicit
                    ? nil
                    : TrustedPublisher(
                        environment: Environment.variables, endpoint: final.endpoint, transport: transport),
                logger: logger)
            RunMetrics.follow(hub)
            do {
                let result = try await body(hub, transport, logger)
                RunMetrics.finish(hub.metrics, failure: nil)
                return result
            } catch {
                RunMetrics.finish(hub.metrics, failure: error)
                logger.error("run failed", metadata: ["reason": "\(CommandFailure(describing: error).message)"])
                throw await hub.explained(error)
            }
        }
    }

    /// Pulls and shows the progress on `display`.
    /// - Parameter title: what a log of the run begins with.
    public static func pull(
        _ request: PullRequest, settings: HubSettings, display: ProgressDisplay, title: String
    ) async throws -> PullResult {
        try await pull(request, settings: settings, swarm: nil, display: display, title: title)
    }

    /// Pulls from the hub and from peers.
    static func pull(
        _ request: PullRequest, settings: HubSettings, swarm: SwarmPlan?, display: ProgressDisplay, title: String
    ) async throws -> PullResult {
        RunMetrics.follow(display)
        return try await display.run(title: title) {
            try await withHub(settings) { hub, transport, logger in
                let observer = ProgressObserver(display: display)
                guard let swarm else { return try await hub.pull(request, observer: observer) }
                return try await swarm.withPeers(
                    transport: transport, upload: hub.engine.settings.uploadLimit, logger: logger
                ) { peers in
                    var request = request
                    request.peers = peers
                    return try await hub.pull(request, observer: observer)
                }
            }
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
        RunMetrics.follow(display)
        Interruption.beginWithNothingKept()
        defer { Interruption.noteKept() }
        return try await display.run(title: title) {
            try await withHub(settings, stateDirectory: stateDirectory) { hub in
                try await hub.push(request, observer: ProgressObserver(display: display))
            }
        }
    }

    package static func withEngine<Result: Sendable>(
        _ settings: HubSettings = HubSettings(environment: Environment.variables, home: Environment.home),
        stateDirectory: String? = nil, _ body: (any HTTPTransport, TransferEngine, Logger) async throws -> Result
    ) async throws -> Result {
        let logger = try LogSettings.current.makeLogger()
        let notice: @Sendable (String) -> Void = {
            TerminalStream.error.writeLine("warning: " + RunSecrets.hidden(in: $0))
        }
        let download = settings.network.downloadLimit.map { BandwidthLimit($0) }
        let upload = settings.network.uploadLimit.map { BandwidthLimit($0) }
        return try await Hub.withTransport(
            settings, environment: Environment.variables, download: download, upload: upload, logger: logger,
            wrap: RunMetrics.metered, notice: notice
        ) { transport in
            var transfer = TransferSettings(environment: Environment.variables)
            transfer.stateFolder = stateDirectory ?? Environment.stateDirectory
            transfer.indexBytes = Environment.indexBytes ?? transfer.indexBytes
            transfer.wait(for: settings.network)
            transfer.asksAboutChunks = Environment.asksAboutChunks
            transfer.downloadLimit = download
            transfer.uploadLimit = upload
            let engine = TransferEngine(transport: transport, settings: transfer, logger: logger)
            return try await body(transport, engine, logger)
        }
    }

    /// The log of this process; silent unless something asks for one. At the level `debug` every request is shown as a
    /// curl command, without its token.
    static func makeLogger() -> Logger {
        (try? LogSettings.current.makeLogger()) ?? Logger(label: "shoal", factory: { _ in SwiftLogNoOpLogHandler() })
    }
}
