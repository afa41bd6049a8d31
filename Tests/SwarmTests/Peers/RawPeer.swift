import NIOCore
import NIOPosix
import Swarm
import SwarmWire
import Synchronization
import TestSupport
import Testing

/// A connection on which a test says whatever it likes.
final class RawPeer: Sendable {
    private let channel: any Channel
    private let received: Received

    private final class Received: ChannelInboundHandler, Sendable {
        typealias InboundIn = ByteBuffer
        let bytes = Mutex<[UInt8]>([])
        let closed = Mutex(false)

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let part = unwrapInboundIn(data)
            bytes.withLock { $0 += part.readableBytesView }
        }

        func channelInactive(context: ChannelHandlerContext) { closed.withLock { $0 = true } }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }

    private init(channel: any Channel, received: Received) {
        self.channel = channel
        self.received = received
    }

    static func connect(to address: PeerAddress) async throws -> RawPeer {
        let received = Received()
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelInitializer { $0.pipeline.addHandler(received) }
            .connect(host: address.host, port: Int(address.port)).get()
        return RawPeer(channel: channel, received: received)
    }

    func send(_ bytes: [UInt8]) { channel.writeAndFlush(ByteBuffer(bytes: bytes), promise: nil) }

    func close() { channel.close(promise: nil) }

    var bytes: [UInt8] { received.bytes.withLock { $0 } }

    /// Whether the other side closes within a time.
    func isClosed(within limit: Duration = .seconds(10)) async throws -> Bool {
        try await until(limit) { self.received.closed.withLock { $0 } }
    }

    /// Waits until that many bytes have come.
    func receive(_ count: Int) async throws -> [UInt8] {
        #expect(try await until(.seconds(10)) { self.bytes.count >= count }, "got only \(bytes.count) bytes")
        return bytes
    }

    private func until(_ limit: Duration, _ isTrue: @Sendable () -> Bool) async throws -> Bool {
        let end = ContinuousClock.now + limit
        while !isTrue() {
            guard ContinuousClock.now < end else { return false }
            try await Task.sleep(for: .milliseconds(5))
        }
        return true
    }

    /// A zest peer's first bytes: handshake, extensions, unchoke, interested (p2p.md §1.7).
    static var zestGreeting: [UInt8] {
        BitTorrentHandshake(swarm: .none, peer: .random()).bytes
            + PeerMessage.extended(0, Array("d1:md6:ut_xeti1ee1:pi6881e1:v8:zest/0.3e".utf8))
            + PeerMessage.plain(PeerMessage.unchoke) + PeerMessage.plain(PeerMessage.interested)
    }
}
