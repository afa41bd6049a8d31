import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// A tiny HTTP server whose replies a test decides.
final class FakeHub: Sendable {
    struct Request: Sendable {
        var method: String
        /// With the query, as it came.
        var target: String
        var headers: HTTPHeaders
        /// The body as it came.
        var data = Data()

        /// The body as text. Made only when asked for: on bytes that are no text, every repaired character is an error
        /// thrown inside the standard library, of which the test runner takes a backtrace.
        var body: String { String(decoding: data, as: UTF8.self) }

        var path: String { String(target.prefix { $0 != "?" }) }
    }

    struct Reply: Sendable {
        var status: Int
        var headers: [(String, String)]
        var body: Data

        init(_ status: Int = 200, headers: [(String, String)] = [], body: Data = Data()) {
            self.status = status
            self.headers = headers
            self.body = body
        }

        static func text(_ text: String, status: Int = 200, headers: [(String, String)] = []) -> Reply {
            Reply(status, headers: headers, body: Data(text.utf8))
        }

        static func error(_ status: Int, _ code: String? = nil, _ message: String? = nil) -> Reply {
            var headers: [(String, String)] = []
            if let code { headers.append(("X-Error-Code", code)) }
            if let message { headers.append(("X-Error-Message", message)) }
            return Reply(status, headers: headers)
        }
    }

    typealias Handler = @Sendable (Request) -> Reply

    let url: String
    private let channel: any Channel
    private let log: Log

    private final class Log: Sendable {
        let requests = Mutex<[Request]>([])
    }

    /// Requests so far, in order.
    var requests: [Request] { log.requests.withLock { $0 } }

    /// `METHOD target` of the requests so far.
    var lines: [String] { requests.map { "\($0.method) \($0.target)" } }

    func forget() { log.requests.withLock { $0 = [] } }

    private init(channel: any Channel, log: Log) {
        self.channel = channel
        self.log = log
        url = "http://127.0.0.1:\(channel.localAddress?.port ?? 0)"
    }

    static func withServer<R>(_ handler: @escaping Handler, _ body: (FakeHub) async throws -> R) async throws -> R {
        let log = Log()
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(Connection(handler: handler, log: log))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let server = FakeHub(channel: channel, log: log)
        do {
            let result = try await body(server)
            try await channel.close()
            return result
        } catch {
            try? await channel.close()
            throw error
        }
    }

    private final class Connection: ChannelInboundHandler {
        typealias InboundIn = HTTPServerRequestPart
        typealias OutboundOut = HTTPServerResponsePart

        private let handler: Handler
        private let log: Log
        private var head: HTTPRequestHead?
        private var body = ByteBuffer()

        init(handler: @escaping Handler, log: Log) {
            self.handler = handler
            self.log = log
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            switch unwrapInboundIn(data) {
            case .head(let head):
                self.head = head
                body.clear()
            case .body(var part):
                body.writeBuffer(&part)
            case .end:
                guard let head else { return }
                let request = Request(
                    method: head.method.rawValue, target: head.uri, headers: head.headers,
                    data: Data(body.readableBytesView))
                log.requests.withLock { $0.append(request) }
                let reply = handler(request)
                var headers = HTTPHeaders(reply.headers)
                if !headers.contains(name: "Content-Length") {
                    headers.add(name: "Content-Length", value: String(reply.body.count))
                }
                let status = HTTPResponseStatus(statusCode: reply.status)
                context.write(
                    wrapOutboundOut(.head(.init(version: .http1_1, status: status, headers: headers))), promise: nil)
                context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: reply.body)))), promise: nil)
                context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
            }
        }
    }
}
