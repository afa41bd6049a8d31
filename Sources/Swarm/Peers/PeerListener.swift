public import SwarmWire

/// A port on which peers of both dialects come in: the first byte tells which.
public final class PeerListener: Sendable {
    /// Where it listens; the port is the real one if 0 was asked for.
    public let address: PeerAddress
    /// Peers that have come, once they have introduced themselves. They are served whether or not anybody looks here;
    /// of those that nobody looks at, the oldest are left out.
    public let connections: AsyncStream<PeerConnection>

    init(address: PeerAddress, connections: AsyncStream<PeerConnection>) {
        self.address = address
        self.connections = connections
    }
}
