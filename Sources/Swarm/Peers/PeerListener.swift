internal import Logging
internal import NIOCore
internal import NIOPosix
public import SwarmWire
internal import Synchronization

/// A port on which peers of both dialects come in: the first byte tells which.
public final class PeerListener: Sendable {
    /// Where it listens; the port is the real one if 0 was asked for.
    public let address: PeerAddress
    /// Peers that have come, once they have introduced themselves. They are served whether or not anybody looks here;
    /// of those that nobody looks at, the oldest are left out.
    public let connections: AsyncStream<PeerConnection>

    private let channel: any Channel
    private let children: ChildChannels
    private let finish: @Sendable () -> Void

    fileprivate init(
        address: PeerAddress, connections: AsyncStream<PeerConnection>, channel: any Channel, children: ChildChannels,
        finish: @escaping @Sendable () -> Void
    ) {
        self.address = address
        self.connections = connections
        self.channel = channel
        self.children = children
        self.finish = finish
    }

    /// Stops listening and closes the connections that came in.
    public func close() async {
        try? await channel.close().get()
        for child in children.all { child.close(promise: nil) }
        finish()
    }
}

/// The connections that came in and are still there.
private final class ChildChannels: Sendable {
    private let channels = Mutex<[ObjectIdentifier: any Channel]>([:])

    func insert(_ channel: any Channel) {
        let id = ObjectIdentifier(channel)
        channels.withLock { $0[id] = channel }
        channel.closeFuture.whenComplete { [self] _ in
            _ = channels.withLock { $0.removeValue(forKey: id) }
        }
    }

    var all: [any Channel] { channels.withLock { Array($0.values) } }
}

extension PeerNode {
    /// Connections of peers that nobody has looked at.
    private static let unreadConnections = 64

    /// Listens for peers.
    /// - Parameters:
    ///   - host: an address of this machine; `::` takes IPv4 and IPv6, and IPv4 alone where there is nothing else.
    ///   - port: 0 for any free one.
    public func listen(host: String = "::", port: UInt16) async throws -> PeerListener {
        let (connections, continuation) = AsyncStream.makeStream(
            of: PeerConnection.self, bufferingPolicy: .bufferingNewest(Self.unreadConnections))
        let children = ChildChannels()
        let bootstrap = ServerBootstrap(group: group)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelOption(.backlog, value: 256)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelOption(.recvAllocator, value: PeerChannel.receiveAllocator)
            .childChannelInitializer { [self] channel in
                channel.eventLoop.makeCompletedFuture {
                    try welcome(channel) { continuation.yield($0) }
                    children.insert(channel)
                }
            }
        let channel: any Channel
        do {
            channel = try await bootstrap.bind(host: host, port: Int(port)).get()
        } catch  where host == "::" {
            // Some machines have no IPv6 at all.
            channel = try await bootstrap.bind(host: "0.0.0.0", port: Int(port)).get()
        }
        guard let bound = channel.localAddress?.port.flatMap({ UInt16(exactly: $0) }) else {
            try await channel.close().get()
            throw PeerError(code: .unreachable, message: "the listening socket has no port")
        }
        note(listeningPort: bound)
        return PeerListener(
            address: PeerAddress(host: host, port: bound), connections: connections, channel: channel,
            children: children, finish: { continuation.finish() })
    }

    /// Sets up a connection that has come in, or refuses it.
    private func welcome(_ channel: any Channel, _ opened: @escaping @Sendable (PeerConnection) -> Void) throws {
        let remote = channel.remoteAddress
        let address = PeerAddress(
            host: remote?.ipAddress ?? "", port: remote?.port.flatMap { UInt16(exactly: $0) } ?? 0)
        guard !bans.contains(address), table.enter(address) else {
            throw PeerError(code: .banned, message: "the peer is banned, or there are too many")
        }
        channel.closeFuture.whenComplete { [table] _ in table.leave(address) }
        let ready = channel.eventLoop.makePromise(of: PeerConnection.self)
        ready.futureResult.whenSuccess(opened)
        ready.futureResult.whenFailure { [logger] error in
            logger.debug("peer refused", metadata: ["peer": "\(address)", "reason": "\(error)"])
        }
        try channel.pipeline.syncOperations.addHandler(
            DialectHandler(address: address, identity: identity, surroundings: surroundings, ready: ready))
    }
}
