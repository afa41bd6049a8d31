internal import SwarmWire
package import Torrents

extension PublishSettings {
    /// How an engine behaves by these settings.
    package func engine(userAgent: String) -> EngineSettings {
        var engine = EngineSettings()
        engine.userAgent = userAgent
        engine.port = network.port
        engine.usesDHT = network.usesDHT
        engine.nodes = network.bootstrapNodes?.compactMap { PeerAddress($0) }
        engine.maxConnections = network.maximumConnections
        engine.uploadLimit = network.uploadLimit
        engine.downloadLimit = network.downloadLimit
        engine.usesPeerExchange = network.usesPeerExchange
        engine.usesLocalDiscovery = network.usesLocalDiscovery
        engine.encryption = network.encryption
        engine.usesUPnP = network.mapsPorts
        engine.usesNATPMP = network.mapsPorts
        // Only nodes of this machine: a net of its own, as tests have it.
        if let nodes = engine.nodes, !nodes.isEmpty, nodes.allSatisfy({ ["127.0.0.1", "::1"].contains($0.host) }) {
            engine.isLoopback = true
            engine.addresses = ["127.0.0.1"]
            engine.usesLocalDiscovery = false
            engine.usesUPnP = false
            engine.usesNATPMP = false
        }
        return engine
    }

    /// An engine that only makes and checks torrents: nobody hears of it.
    package static var quietEngine: EngineSettings {
        var engine = EngineSettings.loopback()
        engine.usesDHT = false
        engine.usesPeerExchange = false
        return engine
    }
}
