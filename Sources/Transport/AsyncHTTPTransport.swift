internal import AsyncHTTPClient
public import Logging
internal import NIOCore
internal import NIOHTTP1
internal import NIOHTTPCompression
internal import NIOPosix
internal import NIOSSL
internal import Synchronization

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// HTTP/1.1 over swift-nio. One per process: it owns the connection pools.
public final class AsyncHTTPTransport: HTTPTransport {
    /// Limits of the connection pool, and the surroundings: proxies and trusted authorities.
    public struct Configuration: Sendable {
        /// Connections kept to one host; more requests wait.
        public var connectionsPerHost = 64
        public var connectTimeout: Duration = .seconds(10)
        /// Longest silence before or in the middle of a reply. A hub may work for minutes on a large shard or commit.
        public var idleTimeout: Duration = .seconds(300)
        public var proxies = ProxyRules()
        public var trust = CertificateTrust()

        public init() {}

        /// Takes proxies and trusted authorities from the environment.
        public init(environment: [String: String]) {
            proxies = ProxyRules(environment: environment)
            trust = CertificateTrust(environment: environment)
        }
    }

    /// Requests that share a client. Those in clear text have their own, for which no authorities are read.
    private struct Way: Hashable {
        let proxy: ProxyServer?
        let isSecure: Bool
    }

    private let configuration: Configuration
    private let logger: Logger
    /// Made when first needed.
    private let clients = Mutex<[Way: HTTPClient]>([:])

    private init(configuration: Configuration, logger: Logger) {
        self.configuration = configuration
        self.logger = logger
    }

    /// Opens a transport for the duration of `body`; its connections are closed afterwards, also on errors.
    public static func withTransport<R: Sendable>(
        _ configuration: Configuration = .init(), logger: Logger,
        _ body: (AsyncHTTPTransport) async throws -> R
    ) async throws -> R {
        let transport = AsyncHTTPTransport(configuration: configuration, logger: logger)
        do {
            let result = try await body(transport)
            await transport.shutdown()
            return result
        } catch {
            await transport.shutdown()
            throw error
        }
    }

    private func shutdown() async {
        let open = clients.withLock { clients in
            defer { clients = [:] }
            return clients.values.map { $0 }
        }
        for client in open { try? await client.shutdown() }
    }

