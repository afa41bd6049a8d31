/// What is spoken on a connection.
public enum PeerDialect: Sendable, Hashable {
    /// Shoal's messages inside TLS (docs/swarm.md): files and runs of chunks.
    case shoal
    /// zest's messages without encryption (p2p.md §1.7): whole xorbs, or ranges of their chunks.
    case zest
}
