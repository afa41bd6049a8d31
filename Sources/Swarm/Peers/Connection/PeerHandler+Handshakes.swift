internal import NIOCore
internal import SwarmWire

/// BEP 3's 68 bytes, BEP 10's message, and the first message of Shoal's extension, in this order in both directions.
extension PeerHandler {
    /// What we call ourselves.
    private static let client = "shoal"

    func sendHandshake(swarm: SwarmID, context: ChannelHandlerContext) {
        let handshake = BitTorrentHandshake(swarm: swarm, peer: surroundings.peerID)
        write(ByteBuffer(bytes: handshake.bytes), promise: nil, context: context)
        context.flush()
    }

    /// To zest, this must be the very first message (p2p.md §3.2).
    func sendExtensions(context: ChannelHandlerContext) {
        let name = facts.dialect == .zest ? ExtensionHandshake.zestName : ExtensionHandshake.shoalName
        let message = ExtensionHandshake(
            extensions: [name: Self.ownExtension], port: surroundings.listeningPort, client: Self.client,
            requestQueue: surroundings.limits.outstandingRequests)
        write(ByteBuffer(bytes: PeerMessage.extended(0, message.bytes)), promise: nil, context: context)
    }

    /// - Returns: whether the handshake was complete.
    func takeHandshake(_ input: inout ByteBuffer, context: ChannelHandlerContext) throws(SwarmWireError) -> Bool {
        let missing = BitTorrentHandshake.size - handshakeBytes.count
        handshakeBytes += input.readBytes(length: min(missing, input.readableBytes)) ?? []
        // What cannot become one is not waited for.
        guard handshakeBytes.first.map({ $0 == BitTorrentHandshake.firstByte }) ?? true else {
            throw SwarmWireError(.notOurs, "the peer does not begin with a BitTorrent handshake")
        }
        guard handshakeBytes.count == BitTorrentHandshake.size else { return false }
        let handshake = try BitTorrentHandshake(handshakeBytes)
        handshakeBytes = []
        guard handshake.hasExtensions else {
            throw SwarmWireError(.notOurs, "the peer does not know extensions")
        }
        guard handshake.peer != surroundings.peerID else {
            close(PeerError(code: .ourselves, message: "the address leads back to this program"), context: context)
            return true
        }
        phase = .extensions
        if facts.dialect == .zest {
            if facts.isIncoming { sendHandshake(swarm: handshake.swarm, context: context) }
            sendExtensions(context: context)
            context.flush()
        }
        return true
    }

    func takeExtensions(_ content: ByteBuffer, context: ChannelHandlerContext) throws(SwarmWireError) {
        // BEP 10 allows to send it again; what we use of it does not change.
        guard phase == .extensions else { return }
        let message = try ExtensionHandshake(Array(content.readableBytesView))
        let name = facts.dialect == .zest ? ExtensionHandshake.zestName : ExtensionHandshake.shoalName
        guard let number = message.extensions[name] else {
            throw SwarmWireError(.notOurs, "the peer does not speak this extension")
        }
        theirExtension = number
        facts.client = message.client
        facts.listeningPort = message.port
        asking.maximumOutstanding = min(
            surroundings.limits.outstandingRequests, message.requestQueue ?? surroundings.limits.outstandingRequests)
        switch facts.dialect {
        case .zest:
            opened(context: context)
        case .shoal:
            phase = .hello
            send(SwarmMessage.hello(SwarmMessage.Hello(nonce: ownNonce)).bytes, context: context)
        }
    }

    func takeHello(_ hello: SwarmMessage.Hello, context: ChannelHandlerContext) throws(SwarmWireError) {
        guard hello.version >= 1 else { throw SwarmWireError(.notOurs, "the peer speaks version \(hello.version)") }
        // With a nonce of ours the peer could send our own proofs back to us.
        guard hello.nonce != ownNonce else { throw SwarmWireError(.malformed, "the peer repeats our nonce") }
        theirNonce = hello.nonce
        opened(context: context)
    }
}
