package import NIOCore

/// Lets what was written reach the socket before the connection is closed, the last handler before the wire.
///
/// The web server closes right behind the end of an answer when the connection ends with it, or the program is told to
/// stop; without this a reader that is slower than the program would lose the tail.
package final class FlushBeforeClose: ChannelOutboundHandler, RemovableChannelHandler {
    package typealias OutboundIn = IOData
    package typealias OutboundOut = IOData

    /// Comes before a close that waits for nobody.
    package struct AtOnce: Sendable {
        package init() {}
    }

    private let patience: @Sendable () -> TimeAmount
    private var isClosing = false

    /// - Parameter patience: how long a reader may take for the rest, from when the connection is to be closed.
    package init(patience: @escaping @Sendable () -> TimeAmount = { .seconds(30) }) { self.patience = patience }

    package func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        guard case .all = mode, !isClosing, context.channel.isActive else {
            context.close(mode: mode, promise: promise)
            return
        }
        isClosing = true
        let loop = context.eventLoop.assumeIsolated()
        let flushed = context.eventLoop.makePromise(of: Void.self)
        // Writes end in their order, so that all of them have ended with this one.
        context.writeAndFlush(wrapOutboundOut(.byteBuffer(ByteBuffer())), promise: flushed)
        let limit = loop.scheduleTask(in: patience()) { context.close(mode: .all, promise: nil) }
        flushed.futureResult.assumeIsolated().whenComplete { _ in
            limit.cancel()
            context.close(mode: .all, promise: promise)
        }
    }

    package func triggerUserOutboundEvent(
        context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?
    ) {
        guard event is AtOnce else {
            context.triggerUserOutboundEvent(event, promise: promise)
            return
        }
        isClosing = true
        promise?.succeed()
    }
}
