internal import Agent
internal import Commands
internal import Logging
internal import Publish
internal import Swarm
internal import SwarmWire
internal import Transfer
internal import Transport

/// The way of downloads into Xet swarms.
enum SwarmDoor {
    /// Takes part in swarms for the duration of `body`, as `shoal pull` does, and asks the agent of this machine besides.
    /// - Parameter body: gets nil when there is nobody to ask.
    static func with<Result: Sendable>(
        _ engine: TransferEngine, _ transport: any HTTPTransport, _ logger: Logger,
        _ body: (SwarmOpening?) async throws -> Result
    ) async throws -> Result {
        guard let plan = try SwarmPlan.usual(besides: agent) else { return try await body(nil) }
        return try await plan.withPeers(transport: transport, upload: nil, logger: logger) { peers in
            try await body(opening(peers, engine) { _ in .everybody })
        }
    }

    /// Where the agent of this machine gives what it has found in caches.
    private static var agent: [PeerAddress] {
        guard let document = AgentClient()?.document, let port = UInt16(exactly: document.peerPort), port > 0 else {
            return []
        }
        return [PeerAddress(host: "127.0.0.1", port: port)]
    }

    /// For an agent, which has peers already.
    /// - Parameter isAnnounced: whether trackers or the DHT hear what is looked for, and so everybody.
    static func opening(
        _ peers: any PeerSource, _ engine: TransferEngine, _ policy: SeedPolicy, isAnnounced: Bool
    ) -> SwarmOpening {
        opening(peers, engine) { names in
            let reach = policy.reach(of: names)
            return reach == .neighbours && isAnnounced ? .nobody : reach
        }
    }

    private static func opening(
        _ peers: any PeerSource, _ engine: TransferEngine, reach: @escaping @Sendable ([String]) -> SeedReach
    ) -> SwarmOpening {
        { names, isPublic in
            guard reach(names) > .nobody else { return nil }
            // What not everybody may know of is asked of those who know a secret, where there is one.
            guard let admitted = isPublic ? peers : peers.forPrivateFiles else { return nil }
            return { admitted.open($0, by: engine) }
        }
    }
}
