public import SwarmWire

/// The peers that the user names, for every swarm.
public struct StaticPeers: PeerDiscovery {
    private let addresses: [PeerAddress]

    public init(_ addresses: [PeerAddress]) { self.addresses = addresses }

    public func peers(for swarm: SwarmID, announcing state: AnnounceState) -> AsyncStream<[PeerAddress]> {
        AsyncStream { continuation in
            if !addresses.isEmpty { continuation.yield(addresses) }
            continuation.finish()
        }
    }
}
