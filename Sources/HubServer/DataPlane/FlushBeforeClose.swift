import NIOCore

/// Lets what was written reach the socket before the connection is closed, the last handler before the wire.
///
/// The router's server closes right behind the end of an answer when the hub is told to stop; without this a reader
/// that is slower than the hub would lose the tail.
final class FlushBeforeClose: ChannelOutboundHandler, RemovableChannelHandler {
    typealias OutboundIn = IOData
    typealias OutboundOut = IOData

    /// Comes before a close that waits for nobody.
    struct AtOnce: Sendable {}

    /// How long a reader may take for the rest.
    private static let patience = TimeAmount.seconds(30)

    private var isClosing = false

    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        guard case .all = mode, !isClosing, context.channel.isActive else {
            context.close(mode: mode, promise: promise)
            return
        }
        isClosing = true
        let loop = context.eventLoop.assumeIsolated()
        let flushed = context.eventLoop.makePromise(of: Void.self)
        // Writes end in their order, so that all of them have ended with this one.
        context.writeAndFlush(wrapOutboundOut(.byteBuffer(ByteBuffer())), promise: flushed)
        let limit = loop.scheduleTask(in: Self.patience) { context.close(mode: .all, promise: nil) }
        flushed.futureResult.assumeIsolated().whenComplete { _ in
            limit.cancel()
            context.close(mode: .all, promise: promise)
        }
    }

    func triggerUserOutboundEvent(context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?) {
        guard event is AtOnce else {
            context.triggerUserOutboundEvent(event, promise: promise)
            return
        }
        isClosing = true
        promise?.succeed()
    }
}
