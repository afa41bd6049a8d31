public import Logging
public import NIOCore
public import NIOPosix
internal import NIOSSL
public import SwarmWire
internal import Synchronization
public import Transport

/// This process as a peer: its certificate, its limits, whom it has banned, what it gives. It dials and listens.
public final class PeerNode: Sendable {
    public let limits: PeerLimits
    public let bans = PeerBans()
    /// What connected peers tell of others, and what they are told.
    public let exchange = PeerExchange()
    let group: any EventLoopGroup
    let logger: Logger
    let identity: PeerIdentity
    let server: PeerServer?
    let table: ConnectionTable
    private let peerID = SwarmWire.PeerID.random()
    private let listeningPort = Mutex<UInt16?>(nil)

    /// Makes a node with a new certificate.
    /// - Parameters:
    ///   - library: what peers are served from, on connections in both directions; nil gives nothing.
    ///   - upload: what all peers together may be given, in place of the limits' rate.
    ///   - group: where connections live; it is not shut down by the node.
    public init(
        library: (any SeedLibrary)? = nil, limits: PeerLimits = PeerLimits(), upload: BandwidthLimit? = nil,
        group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton, logger: Logger
    ) throws {
        self.limits = limits
        self.group = group
        self.logger = logger
        identity = try PeerIdentity()
        let exchange = exchange
        server = library.map { PeerServer(library: $0, limits: limits, pace: upload, exchange: exchange) }
        table = ConnectionTable(limits: limits)
    }

    /// Tells peers what is new in the library, and of each other, until the task is cancelled. Serving needs no task of
    /// its own.
    public func run() async {
        guard let server else { return }
        await withDiscardingTaskGroup { group in
            group.addTask { await server.tellNews() }
            group.addTask { await server.exchangePeers() }
        }
    }

    /// Bytes of chunks and manifests that peers have got from us.
    public var sentBytes: Int { server?.statistics.sentBytes ?? 0 }

    var surroundings: PeerHandler.Surroundings {
        PeerHandler.Surroundings(
            limits: limits, identity: identity, peerID: peerID, listeningPort: listeningPort.withLock { $0 },
            server: server, bans: bans)
    }

    func note(listeningPort port: UInt16) { listeningPort.withLock { $0 = port } }

    /// Connects to a peer and waits until both sides have introduced themselves.
    /// - Parameter dialect: nil tries Shoal's, then zest's.
    /// - Throws: ``PeerError``.
    public func connect(to address: PeerAddress, dialect: PeerDialect? = nil) async throws -> PeerConnection {
        guard !bans.contains(address) else {
            throw PeerError(code: .banned, message: "\(address) was banned for what it sent before")
        }
        if let dialect { return try await dial(address, dialect) }
        do {
            return try await dial(address, .shoal)
        } catch let error as PeerError where error.mayBeAnotherDialect {
            // A peer of zest's kind closes when TLS begins.
            do {
                return try await dial(address, .zest)
            } catch is PeerError {
                throw error
            }
        }
    }

    private func dial(_ address: PeerAddress, _ dialect: PeerDialect) async throws -> PeerConnection {
        let ready = group.next().makePromise(of: PeerConnection.self)
        let (surroundings, identity) = (surroundings, identity)
        let bootstrap = ClientBootstrap(group: group)
            .connectTimeout(TimeAmount(limits.connectTimeout))
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelOption(.recvAllocator, value: PeerChannel.receiveAllocator)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if dialect == .shoal {
                        try channel.pipeline.syncOperations.addHandler(identity.makeHandler(isServer: false))
                    }
                    let facts = PeerFacts(dialect: dialect, address: address, isIncoming: false)
                    try channel.pipeline.syncOperations.addHandler(PeerHandler(facts, surroundings, ready: ready))
                }
            }
        let channel: any Channel
        do {
            channel = try await bootstrap.connect(host: address.host, port: Int(address.port)).get()
        } catch {
            let reason = PeerError(code: .unreachable, message: "no peer answers at \(address)", cause: error)
            ready.fail(reason)
            throw reason
        }
        return try await withTaskCancellationHandler {
            do {
                return try await ready.futureResult.get()
            } catch {
                if Task.isCancelled { throw CancellationError() }
                throw error
            }
        } onCancel: {
            channel.close(promise: nil)
        }
    }
}

/// Socket settings of connections between peers.
enum PeerChannel {
    /// Reads grow with what comes: a run takes few system calls.
    static let receiveAllocator = AdaptiveRecvByteBufferAllocator(minimum: 4 << 10, initial: 64 << 10, maximum: 1 << 20)
}
