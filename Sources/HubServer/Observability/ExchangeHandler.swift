import Foundation
import NIOCore
import NIOHTTP1

/// Watches the requests and answers of one connection, next to the socket, so that the router's answers, sendfile's
/// and those to malformed requests are all seen: counts them, writes the access log and gives each a request id.
final class ExchangeHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    private struct Exchange {
        var time = Date()
        var start = NIODeadline.now()
        var address: String
        var method: String
        var target: String
        var requestID: String
        var route: RouteClass
        var user: String?
        var status: Int?
        var bytesIn = 0
        var bytesOut = 0
    }

    private let metrics: HubMetrics
    private let log: AccessLog?
    /// Requests not answered in full, oldest first.
    private var exchanges = CircularBuffer<Exchange>()
    private var isOpen = false

    init(metrics: HubMetrics, log: AccessLog?) {
        self.metrics = metrics
        self.log = log
    }

    func handlerAdded(context: ChannelHandlerContext) { open() }

    func channelActive(context: ChannelHandlerContext) {
        open()
        context.fireChannelActive()
    }

    private func open() {
        guard !isOpen else { return }
        isOpen = true
        metrics.connectionOpened()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(var head):
            let requestID = RequestID.of(head.headers)
            head.headers.replaceOrAdd(name: RequestID.header, value: requestID)
            let peer = Peer(
                address: context.remoteAddress?.ipAddress, forwardedFor: head.headers["x-forwarded-for"].last)
            exchanges.append(
                Exchange(
                    address: peer.address, method: head.method.rawValue, target: head.uri, requestID: requestID,
                    route: RouteClass(method: head.method.rawValue, target: head.uri)))
            metrics.requestBegan()
            context.fireChannelRead(wrapInboundOut(.head(head)))
        case .body(let buffer):
            if !exchanges.isEmpty {
                exchanges[exchanges.index(before: exchanges.endIndex)].bytesIn += buffer.readableBytes
            }
            context.fireChannelRead(data)
        case .end:
            context.fireChannelRead(data)
        }
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .head(var head):
            guard head.status.code >= 200 else {
                context.write(data, promise: promise)
                return
            }
            if exchanges.isEmpty { exchanges.append(unreadable(context)) }
            exchanges[exchanges.startIndex].status = Int(head.status.code)
            exchanges[exchanges.startIndex].user = head.headers.first(name: CallerNote.header)
            head.headers.remove(name: CallerNote.header)
            head.headers.replaceOrAdd(name: RequestID.header, value: exchanges[exchanges.startIndex].requestID)
            context.write(wrapOutboundOut(.head(head)), promise: promise)
        case .body(let body):
            if !exchanges.isEmpty { exchanges[exchanges.startIndex].bytesOut += body.readableBytes }
            context.write(data, promise: promise)
        case .end:
            guard !exchanges.isEmpty else {
                context.write(data, promise: promise)
                return
            }
            let done = exchanges.removeFirst()
            let written = context.eventLoop.makePromise(of: Void.self)
            written.futureResult.assumeIsolated().whenComplete { _ in self.finish(done) }
            if let promise { written.futureResult.cascade(to: promise) }
            context.write(data, promise: written)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        while !exchanges.isEmpty { finish(exchanges.removeFirst()) }
        if isOpen {
            isOpen = false
            metrics.connectionClosed()
        }
        context.fireChannelInactive()
    }

    /// A request whose head could not be parsed.
    private func unreadable(_ context: ChannelHandlerContext) -> Exchange {
        metrics.requestBegan()
        return Exchange(
            address: Peer(address: context.remoteAddress?.ipAddress, forwardedFor: nil).address, method: "-",
            target: "-", requestID: RequestID.make(), route: .pages)
    }

    private func finish(_ exchange: Exchange) {
        let seconds = Double((NIODeadline.now() - exchange.start).nanoseconds) / 1e9
        // What nginx writes for a client that left before it was answered.
        let status = exchange.status ?? 499
        metrics.requestEnded(
            exchange.route, status: status, seconds: seconds, bytesIn: exchange.bytesIn, bytesOut: exchange.bytesOut)
        log?.record(
            AccessLogEntry(
                time: exchange.time, address: exchange.address, user: exchange.user, method: exchange.method,
                target: exchange.target, status: status, bytes: exchange.bytesOut, seconds: seconds,
                requestID: exchange.requestID))
    }
}

/// The router's word on who sent a request, for the access log. It travels as a header of the answer and never leaves
/// the process: `ExchangeHandler` takes it off.
enum CallerNote {
    static let header = "x-shoal-internal-caller"
}
