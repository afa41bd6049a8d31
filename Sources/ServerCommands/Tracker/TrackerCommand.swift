import ArgumentParser
import Commands
import HubServer
import Logging
import SwarmTracker

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Runs a tracker without a hub until it is told to stop.
struct TrackerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tracker", abstract: "Run a tracker, where the peers of a swarm find each other.",
        discussion: """
            Speaks BitTorrent's HTTP protocol, so other clients may use it too. Peers are told of ten others each, \
            and of those first that have room. Every hub is a tracker as well, under its own address.

            Prints one line with its address once it accepts connections, and runs until SIGTERM or SIGINT.

            EXAMPLES:
              shoal tracker --state /var/lib/shoal/tracker.state
              shoal tracker --host 127.0.0.1 --port 7000
            """)

    @Option(help: "Address to listen on; by default all of this machine's.")
    var host: String?

    @Option(help: "Port to listen on; 0 takes a free one.")
    var port = 6969

    @Option(
        help: ArgumentHelp(
            "File that keeps what the tracker knows over a restart; made when it is missing.", valueName: "file"))
    var state: String?

    @Option(
        help: ArgumentHelp(
            "Seconds between announces of one peer; after two of them without one, a peer is forgotten.",
            valueName: "seconds"))
    var interval = 120

    @Option(
        name: .customLong("trust-proxy"),
        help: ArgumentHelp(
            "Address of a proxy whose X-Forwarded-For says where peers are; this machine's is believed. Repeatable.",
            valueName: "address"))
    var proxies: [String] = []

    @Option(
        name: .customLong("rate-limit"),
        help: ArgumentHelp(
            "Requests that an address may make in a window: tracker=10000 (0: no limit), window=300 (seconds), or off. "
                + "Repeatable.", valueName: "setting"))
    var rateLimits: [String] = []

    @Option(
        help: ArgumentHelp(
            "Write a line per request to this file, - for standard output: time, address, user, method, path, status, "
                + "bytes, seconds, request id.", valueName: "file"))
    var accessLog: String?

    @Flag(help: "Write the access log as JSON, an object per line.")
    var json = false

    @Flag(help: "Let everybody read /metrics; by default processes of this machine may.")
    var publicMetrics = false

    func validate() throws {
        guard !json || accessLog != nil else { throw ValidationError("--json needs --access-log") }
        guard (0...65535).contains(port) else { throw ValidationError("--port must lie between 0 and 65535") }
        guard (10...86_400).contains(interval) else {
            throw ValidationError("--interval must lie between 10 and 86400 seconds")
        }
    }

    func run() async throws {
        var configuration = TrackerServer.Configuration()
        configuration.host = host
        configuration.port = port
        configuration.tracker.stateFile = state
        configuration.tracker.proxies = proxies
        configuration.tracker.limits.interval = interval
        configuration.tracker.limits.minimumInterval = min(configuration.tracker.limits.minimumInterval, interval)
        configuration.accessLog = accessLog.map { AccessLogSettings(path: $0, isJSON: json) }
        configuration.opensMetrics = publicMetrics
        var logger = Logger(label: "shoal.tracker") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = getenv("SHOAL_LOG").flatMap { Logger.Level(rawValue: String(cString: $0)) } ?? .warning
        do {
            configuration.rateLimits = try RateLimits(settings: rateLimits)
            let server = try TrackerServer(configuration: configuration, logger: logger)
            let host = server.host
            let shownHost = host.contains(":") ? "[\(host)]" : host
            try await server.run(stopsOnSignals: true) { port in
                // Whoever started the tracker waits for this line, so it must not sit in a buffer.
                print("shoal tracker listening on http://\(shownHost):\(port)")
                fflush(nil)
            }
        } catch let error as HubServerError {
            throw CommandFailure(error)
        }
    }
}
