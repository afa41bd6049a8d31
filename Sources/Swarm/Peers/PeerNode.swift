public import Logging
public import NIOCore
public import NIOPosix
public import SwarmWire

/// This process as a peer: its certificate, its limits, whom it has banned. It dials and listens.
public final class PeerNode: Sendable {
    public let limits: PeerLimits
    let group: any EventLoopGroup
    let logger: Logger

    /// Makes a node with a new certificate.
    /// - Parameter group: where connections live; it is not shut down by the node.
    public init(
        limits: PeerLimits = PeerLimits(), group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton,
        logger: Logger
    ) throws {
        self.limits = limits
        self.group = group
        self.logger = logger
    }

    /// Connects to a peer and waits until both sides have introduced themselves.
    /// - Parameter dialect: nil tries Shoal's, then zest's.
    /// - Throws: ``PeerError``.
    public func connect(to address: PeerAddress, dialect: PeerDialect? = nil) async throws -> PeerConnection {
        throw PeerError(code: .unreachable, message: "nobody can be reached yet")
    }
}
