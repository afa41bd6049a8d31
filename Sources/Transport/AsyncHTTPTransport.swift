internal import AsyncHTTPClient
public import Logging
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix

/// HTTP/1.1 over swift-nio. One per process: it owns the connection pool.
public final class AsyncHTTPTransport: HTTPTransport {
    /// Limits of the connection pool.
    public struct Configuration: Sendable {
        /// Connections kept to one host; more requests wait.
        public var connectionsPerHost = 32
        public var connectTimeout: Duration = .seconds(10)
        /// Longest silence before or in the middle of a reply. A hub may work for minutes on a large shard or commit.
        public var idleTimeout: Duration = .seconds(300)

        public init() {}
    }

    private let client: HTTPClient
    private let logger: Logger

    private init(client: HTTPClient, logger: Logger) {
        self.client = client
        self.logger = logger
    }

    /// Opens a transport for the duration of `body`; its connections are closed afterwards, also on errors.
    public static func withTransport<R: Sendable>(
        _ configuration: Configuration = .init(), logger: Logger,
        _ body: (AsyncHTTPTransport) async throws -> R
    ) async throws -> R {
        var settings = HTTPClient.Configuration(
            redirectConfiguration: .disallow,
            timeout: .init(connect: .init(configuration.connectTimeout), read: .init(configuration.idleTimeout)),
            connectionPool: .init(
                idleTimeout: .seconds(60),
                concurrentHTTP1ConnectionsPerHostSoftLimit: configuration.connectionsPerHost))
        settings.httpVersion = .http1Only
        // Who sends decides about retries; hidden ones would keep a refused connection from the user for a long time.
        settings.connectionPool.retryConnectionEstablishment = false
        // Long bodies cost 30 to 40 % less CPU when a read may bring up to 1 MiB.
        settings.http1_1ConnectionDebugInitializer = { channel in
            channel.setOption(
                .recvAllocator, value: AdaptiveRecvByteBufferAllocator(minimum: 4096, initial: 65536, maximum: 1 << 20))
        }
        let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: settings)
        let transport = AsyncHTTPTransport(client: client, logger: logger)
        do {
            let result = try await body(transport)
            try? await client.shutdown()
            return result
        } catch {
            try? await client.shutdown()
            throw error
        }
    }

    public func send(_ request: HTTPRequest) async throws -> HTTPResponse {
        guard Origin(request.url) != nil else {
            throw TransportError(
                code: .invalidURL, message: "not an http or https URL", url: request.url, retryAdvice: .never)
        }
        var outgoing = HTTPClientRequest(url: request.url)
        outgoing.method = request.method
        outgoing.headers = request.headers
        switch request.body {
        case .none: break
        case .bytes(let buffer): outgoing.body = .bytes(buffer)
        case .stream(let length, let make): outgoing.body = .stream(make(), length: .known(length))
        }
        do {
            let response = try await client.execute(outgoing, deadline: .distantFuture, logger: logger)
            return HTTPResponse(
                status: Int(response.status.code), headers: response.headers,
                body: .init(base: response.body, url: request.url), url: request.url)
        } catch {
            throw TransportError.wrapping(error, url: request.url)
        }
    }
}
