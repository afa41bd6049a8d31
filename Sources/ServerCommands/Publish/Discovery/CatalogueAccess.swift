internal import Agent
internal import Commands
internal import Logging
internal import Publish
internal import PublishWire
internal import SwarmWire
internal import Torrents

/// What a command needs to search the catalogue by itself.
struct CatalogueAccess: Sendable {
    let discoverer: Discoverer
    let roots: RootBook

    /// - Parameters:
    ///   - engine: whose DHT is asked; nil for what is on this machine.
    ///   - reachesLocal: whether peers inside this site may be called: only in a DHT of one's own.
    init(_ session: PublishSession, engine: (any TorrentEngine)?, reachesLocal: Bool, logger: Logger) {
        let folder = CatalogueFolder(session.folder)
        let roots = RootBook(folder: folder)
        let gossip = engine.map {
            RootGossip(
                engine: $0, channel: SocketGossip.calling(), book: roots, reachesLocal: reachesLocal, logger: logger)
        }
        self.roots = roots
        // Of rules that cannot be read it is not known what they forbid; the agent refuses to begin with them.
        let policy = try? ShareRules().policy
        discoverer = Discoverer(
            engine: engine, folder: folder, roots: roots, gossip: gossip, trust: FolderTrust(session.folder),
            signer: FolderSigner(session.folder, label: session.settings.catalogue.label),
            models: RegistryModels(session.registry, reach: { policy?.reach(of: $0) ?? .nobody }),
            limits: session.settings.catalogue.limits, logger: logger)
    }

    /// Whether all nodes that the DHT begins with are on this site.
    static func isLocal(_ nodes: [PeerAddress]?) -> Bool {
        guard let nodes, !nodes.isEmpty else { return false }
        return nodes.allSatisfy { $0.literal?.isLocal ?? false }
    }

    /// Opens an engine that asks the DHT for a moment, and is no node of it.
    /// - Parameter nodes: `--dht-node`, which go before those of the settings.
    static func engineSettings(_ session: PublishSession, nodes: [String]) throws -> EngineSettings {
        let addresses = try nodes.map { text throws(CommandFailure) in
            guard let address = PeerAddress(text) else {
                throw .usage("--dht-node takes HOST:PORT, not '\(text)'", hint: "for example 192.0.2.7:6881")
            }
            return address
        }
        guard session.settings.network.usesDHT || !addresses.isEmpty else {
            throw CommandFailure(
                code: "dht_off", message: "the DHT is switched off by network.dht_enabled",
                hint: "search what is on this machine with --offline, or name a node with --dht-node")
        }
        var settings = session.settings
        if !nodes.isEmpty {
            settings.network.usesDHT = true
            settings.network.bootstrapNodes = nodes
        }
        var engine = settings.engine(userAgent: "shoal/\(ShoalVersion.current)")
        engine.port = 0
        engine.isReadOnlyNode = true
        engine.usesLocalDiscovery = false
        engine.usesUPnP = false
        engine.usesNATPMP = false
        return engine
    }
}
