internal import ChunkStore
internal import HubClient
package import Logging
internal import Swarm
internal import SwarmWire
package import Transfer
package import Transport

extension SwarmPlan {
    /// Takes part in swarms for the duration of `body`.
    /// - Parameter upload: what all peers together may be given; nil for no limit.
    package func withPeers<Result: Sendable>(
        transport: any HTTPTransport, upload: BandwidthLimit?, logger: Logger,
        _ body: (any PeerSource) async throws -> Result
    ) async throws -> Result {
        let library = LocalSeedLibrary(shelf: nil, secrets: secret.map { [$0] } ?? [])
        let node = try PeerNode(library: library, upload: upload, logger: logger)
        // Others come by what they hear from trackers and this network, and of each other from a peer that all name.
        let listener = listens ? await Self.listen(node, logger) : nil
        var discoveries: [any PeerDiscovery] = []
        if !peers.isEmpty { discoveries.append(StaticPeers(peers)) }
        func trackerDiscovery() -> TrackerDiscovery {
            TrackerDiscovery(trackers, identity: NodeIdentity(), transport: transport, logger: logger)
        }
        if !trackers.isEmpty { discoveries.append(trackerDiscovery()) }
        if usesLocalNetwork { discoveries.append(LocalDiscovery(logger: logger)) }
        var settings = SwarmPeers.Settings()
        settings.isExclusive = isExclusive
        settings.secret = secret
        if let patience { settings.patience = patience }
        let swarm = SwarmPeers(
            node: node, library: library, discoveries: discoveries,
            xorbTrackers: trackers.isEmpty ? nil : trackerDiscovery(), listener: listener, settings: settings,
            logger: logger)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await swarm.run() }
            // Trackers are told goodbye before the group ends, which takes two seconds at most.
            defer { group.cancelAll() }
            return try await body(swarm)
        }
    }

    private static func listen(_ node: PeerNode, _ logger: Logger) async -> PeerListener? {
        do {
            return try await node.listen(port: 0)
        } catch {
            logger.warning("peers cannot come in", metadata: ["reason": "\(error)"])
            return nil
        }
    }
}
