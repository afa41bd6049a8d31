internal import Hummingbird
internal import HummingbirdCore
internal import Logging
internal import NIOCore
internal import ServiceLifecycle
internal import Synchronization

/// The web server of the agent, on the loopback interface.
struct AgentServer: Sendable {
    /// How long requests in flight may go on when the agent is told to end.
    private static let grace = Duration.seconds(2)
    /// How long a reader may take for the rest of an answer with which the connection ends.
    private static let patience = Duration.seconds(30)

    let port: Int
    let logger: Logger
    /// Makes what answers, once the port is known.
    let makeRouter: @Sendable (_ port: Int) -> AgentRouter

    /// Answers until it is told to stop.
    /// - Parameter onReady: called with the port once requests are answered.
    /// - Throws: ``AgentError`` with code `port_unusable`.
    func run(until stop: StopSignal, onReady: @escaping @Sendable (_ port: Int) throws -> Void) async throws {
        let responder = LateResponder()
        let failure = Mutex<(any Error)?>(nil)
        let application = Application(
            responder: responder,
            server: HTTPServerBuilder { responder in
                AgentChannel(http: HTTP1Channel(responder: responder)) {
                    TimeAmount(stop.isSet ? Self.grace : Self.patience)
                }
            },
            configuration: ApplicationConfiguration(address: .hostname("127.0.0.1", port: port), serverName: "shoal"),
            onServerRunning: { channel in
                let port = channel.localAddress?.port ?? port
                responder.begin(makeRouter(port))
                do {
                    try onReady(port)
                } catch {
                    failure.withLock { $0 = error }
                    stop.set()
                }
            }, logger: logger)
        var configuration = ServiceGroupConfiguration(services: [.init(service: application)], logger: logger)
        configuration.maximumGracefulShutdownDuration = Self.grace
        let services = ServiceGroup(configuration: configuration)
        do {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await services.run() }
                group.addTask {
                    await stop.wait()
                    await services.triggerGracefulShutdown()
                }
                // Whichever ends first ends both: the server by itself only when it fails.
                _ = try await group.next()
                if stop.isSet { _ = try await group.next() }
                group.cancelAll()
            }
        } catch let error as IOError {
            throw AgentError.port(port, error.errnoCode)
        } catch is CancellationError {
        }
        if let error = failure.withLock({ $0 }) { throw error }
    }
}

/// Stands before the router, which can only be made when the port is known.
private final class LateResponder: HTTPResponder {
    typealias Context = AgentRouter.Context

    private let router = Mutex<AgentRouter?>(nil)

    func begin(_ router: AgentRouter) { self.router.withLock { $0 = router } }

    func respond(to request: Request, context: Context) async throws -> Response {
        guard let router = router.withLock({ $0 }) else {
            return AgentFailure(status: .serviceUnavailable, code: "starting", message: "the agent begins").response
        }
        return try await router.respond(to: request, context: context)
    }
}
