import Hummingbird
import HummingbirdCore
public import Logging
import NIOCore
import ServiceLifecycle
import UnixSignals

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A tracker without a hub.
public struct TrackerServer: Sendable {
    /// How it runs.
    public struct Configuration: Sendable {
        /// The address to listen on; nil listens on all, of both families where the machine has both.
        public var host: String?
        /// The port to listen on; 0 takes a free one.
        public var port = 6969
        public var tracker = TrackerSettings()
        /// How many requests an address may make.
        public var rateLimits = RateLimits.standard
        /// Where a line per request goes; nil writes none.
        public var accessLog: AccessLogSettings?
        /// Whether everybody may read `/metrics`, not only processes of this machine.
        public var opensMetrics = false
        /// How long requests in flight may take to finish once the tracker is asked to stop.
        public var shutdownGrace: Duration = .seconds(5)
        /// How long a connection may stay open with nothing under way.
        public var idleTimeout: Duration = .seconds(30)

        public init() {}
    }

    let configuration: Configuration
    let tracker: Tracker
    let metrics = HubMetrics()
    private let limiter: RateLimiter
    private let accessLog: AccessLog?
    private let logger: Logger
    /// The address that is listened on.
    public let host: String

    /// Opens the state file and the log.
    ///
    /// - Throws: ``HubServerError`` when one of them, or a setting, cannot be used.
    public init(configuration: Configuration, logger: Logger) throws(HubServerError) {
        self.configuration = configuration
        self.logger = logger
        tracker = try Tracker(configuration.tracker, metrics: metrics, logger: logger)
        limiter = RateLimiter(configuration.rateLimits)
        var log: AccessLog?
        if let settings = configuration.accessLog { log = try AccessLog(settings, metrics: metrics) }
        accessLog = log
        host = configuration.host ?? (Self.hasIPv6 ? "::" : "0.0.0.0")
    }

    /// Whether this machine can listen on IPv6 addresses; a socket for all of them takes IPv4 connections too.
    private static var hasIPv6: Bool {
        #if canImport(Glibc)
            let descriptor = socket(AF_INET6, Int32(SOCK_STREAM.rawValue), 0)
        #else
            let descriptor = socket(AF_INET6, SOCK_STREAM, 0)
        #endif
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var address = sockaddr_in6()
        address.sin6_family = sa_family_t(AF_INET6)
        address.sin6_addr = in6addr_any
        return withUnsafePointer(to: address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in6>.size)) == 0
            }
        }
    }

    /// The server as an application of Hummingbird, for tests.
    func application(
        onReady: @escaping @Sendable (_ port: Int) async -> Void = { _ in }
    ) -> Application<TrackerRouter> {
        let (metrics, accessLog, idleTimeout) = (metrics, accessLog, configuration.idleTimeout)
        return Application(
            responder: TrackerRouter(
                tracker: tracker, metrics: metrics, limiter: limiter, opensMetrics: configuration.opensMetrics,
                logger: logger),
            server: HTTPServerBuilder { responder in
                var settings = HTTP1Channel.Configuration()
                settings.httpDecoder = .init(
                    maxHeaderFieldSize: DataPlane.maximumHeaderField, maxHeaderListSize: DataPlane.maximumHeaders,
                    maxHeaderFieldCount: DataPlane.maximumHeaderCount)
                settings.idleTimeout = TimeAmount(idleTimeout)
                return CountedChannel(
                    http: HTTP1Channel(responder: responder, configuration: settings), metrics: metrics, log: accessLog)
            },
            configuration: ApplicationConfiguration(
                address: .hostname(host, port: configuration.port), serverName: "shoal"),
            onServerRunning: { channel in await onReady(channel.localAddress?.port ?? 0) }, logger: logger)
    }

    /// Serves until the task is cancelled or, with `stopsOnSignals`, SIGTERM or SIGINT arrives; then writes the state.
    ///
    /// - Parameter onReady: called with the port once connections are accepted.
    /// - Throws: ``HubServerError`` when the address cannot be listened on.
    public func run(stopsOnSignals: Bool, onReady: @escaping @Sendable (_ port: Int) async -> Void) async throws {
        // Services end in the reverse order: the state is written when nobody announces any more.
        var group = ServiceGroupConfiguration(
            services: [
                .init(service: TrackerKeeper(tracker: tracker)), .init(service: application(onReady: onReady)),
            ],
            gracefulShutdownSignals: stopsOnSignals ? [.sigterm, .sigint] : [], logger: logger)
        group.maximumGracefulShutdownDuration = configuration.shutdownGrace
        do {
            try await ServiceGroup(configuration: group).run()
        } catch let error as IOError {
            throw HubServerError.cannotListen(host: host, port: configuration.port, errno: error.errnoCode)
        } catch is SocketAddressError.UnknownHost {
            throw HubServerError.unknownHost(host)
        }
        accessLog?.flush()
    }
}