    private func client(
        for request: HTTPRequest, to origin: Origin
    ) throws -> (client: HTTPClient, proxy: ProxyServer?) {
        let proxy = request.unixSocket == nil ? try configuration.proxies.proxy(for: request.url) : nil
        let way = Way(proxy: proxy, isSecure: origin.scheme == "https")
        if let known = clients.withLock({ $0[way] }) { return (known, proxy) }
        // Reading the authorities takes a while, so it happens outside the lock; a second reader's client is dropped.
        let settings = try settings(way, url: request.url)
        return clients.withLock { clients in
            if let known = clients[way] { return (known, proxy) }
            let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: settings)
            clients[way] = client
            return (client, proxy)
        }
    }

    private func settings(_ way: Way, url: String) throws -> HTTPClient.Configuration {
        var settings = HTTPClient.Configuration(
            redirectConfiguration: .disallow,
            timeout: .init(connect: .init(configuration.connectTimeout), read: .init(configuration.idleTimeout)),
            connectionPool: .init(
                idleTimeout: .seconds(60),
                concurrentHTTP1ConnectionsPerHostSoftLimit: configuration.connectionsPerHost),
            // Some servers compress without being asked. No honest reply shrinks to less than a two hundredth.
            decompression: .enabled(limit: .ratio(200)))
        settings.httpVersion = .http1Only
        // Who sends decides about retries; hidden ones would keep a refused connection from the user for a long time.
        settings.connectionPool.retryConnectionEstablishment = false
        // Long bodies cost 30 to 40 % less CPU when a read may bring up to 1 MiB.
        settings.http1_1ConnectionDebugInitializer = { channel in
            channel.setOption(
                .recvAllocator, value: AdaptiveRecvByteBufferAllocator(minimum: 4096, initial: 65536, maximum: 1 << 20))
        }
        if way.isSecure { settings.tlsConfiguration = try tls(for: url) }
        if let proxy = way.proxy {
            switch proxy.kind {
            case .socks5: settings.proxy = .socksServer(host: proxy.host, port: proxy.port)
            case .http:
                let login = proxy.user.map {
                    HTTPClient.Authorization.basic(username: $0, password: proxy.password ?? "")
                }
                settings.proxy = .server(host: proxy.host, port: proxy.port, authorization: login)
            }
        }
        return settings
    }

    /// What secure connections trust; nil for the system's authorities alone.
    private func tls(for url: String) throws -> TLSConfiguration? {
        let (roots, added) = (
            try configuration.trust.roots(for: url), try configuration.trust.additionalRoots(for: url)
        )
        guard roots != nil || !added.isEmpty else { return nil }
        var tls = TLSConfiguration.makeClientConfiguration()
        if let roots { tls.trustRoots = roots }
        if !added.isEmpty { tls.additionalTrustRoots = [.certificates(added)] }
        return tls
    }

    public func send(_ request: HTTPRequest) async throws -> HTTPResponse {
        guard let origin = Origin(request.url) else {
            throw TransportError(code: .invalidURL, message: "not an http or https URL", url: request.url)
        }
        logger.debug("request", metadata: ["curl": "\(request.curl)"])
        let (client, proxy) = try client(for: request, to: origin)
        do {
            guard let limit = request.replyTimeout else { return try await exchange(request, client) }
            return try await withDeadline(limit) {
                TransportError(
                    code: .timedOut,
                    message: "\(Origin(request.url)?.description ?? "the server") did not answer within \(limit)",
                    url: request.url, retryAdvice: .soon)
            } _: {
                try await self.exchange(request, client)
            }
        } catch {
            if let own = error as? RequestBodyFailure { throw own.cause }
            var wrapped = TransportError.wrapping(error, url: request.url, proxy: proxy)
            if let socket = request.unixSocket, var failure = wrapped as? TransportError,
                [.unreachable, .connectionRefused, .hostNotFound].contains(failure.code)
            {
                failure.message =
                    access(socket, F_OK) == 0
                    ? "nothing answers at the socket \(socket)" : "the socket \(socket) does not exist"
                failure.hint = "check HF_XET_CLIENT_UNIX_SOCKET_PATH, and that the storage runs"
                wrapped = failure
            }
            guard proxy == nil, (wrapped as? TransportError)?.code == .tls,
                let flaw = await CertificateInspection.flaw(at: request.url, now: ClockSkew.now)
            else { throw wrapped }
            throw flaw
        }
    }

    private func exchange(_ request: HTTPRequest, _ client: HTTPClient) async throws -> HTTPResponse {
        var outgoing = HTTPClientRequest(url: request.url)
        outgoing.method = request.method
        outgoing.headers = request.headers
        if let socket = request.unixSocket, let address = UnixSocketAddress(socket: socket, url: request.url) {
            outgoing.url = address.url
            outgoing.headers.replaceOrAdd(name: "Host", value: address.host)
        }
        switch request.body {
        case .none: break
        case .bytes(let buffer): outgoing.body = .bytes(buffer)
        case .stream(let length, let make):
            let guarded = GuardedBody(base: make())
            outgoing.body = .stream(guarded, length: .known(length))
            do {
                return try await response(to: outgoing, request, client)
            } catch {
                // A file that cannot be read is not the network's fault.
                throw guarded.failure.value ?? error
            }
        }
        return try await response(to: outgoing, request, client)
    }

    private func response(
        to outgoing: HTTPClientRequest, _ request: HTTPRequest, _ client: HTTPClient
    ) async throws -> HTTPResponse {
        let response = try await client.execute(outgoing, deadline: .distantFuture, logger: AsyncHTTPTransport.silent)
        return HTTPResponse(
            status: Int(response.status.code), headers: response.headers,
            body: .init(base: response.body, url: request.url), url: request.url)
    }

    /// The HTTP stack logs whole requests, tokens and signed URLs included.
    private static let silent = Logger(label: "http") { _ in SwiftLogNoOpLogHandler() }
}
