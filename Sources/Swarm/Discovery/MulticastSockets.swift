internal import Logging
internal import NIOCore
internal import NIOPosix
internal import SwarmWire

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// The sockets of searches on the local network: one per family that hears the group, and one per interface that
/// sends, whose own port gets the answers.
struct MulticastSockets: Sendable {
    /// Takes a search and its sender; returns the answer.
    typealias OnSearch = @Sendable (LocalSearch, IPLiteral) -> LocalSearch?

    private struct Sender: Sendable {
        var channel: any Channel
        var group: LocalSearch.Group
        var target: SocketAddress
    }

    private var listeners: [any Channel] = []
    private var senders: [Sender] = []
    private let port: UInt16

    private init(port: UInt16) { self.port = port }

    /// Opens what the system grants; what it refuses is said in the log.
    static func open(
        _ interfaces: [LocalAddresses.Interface], port: UInt16, logger: Logger, onSearch: @escaping OnSearch
    ) async -> MulticastSockets {
        var sockets = MulticastSockets(port: port)
        let near = NearNetworks(interfaces)
        for group in LocalSearch.Group.allCases {
            let own = interfaces.filter { group == .v4 ? $0.address.bytes.count == 4 : $0.address.bytes.count == 16 }
            guard !own.isEmpty, let target = try? SocketAddress(ipAddress: group.host, port: Int(port)) else {
                continue
            }
            do {
                let listener = try await listener(group, port: port, near: near, onSearch)
                sockets.listeners.append(listener)
                for interface in own {
                    await sockets.add(interface, group, target, near: near, listener, logger, onSearch)
                }
            } catch {
                logger.debug("no multicast", metadata: ["group": "\(group.host)", "error": "\(error)"])
            }
        }
        return sockets
    }

    private static func bootstrap(
        _ group: LocalSearch.Group, _ port: UInt16, _ near: NearNetworks, _ onSearch: @escaping OnSearch
    ) -> DatagramBootstrap {
        DatagramBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(
                        SearchHandler(group: group, groupPort: port, near: near, onSearch: onSearch))
                }
            }
    }

    private static func listener(
        _ group: LocalSearch.Group, port: UInt16, near: NearNetworks, _ onSearch: @escaping OnSearch
    ) async throws -> any Channel {
        // Every program of this machine that looks for peers binds the same port.
        try await bootstrap(group, port, near, onSearch)
            .channelOption(.socketOption(.so_reuseaddr), value: 1)
            .channelOption(.socket(SocketOptionLevel(SOL_SOCKET), SO_REUSEPORT), value: 1)
            .bind(host: group == .v4 ? "0.0.0.0" : "::", port: Int(port)).get()
    }

    private mutating func add(
        _ interface: LocalAddresses.Interface, _ group: LocalSearch.Group, _ target: SocketAddress,
        near: NearNetworks, _ listener: any Channel, _ logger: Logger, _ onSearch: @escaping OnSearch
    ) async {
        var opened: (any Channel)?
        do {
            if let listener = listener as? any MulticastChannel {
                try await listener.joinGroup(target, device: interface.device).get()
            }
            let channel = try await Self.bootstrap(group, port, near, onSearch)
                .bind(host: interface.address.description, port: 0).get()
            opened = channel
            try await Self.direct(channel, interface, group)
            senders.append(Sender(channel: channel, group: group, target: target))
        } catch {
            try? await opened?.close()
            logger.debug(
                "no multicast",
                metadata: [
                    "interface": "\(interface.device.name)", "address": "\(interface.address)", "error": "\(error)",
                ])
        }
    }

    /// Makes what the socket sends to the group leave by its interface.
    private static func direct(
        _ channel: any Channel, _ interface: LocalAddresses.Interface, _ group: LocalSearch.Group
    ) async throws {
        guard let options = channel as? any SocketOptionProvider else { return }
        switch group {
        case .v4:
            // Bytes in network order are how the system's type lies in memory.
            let address = interface.address.bytes.withUnsafeBytes { $0.loadUnaligned(as: in_addr.self) }
            try await options.setIPMulticastIF(address).get()
        case .v6:
            try await options.setIPv6MulticastIF(CUnsignedInt(clamping: interface.device.interfaceIndex)).get()
        }
    }

    func send(_ search: LocalSearch) {
        for sender in senders {
            let bytes = ByteBuffer(bytes: search.encoded(for: sender.group, port: port))
            // A network that is away now may be back at the next time.
            sender.channel.writeAndFlush(
                AddressedEnvelope(remoteAddress: sender.target, data: bytes), promise: nil)
        }
    }

    func close() async {
        for channel in listeners + senders.map(\.channel) { try? await channel.close() }
    }
}

/// The networks that this machine is in.
struct NearNetworks: Sendable {
    private var networks: [(bytes: IPLiteral, bits: Int)]

    init(_ interfaces: [LocalAddresses.Interface]) { networks = interfaces.map { ($0.address, $0.networkBits) } }

    func contains(_ address: IPLiteral) -> Bool {
        networks.contains { LocalAddresses.isSameNetwork($0.bytes, address, bits: $0.bits) }
    }
}

/// Hands searches of near senders on, and sends the answers back to them.
private final class SearchHandler: ChannelInboundHandler {
    typealias InboundIn = AddressedEnvelope<ByteBuffer>
    typealias OutboundOut = AddressedEnvelope<ByteBuffer>

    private let group: LocalSearch.Group
    private let groupPort: UInt16
    private let near: NearNetworks
    private let onSearch: MulticastSockets.OnSearch

    init(
        group: LocalSearch.Group, groupPort: UInt16, near: NearNetworks, onSearch: @escaping MulticastSockets.OnSearch
    ) {
        self.group = group
        self.groupPort = groupPort
        self.near = near
        self.onSearch = onSearch
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let envelope = unwrapInboundIn(data)
        guard let sender = envelope.remoteAddress.ipAddress.flatMap({ IPLiteral($0) }), near.contains(sender),
            let search = LocalSearch(Array(envelope.data.readableBytesView)), let answer = onSearch(search, sender)
        else { return }
        let bytes = ByteBuffer(bytes: answer.encoded(for: group, port: groupPort))
        context.writeAndFlush(
            wrapOutboundOut(AddressedEnvelope(remoteAddress: envelope.remoteAddress, data: bytes)), promise: nil)
    }

    /// A datagram that could not be delivered is no reason to stop listening.
    func errorCaught(context: ChannelHandlerContext, error: any Error) {}
}
