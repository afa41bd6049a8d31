import ArgumentParser
import Commands
import HubServer
import Logging

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Runs a hub until it is told to stop.
struct HubServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Run a hub on a folder.",
        discussion: """
            Prints one line with its address once it accepts connections, and runs until SIGTERM or SIGINT, when it \
            lets requests in flight finish.

            EXAMPLES:
              shoal hub token add --data ./hub --user alice --role write
              shoal hub serve --data ./hub
              HF_ENDPOINT=http://127.0.0.1:8080 hf download alice/model
            """)

    @Option(help: ArgumentHelp("Folder of the hub's data; made when it is missing.", valueName: "folder"))
    var data: String

    @Option(help: "Address to listen on.")
    var host = "127.0.0.1"

    @Option(help: "Port to listen on; 0 takes a free one.")
    var port = 8080

    @Option(
        help: ArgumentHelp(
            "Base of the URLs in replies, for a hub behind a proxy; by default each request's own.", valueName: "url"))
    var publicURL: String?

    @Flag(inversion: .prefixedNo, help: "Serve file manifests, which let clients verify each chunk on arrival.")
    var manifests = true

    @Flag(
        inversion: .prefixedNo,
        help: "Be a tracker too, at /announce, where peers of a swarm find each other; see shoal tracker --help.")
    var tracker = true

    @Option(
        name: .customLong("rate-limit"),
        help: ArgumentHelp(
            "Requests that a token, or an address without one, may make in a window: api=5000, resolve=…, upload=…, "
                + "data=…, tracker=… or pages=… (0: no limit), anonymous-api=… and so on, window=300 (seconds), or off. Repeatable. "
                + "Admins' tokens and health checks are never limited.", valueName: "setting"))
    var rateLimits: [String] = []

    @Option(
        help: ArgumentHelp(
            "Write a line per request to this file, - for standard output: time, address, user, method, path, status, "
                + "bytes, seconds, request id. Tokens and signatures are left out.", valueName: "file"))
    var accessLog: String?

    @Flag(help: "Write the access log as JSON, an object per line.")
    var json = false

    @Flag(help: "Let everybody read /metrics; by default admins and processes of this machine may.")
    var publicMetrics = false

    @Option(
        help: ArgumentHelp(
            "How often to remove contents that no repository needs any more, as 'shoal hub gc' does; 0 for never.",
            valueName: "age"))
    var gcInterval = AgeArgument(.seconds(86_400))

    @Option(
        help: ArgumentHelp(
            "What such a collection keeps for its age; clients are told to forget what the hub has by then.",
            valueName: "age"))
    var gcGrace = AgeArgument(GarbageOptions.defaultGrace)

    @Option(
        help: ArgumentHelp(
            "Stored MiB per second that are read again and checked while the hub runs; 0 for none.", valueName: "rate"))
    var scrubRate = 4

    @Option(
        help: ArgumentHelp(
            "Longest request of an LFS upload, for clients that can send a file in parts.", valueName: "MiB"))
    var lfsPartSize: UInt32 = 256

    func validate() throws {
        guard !json || accessLog != nil else { throw ValidationError("--json needs --access-log") }
        guard (0...1 << 20).contains(scrubRate) else { throw ValidationError("--scrub-rate must not be negative") }
        guard (0...65535).contains(port) else { throw ValidationError("--port must lie between 0 and 65535") }
        guard lfsPartSize > 0 else { throw ValidationError("--lfs-part-size must be at least 1") }
    }

    func run() async throws {
        HubCommand.keepFilesPrivate()
        let (folder, isNew) = (data, !HubCommand.hasHub(in: data))
        var configuration = HubConfiguration(dataDirectory: data)
        configuration.host = host
        configuration.port = port
        configuration.publicURL = publicURL
        configuration.servesManifests = manifests
        configuration.tracker = tracker ? TrackerSettings() : nil
        configuration.accessLog = accessLog.map { AccessLogSettings(path: $0, isJSON: json) }
        configuration.opensMetrics = publicMetrics
        configuration.garbageInterval = gcInterval.duration == .zero ? nil : gcInterval.duration
        configuration.garbageGrace = gcGrace.duration
        configuration.scrubRate = scrubRate << 20
        configuration.lfsPartSize = UInt64(lfsPartSize) << 20
        var logger = Logger(label: "shoal.hub") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = getenv("SHOAL_LOG").flatMap { Logger.Level(rawValue: String(cString: $0)) } ?? .warning

        do {
            configuration.rateLimits = try RateLimits(settings: rateLimits)
            let server = try HubServer(configuration: configuration, logger: logger)
            if isNew { HubCommand.announceMadeHub(in: folder) }
            let shownHost = host.contains(":") ? "[\(host)]" : host
            try await server.run(stopsOnSignals: true) { port in
                // Whoever started the hub waits for this line, so it must not sit in a buffer.
                print("shoal hub listening on http://\(shownHost):\(port)")
                fflush(nil)
            }
        } catch let error as HubServerError {
            throw CommandFailure(error)
        }
    }
}

extension CommandFailure {
    init(_ error: HubServerError) {
        let isUsage = [.invalidGrant, .invalidRateLimit, .invalidURL].contains(error.code)
        self.init(code: error.code.rawValue, message: error.message, hint: error.hint, exitCode: isUsage ? 2 : 1)
    }
}
