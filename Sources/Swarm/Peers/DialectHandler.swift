internal import NIOCore
internal import SwarmWire

/// Waits for the first byte of a connection, which tells TLS from BitTorrent, and puts the right handlers in its place.
final class DialectHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer

    /// The first byte of a TLS connection: a handshake record.
    private static let tlsFirstByte: UInt8 = 0x16

    private let address: PeerAddress
    private let identity: PeerIdentity
    private let surroundings: PeerHandler.Surroundings
    private let ready: EventLoopPromise<PeerConnection>
    private var timer: Scheduled<Void>?

    init(
        address: PeerAddress, identity: PeerIdentity, surroundings: PeerHandler.Surroundings,
        ready: EventLoopPromise<PeerConnection>
    ) {
        self.address = address
        self.identity = identity
        self.surroundings = surroundings
        self.ready = ready
    }

    func handlerAdded(context: ChannelHandlerContext) {
        let limit = TimeAmount(surroundings.limits.helloTimeout)
        timer = context.eventLoop.assumeIsolated().scheduleTask(in: limit) {
            context.close(promise: nil)
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let bytes = unwrapInboundIn(data)
        guard let first = bytes.readableBytesView.first else { return }
        let pipeline = context.pipeline.syncOperations
        do {
            switch first {
            case Self.tlsFirstByte:
                try pipeline.addHandler(identity.makeHandler(isServer: true))
                try pipeline.addHandler(handler(.shoal))
            case BitTorrentHandshake.firstByte:
                try pipeline.addHandler(handler(.zest))
            default:
                return context.close(promise: nil)
            }
        } catch {
            return context.close(promise: nil)
        }
        timer?.cancel()
        timer = nil
        context.fireChannelRead(data)
        pipeline.removeHandler(self, promise: nil)
    }

    private func handler(_ dialect: PeerDialect) -> PeerHandler {
        PeerHandler(PeerFacts(dialect: dialect, address: address, isIncoming: true), surroundings, ready: ready)
    }

    func channelInactive(context: ChannelHandlerContext) {
        timer?.cancel()
        timer = nil
        ready.fail(PeerError(code: .closed, message: "the peer has closed the connection before it said anything"))
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }
}
