internal import Logging
internal import NIOCore
internal import NIOSSL
internal import NIOTLS
internal import SwarmWire

/// Both halves of the conversation with one peer, on the channel's event loop: handshakes, our requests, theirs, and
/// what either side may cost the other.
final class PeerHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    enum Phase {
        /// TLS, or the connection itself, is not up.
        case waiting
        /// The 68 bytes have not come.
        case handshake
        /// BEP 10's message has not come.
        case extensions
        /// Shoal's first message has not come.
        case hello
        case open
        case closed
    }

    /// What the handler needs from its node.
    struct Surroundings {
        var limits: PeerLimits
        var identity: PeerIdentity
        var peerID: SwarmWire.PeerID
        var listeningPort: UInt16?
        var server: PeerServer?
        var bans: PeerBans
    }

    let surroundings: Surroundings
    var phase = Phase.waiting
    var facts: PeerFacts
    var decoder: FrameDecoder
    let events = PeerEventQueue()
    private let ready: EventLoopPromise<PeerConnection>

    /// Our number for our extension, and the peer's.
    static let ownExtension: UInt8 = 1
    var theirExtension: UInt8 = 0
    let ownNonce: [UInt8]
    var theirNonce: [UInt8] = []

    var handshakeBytes: [UInt8] = []
    var asking = PeerAsking()
    var session: PeerSession?

    private var timer: RepeatedTask?
    private var startedAt = NIODeadline.uptimeNanoseconds(0)
    private var receivedAt = NIODeadline.uptimeNanoseconds(0)
    private var sentAt = NIODeadline.uptimeNanoseconds(0)
    /// Writes that have not reached the socket, and when the last one did.
    private var writesWaiting = 0
    private var writtenAt = NIODeadline.uptimeNanoseconds(0)
    private static let maximumWaitingWrites = 16 << 10
    /// Bytes of the frame that is coming which were told of.
    var arrivedBytes = 0

    init(_ facts: PeerFacts, _ surroundings: Surroundings, ready: EventLoopPromise<PeerConnection>) {
        self.facts = facts
        self.surroundings = surroundings
        self.ready = ready
        decoder = FrameDecoder(limits: FrameLimits(dialect: facts.dialect, ownExtension: Self.ownExtension))
        var generator = SystemRandomNumberGenerator()
        ownNonce = (0..<32).map { _ in UInt8.random(in: 0...255, using: &generator) }
    }

    // MARK: The channel's life

    func handlerAdded(context: ChannelHandlerContext) {
        startedAt = context.eventLoop.now
        receivedAt = startedAt
        sentAt = startedAt
        writtenAt = startedAt
        asking.answeredAt = startedAt
        let limits = surroundings.limits
        let tick =
            min(
                limits.helloTimeout, limits.idleTimeout, limits.answerTimeout, .seconds(4)
            ) / 4
        let period = TimeAmount(tick)
        let this = NIOLoopBound((handler: self, context: context), eventLoop: context.eventLoop)
        timer = context.eventLoop.scheduleRepeatedTask(initialDelay: period, delay: period) { _ in
            this.value.handler.tick(context: this.value.context)
        }
        if context.channel.isActive { begin(context: context) }
    }

    func channelActive(context: ChannelHandlerContext) {
        begin(context: context)
        context.fireChannelActive()
    }

    /// Plain connections begin at once, encrypted ones when TLS is up.
    private func begin(context: ChannelHandlerContext) {
        guard phase == .waiting, facts.dialect == .zest else { return }
        phase = .handshake
        if !facts.isIncoming { sendHandshake(swarm: .none, context: context) }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .handshakeCompleted = event as? TLSUserEvent, phase == .waiting {
            tlsCompleted(context: context)
        }
        if let event = event as? ChannelEvent, event == .inputClosed {
            close(PeerError(code: .closed, message: "the peer has closed the connection"), context: context)
        }
        context.fireUserInboundEventTriggered(event)
    }

    private func tlsCompleted(context: ChannelHandlerContext) {
        let tls = try? context.pipeline.syncOperations.handler(type: NIOSSLHandler.self)
        guard let certificate = try? tls?.peerCertificate?.toDERBytes() else {
            return close(PeerError(code: .notOurs, message: "the peer shows no certificate"), context: context)
        }
        facts.fingerprint = PeerIdentity.fingerprint(of: certificate)
        guard facts.fingerprint != surroundings.identity.fingerprint else {
            return close(
                PeerError(code: .ourselves, message: "the address leads back to this program"), context: context)
        }
        guard !surroundings.bans.contains(fingerprint: facts.fingerprint) else {
            return close(
                PeerError(code: .banned, message: "the peer was banned for what it sent before"), context: context)
        }
        phase = .handshake
        sendHandshake(swarm: .none, context: context)
        sendExtensions(context: context)
        context.flush()
    }

    func channelInactive(context: ChannelHandlerContext) {
        close(PeerError(code: .closed, message: "the peer has closed the connection"), context: context)
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        close(PeerError(code: .closed, message: "the connection has ended"), context: context)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        close(
            PeerError(code: .closed, message: "the connection to the peer has failed: \(error)", cause: error),
            context: context)
    }

    /// Ends everything, once.
    func close(_ reason: PeerError, context: ChannelHandlerContext) {
        guard phase != .closed else { return }
        phase = .closed
        timer?.cancel()
        timer = nil
        session?.close()
        session = nil
        asking = PeerAsking()
        handshakeBytes = []
        ready.fail(reason)
        _ = events.append(.closed(reason))
        context.close(promise: nil)
    }

    // MARK: Reading

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var input = unwrapInboundIn(data)
        receivedAt = context.eventLoop.now
        do throws(SwarmWireError) {
            while phase != .closed {
                if phase == .handshake {
                    guard try takeHandshake(&input, context: context) else { break }
                } else {
                    guard let frame = try decoder.next(&input) else { break }
                    if frame.readableBytes > 0 { try take(frame, context: context) }
                }
            }
            if decoder.isInsideFrame, decoder.limits.awaitsAnswers {
                asking.answeredAt = receivedAt
                if facts.dialect == .zest { noteArriving(context: context) }
            }
        } catch {
            close(PeerError(error), context: context)
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        if phase != .closed { context.flush() }
        context.fireChannelReadComplete()
    }

    private func take(_ frame: ByteBuffer, context: ChannelHandlerContext) throws(SwarmWireError) {
        let view = frame.readableBytesView
        guard view.first == PeerMessage.extended, view.count >= 2 else {
            // Choking, interest and whatever else BitTorrent has means nothing here, but comes before nothing either.
            guard phase != .extensions || facts.dialect == .zest else {
                throw SwarmWireError(.unexpected, "the peer speaks before it has introduced itself")
            }
            return
        }
        let number = view[view.startIndex + 1]
        var content = frame
        content.moveReaderIndex(forwardBy: 2)
        if number == 0 {
            try takeExtensions(content, context: context)
        } else if number == Self.ownExtension {
            switch facts.dialect {
            case .zest: try takeZest(content, context: context)
            case .shoal: try takeShoal(content, context: context)
            }
        }
    }

    /// The handshakes are over.
    func opened(context: ChannelHandlerContext) {
        phase = .open
        session = surroundings.server?.open(
            on: context.channel, address: facts.address, listening: facts.listening,
            binding: facts.dialect == .shoal
                ? ConnectionBinding(
                    asking: (facts.fingerprint, theirNonce), answering: (surroundings.identity.fingerprint, ownNonce))
                : nil)
        ready.succeed(PeerConnection(facts, channel: context.channel, events: PeerEvents(queue: events)))
    }

    /// Proofs of what we ask for are bound to this.
    var askingBinding: ConnectionBinding {
        ConnectionBinding(
            asking: (surroundings.identity.fingerprint, ownNonce), answering: (facts.fingerprint, theirNonce))
    }

    // MARK: Writing

    /// Sends a message of our extension, followed by `content` if there is some. The caller flushes.
    func send(
        _ message: [UInt8], _ content: ByteBuffer? = nil, promise: EventLoopPromise<Void>? = nil,
        context: ChannelHandlerContext
    ) {
        let size = message.count + (content?.readableBytes ?? 0)
        let head = PeerMessage.extendedHead(theirExtension, size: size)
        var buffer = context.channel.allocator.buffer(capacity: head.count + message.count)
        buffer.writeBytes(head)
        buffer.writeBytes(message)
        if let content {
            write(buffer, promise: nil, context: context)
            write(content, promise: promise, context: context)
        } else {
            write(buffer, promise: promise, context: context)
        }
    }

    /// Sends bytes as they are. The caller flushes.
    func write(_ buffer: ByteBuffer, promise: EventLoopPromise<Void>?, context: ChannelHandlerContext) {
        sentAt = context.eventLoop.now
        if writesWaiting == 0 { writtenAt = sentAt }
        writesWaiting += 1
        if writesWaiting > Self.maximumWaitingWrites {
            promise?.fail(ChannelError.ioOnClosedChannel)
            let reason = PeerError(code: .protocolViolation, message: "the peer asks and asks, and does not read")
            return close(reason, context: context)
        }
        let written = promise ?? context.eventLoop.makePromise(of: Void.self)
        let this = NIOLoopBound((handler: self, loop: context.eventLoop), eventLoop: context.eventLoop)
        written.futureResult.whenComplete { _ in
            this.value.handler.writesWaiting -= 1
            this.value.handler.writtenAt = this.value.loop.now
        }
        context.write(wrapOutboundOut(buffer), promise: written)
    }

    func triggerUserOutboundEvent(context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?) {
        guard let order = event as? PeerOrder else {
            return context.triggerUserOutboundEvent(event, promise: promise)
        }
        guard phase == .open else {
            promise?.fail(ChannelError.ioOnClosedChannel)
            return
        }
        carryOut(order, promise: promise, context: context)
        if phase == .open { context.flush() }
    }

    // MARK: Time

    private func tick(context: ChannelHandlerContext) {
        let now = context.eventLoop.now
        let limits = surroundings.limits
        func isOver(_ limit: Duration, since start: NIODeadline) -> Bool { now - start > TimeAmount(limit) }
        guard phase == .open else {
            if isOver(limits.helloTimeout, since: startedAt) {
                close(PeerError(code: .silent, message: "the peer has not introduced itself in time"), context: context)
            }
            return
        }
        if isOver(limits.idleTimeout, since: receivedAt) {
            close(PeerError(code: .silent, message: "the peer has fallen silent"), context: context)
        } else if let oldest = asking.oldestWait, isOver(limits.answerTimeout, since: max(oldest, asking.answeredAt)) {
            close(PeerError(code: .silent, message: "the peer does not answer"), context: context)
        } else if writesWaiting > 0, isOver(limits.answerTimeout, since: writtenAt) {
            close(PeerError(code: .silent, message: "the peer does not take what it asked for"), context: context)
        } else if isOver(limits.idleTimeout / 2, since: sentAt) {
            write(ByteBuffer(bytes: PeerMessage.keepAlive), promise: nil, context: context)
            context.flush()
        }
    }
}
