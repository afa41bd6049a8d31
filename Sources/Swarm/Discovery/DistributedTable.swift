public import SwarmWire

/// The seam for the mainline DHT (BEP 5): what a node of it does for the swarm.
public protocol DistributedTable: Sendable {
    /// Looks for peers until the stream is let go of.
    func lookUp(_ swarm: SwarmID) -> AsyncStream<[PeerAddress]>

    /// Tells that this node is in a swarm, once.
    func announce(_ swarm: SwarmID, port: UInt16) async
}

/// Finds peers in a distributed table, which everybody can read: only for swarms whose id everybody may know.
public struct DistributedDiscovery: PeerDiscovery {
    private let table: any DistributedTable
    private let interval: Duration

    /// - Parameter interval: between two announces of one swarm.
    public init(_ table: any DistributedTable, interval: Duration = .seconds(1_200)) {
        self.table = table
        self.interval = interval
    }

    public func peers(for swarm: SwarmID, announcing state: AnnounceState) -> AsyncStream<[PeerAddress]> {
        AsyncStream(bufferingPolicy: .bufferingNewest(16)) { continuation in
            guard state.reach == .open else {
                continuation.finish()
                return
            }
            // Cancelled when the stream is let go of.
            let work = Task {
                await withDiscardingTaskGroup { group in
                    group.addTask {
                        while !Task.isCancelled {
                            if let port = state.facts.port { await table.announce(swarm, port: port) }
                            try? await Task.sleep(for: interval)
                        }
                    }
                    for await found in table.lookUp(swarm) {
                        // A table that anybody writes into must not lead into this site's network.
                        let peers = found.filter { $0.literal.map { !$0.isLocal } ?? false }
                        if !peers.isEmpty { continuation.yield(peers) }
                    }
                }
            }
            continuation.onTermination = { _ in work.cancel() }
        }
    }
}
