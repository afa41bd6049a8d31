import Foundation
import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
import ServerChannel
import Xet

/// Answers `GET /data/xorbs/…` with the kernel's sendfile, inside the connection's pipeline; everything else passes
/// on to the router behind it.
///
/// Order on a connection is kept: a data request waits until the router has answered what came before it, and what
/// comes after a data request waits until that is answered. While something waits, nothing more is read.
final class SendfileHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    /// A file is handed to the socket in pieces, so that progress can be told from a stall.
    private static let pieceSize = 1 << 20

    /// The data request being answered.
    private struct Transfer {
        var keepsAlive: Bool
        var isRequestComplete = false
        var isResponseComplete = false
    }

    private let plane: DataPlane
    private let idleTimeout: TimeAmount

    private var waiting = CircularBuffer<HTTPServerRequestPart>()
    private var isPumping = false
    private var hasForwarded = false
    private var isReadPending = false
    /// Requests the router has not answered in full.
    private var routed = 0
    /// True while the router's newest request is still being received.
    private var isReceiving = false
    private var transfer: Transfer?
    private var deferredClose: (mode: CloseMode, promise: EventLoopPromise<Void>?)?
    private var lastActivity = NIODeadline.now()
    private var idleCheck: Scheduled<Void>?

    init(plane: DataPlane, idleTimeout: TimeAmount) {
        self.plane = plane
        self.idleTimeout = idleTimeout
    }

    // MARK: Requests

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        lastActivity = .now()
        waiting.append(unwrapInboundIn(data))
        pump(context)
    }

    private func pump(_ context: ChannelHandlerContext) {
        guard !isPumping else { return }
        isPumping = true
        while let part = waiting.first, accept(part, context) { waiting.removeFirst() }
        isPumping = false
        if isReadPending, canRead {
            isReadPending = false
            context.read()
        }
    }

    /// Goes on with what has waited, outside of a read: the router takes parts in only when it hears that a read is
    /// complete.
    private func resume(_ context: ChannelHandlerContext) {
        hasForwarded = false
        pump(context)
        if hasForwarded { context.fireChannelReadComplete() }
    }

    /// - Returns: false when the part has to wait.
    private func accept(_ part: HTTPServerRequestPart, _ context: ChannelHandlerContext) -> Bool {
        if let transfer {
            guard !transfer.isRequestComplete else { return false }
            if case .end = part {
                self.transfer?.isRequestComplete = true
                finishIfComplete(context)
            }
            return true
        }
        switch part {
        case .head(let head):
            if let answer = DataAnswer(head, plane: plane) {
                guard routed == 0 else { return false }
                guard isWithinLimits(head, context) else {
                    // The router says so in its own words.
                    return forward(part, context)
                }
                transfer = Transfer(keepsAlive: head.isKeepAlive)
                begin(answer, context)
                return true
            }
        case .body, .end:
            break
        }
        return forward(part, context)
    }

    private func forward(_ part: HTTPServerRequestPart, _ context: ChannelHandlerContext) -> Bool {
        switch part {
        case .head:
            routed += 1
            isReceiving = true
        case .body:
            break
        case .end:
            isReceiving = false
        }
        hasForwarded = true
        context.fireChannelRead(wrapInboundOut(part))
        return true
    }

    /// Who fetches under a signed URL is known by address alone.
    private func isWithinLimits(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) -> Bool {
        let limiter = plane.services.limiter
        guard limiter.limits.quota(.data, isAnonymous: true) != nil else { return true }
        let peer = Peer(address: context.remoteAddress?.ipAddress, forwardedFor: head.headers["x-forwarded-for"].last)
        return limiter.charge(.network(peer.network), .data)?.isAllowed ?? true
    }

    private var canRead: Bool { waiting.isEmpty && transfer?.isRequestComplete != true }

    func read(context: ChannelHandlerContext) {
        if canRead { context.read() } else { isReadPending = true }
    }

    // MARK: The router's answers

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let part = unwrapOutboundIn(data)
        // Progress is what the socket takes; the caller's promise may belong to another loop.
        let written = context.eventLoop.makePromise(of: Void.self)
        written.futureResult.assumeIsolated().whenSuccess { self.lastActivity = .now() }
        if let promise { written.futureResult.cascade(to: promise) }
        context.write(data, promise: written)
        lastActivity = .now()
        guard case .end = part else { return }
        routed = max(0, routed - 1)
        // What was written must be on its way before an answer of our own.
        if routed == 0, !waiting.isEmpty { resume(context) }
    }

    // MARK: Our answers

    private func begin(_ answer: DataAnswer, _ context: ChannelHandlerContext) {
        let objects = plane.services.content.objects
        let opened = ContentThreads.reading.runIfActive(eventLoop: context.eventLoop) {
            let file = try objects.open(answer.object)
            file.willRead(Int(answer.range.lowerBound)..<Int(answer.range.upperBound) + 1)
            return try file.duplicate()
        }
        opened.assumeIsolated().whenComplete { result in
            switch result {
            case .success(let descriptor):
                // The region needs this type; it owns the descriptor and is closed when the last piece is written.
                let handle = NIOFileHandle(_deprecatedTakingOwnershipOfDescriptor: descriptor)
                self.send(answer, from: handle, context)
            case .failure(let error):
                self.sendFailure(error, context)
            }
        }
    }

    private func send(_ answer: DataAnswer, from handle: NIOFileHandle, _ context: ChannelHandlerContext) {
        guard context.channel.isActive else {
            try? handle.close()
            return
        }
        var head = HTTPResponseHead(version: .http1_1, status: answer.status, headers: answer.headers)
        if transfer?.keepsAlive != true { head.headers.replaceOrAdd(name: "connection", value: "close") }
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        var start = Int(answer.range.lowerBound)
        let end = Int(answer.range.upperBound) + 1
        while start < end {
            let next = min(start + Self.pieceSize, end)
            let region = FileRegion(fileHandle: handle, readerIndex: start, endIndex: next)
            let progress = context.eventLoop.makePromise(of: Void.self)
            progress.futureResult.assumeIsolated().whenSuccess { self.lastActivity = .now() }
            context.write(wrapOutboundOut(.body(.fileRegion(region))), promise: progress)
            start = next
        }
        complete(context) { try? handle.close() }
    }

    private func sendFailure(_ error: any Error, _ context: ChannelHandlerContext) {
        guard context.channel.isActive else { return }
        var status = HTTPResponseStatus.internalServerError
        if case ContentError.objectMissing = error {
            status = .notFound
        } else {
            plane.services.logger.error("data request failed", metadata: ["error": "\(error)"])
        }
        let text = ByteBuffer(string: status == .notFound ? "the xorb is gone\n" : "the hub failed; its log says why\n")
        let headers: HTTPHeaders = [
            "content-type": "text/plain; charset=utf-8", "content-length": "\(text.readableBytes)",
        ]
        context.write(
            wrapOutboundOut(.head(HTTPResponseHead(version: .http1_1, status: status, headers: headers))),
            promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(text))), promise: nil)
        complete(context) {}
    }

    /// Ends the answer and flushes it.
    private func complete(_ context: ChannelHandlerContext, cleanUp: @escaping () -> Void) {
        let written = context.eventLoop.makePromise(of: Void.self)
        written.futureResult.assumeIsolated().whenComplete { result in
            cleanUp()
            guard case .success = result else {
                context.close(promise: nil)
                return
            }
            self.lastActivity = .now()
            self.transfer?.isResponseComplete = true
            self.finishIfComplete(context)
        }
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: written)
    }

    private func finishIfComplete(_ context: ChannelHandlerContext) {
        guard let done = transfer, done.isRequestComplete, done.isResponseComplete else { return }
        transfer = nil
        if let close = deferredClose {
            deferredClose = nil
            context.close(mode: close.mode, promise: close.promise)
        } else if !done.keepsAlive {
            context.close(promise: nil)
        } else {
            resume(context)
        }
    }

    // MARK: The connection's end

    /// A close by the handlers behind waits for the answer under way. Only closing the input does not: that is how
    /// a server that must stop now says so.
    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        guard transfer != nil else {
            context.close(mode: mode, promise: promise)
            return
        }
        if case .input = mode {
            context.triggerUserOutboundEvent(FlushBeforeClose.AtOnce(), promise: nil)
            context.close(mode: .all, promise: promise)
            return
        }
        guard let earlier = deferredClose else {
            deferredClose = (mode, promise)
            return
        }
        var wanted = earlier.mode
        if case .all = mode { wanted = .all }
        if let promise { earlier.promise?.futureResult.cascade(to: promise) }
        deferredClose = (wanted, earlier.promise ?? promise)
    }

    /// An answer to a request that cannot be parsed must not fall into one of ours.
    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if transfer == nil { context.fireErrorCaught(error) } else { context.close(promise: nil) }
    }

    func channelInactive(context: ChannelHandlerContext) {
        idleCheck?.cancel()
        waiting.removeAll()
        transfer = nil
        deferredClose?.promise?.succeed()
        deferredClose = nil
        context.fireChannelInactive()
    }

    // MARK: Idle connections

    func handlerAdded(context: ChannelHandlerContext) { scheduleIdleCheck(context, in: idleTimeout) }

    func handlerRemoved(context: ChannelHandlerContext) { idleCheck?.cancel() }

    private func scheduleIdleCheck(_ context: ChannelHandlerContext, in delay: TimeAmount) {
        idleCheck = context.eventLoop.assumeIsolated().scheduleTask(in: delay) {
            let idle = NIODeadline.now() - self.lastActivity
            guard idle >= self.idleTimeout else {
                self.scheduleIdleCheck(context, in: self.idleTimeout - idle)
                return
            }
            // The router may take its time to answer; nobody else may, and who does not read what is answered
            // leaves the channel unwritable.
            if self.routed == 0 || self.isReceiving || !context.channel.isWritable {
                context.triggerUserOutboundEvent(FlushBeforeClose.AtOnce(), promise: nil)
                context.close(promise: nil)
            } else {
                self.scheduleIdleCheck(context, in: self.idleTimeout)
            }
        }
    }
}
