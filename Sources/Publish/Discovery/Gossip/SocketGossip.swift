internal import NIOCore
internal import NIOPosix
package import SwarmWire

/// Gossip over a TCP connection of its own for each conversation.
package final class SocketGossip: GossipTransport {
    private typealias Connection = NIOAsyncChannel<ByteBuffer, ByteBuffer>

    package let port: UInt16?
    private let group: any EventLoopGroup
    private let listener: NIOAsyncChannel<Connection, Never>?
    private let limiter = CallLimiter(most: GossipLimits.callsPerAddress, window: GossipLimits.window)

    private init(group: any EventLoopGroup, listener: NIOAsyncChannel<Connection, Never>?, port: UInt16?) {
        self.group = group
        self.listener = listener
        self.port = port
    }

    /// Makes a channel that only calls.
    package static func calling() -> SocketGossip {
        SocketGossip(group: MultiThreadedEventLoopGroup.singleton, listener: nil, port: nil)
    }

    /// Makes a channel that takes calls too.
    /// - Parameters:
    ///   - host: an address of this machine.
    ///   - port: 0 for any free one.
    package static func listening(host: String, port: UInt16 = 0) async throws -> SocketGossip {
        let group = MultiThreadedEventLoopGroup.singleton
        let listener = try await ServerBootstrap(group: group)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelOption(.backlog, value: 64)
            .bind(host: host, port: Int(port)) { channel in
                channel.eventLoop.makeCompletedFuture { try framed(channel) }
            }
        let bound = listener.channel.localAddress?.port.flatMap { UInt16(exactly: $0) }
        return SocketGossip(group: group, listener: listener, port: bound)
    }

    private static func framed(_ channel: any Channel) throws -> Connection {
        try channel.pipeline.syncOperations.addHandlers(
            ByteToMessageHandler(GossipFrameDecoder(), maximumBufferSize: GossipLimits.frame + 4),
            MessageToByteHandler(GossipFrameEncoder()))
        return try Connection(wrappingChannelSynchronously: channel)
    }

    package func call(_ peer: PeerAddress, as party: any GossipParty) async throws {
        let connection = try await ClientBootstrap(group: group)
            .connectTimeout(.seconds(4))
            .connect(host: peer.host, port: Int(peer.port)) { channel in
                channel.eventLoop.makeCompletedFuture { try Self.framed(channel) }
            }
        try await Self.talk(on: connection, with: peer, as: party)
    }

    package func serve(_ party: any GossipParty) async {
        guard let listener else { return await Self.waitForEnd() }
        let calls = CallCounter()
        try? await listener.executeThenClose { connections in
            try await withThrowingDiscardingTaskGroup { group in
                for try await connection in connections {
                    let remote = connection.channel.remoteAddress
                    let host = remote?.ipAddress ?? ""
                    let isTaken = limiter.admits(host) && calls.enter(below: GossipLimits.calls)
                    let caller = PeerAddress(host: host, port: remote?.port.flatMap { UInt16(exactly: $0) } ?? 0)
                    group.addTask {
                        guard isTaken else {
                            // Has to be run to be let go of.
                            try? await connection.executeThenClose { _, _ in }
                            return
                        }
                        defer { calls.leave() }
                        try? await Self.talk(on: connection, with: caller, as: party)
                    }
                }
            }
        }
    }

    /// Talks until both sides are done, and cuts the connection when that takes too long.
    private static func talk(
        on connection: Connection, with peer: PeerAddress, as party: any GossipParty
    ) async throws {
        let channel = connection.channel
        let limit = channel.eventLoop.scheduleTask(in: .seconds(10)) { channel.close(promise: nil) }
        defer { limit.cancel() }
        try await connection.executeThenClose { inbound, outbound in
            var conversation = GossipConversation(party, with: peer)
            try await outbound.write(ByteBuffer(bytes: await conversation.opening()))
            for try await message in inbound {
                if let answer = try await conversation.hear(Array(message.readableBytesView)) {
                    try await outbound.write(ByteBuffer(bytes: answer))
                }
                if conversation.isOver { break }
            }
            guard conversation.isOver else { throw GossipError(message: "\(peer) has hung up") }
        }
    }

    private static func waitForEnd() async {
        while !Task.isCancelled { try? await Task.sleep(for: .seconds(3_600)) }
    }
}
