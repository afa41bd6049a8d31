package import SwarmWire

/// How an engine behaves. Limits and encryption can be changed later, the rest is settled when it begins.
package struct EngineSettings: Sendable {
    package enum Encryption: String, Sendable, CaseIterable {
        /// Encrypted where the other side begins so, plain otherwise.
        case allowed
        /// Tried first.
        case preferred
        case required
        case off
    }

    /// The program's name and version, told to trackers and peers.
    package var userAgent = "shoal"
    /// IP addresses to listen on.
    package var addresses = ["0.0.0.0", "::"]
    /// 0 lets the system choose.
    package var port: UInt16 = 0

    package var usesDHT = true
    /// Nodes that the DHT begins with, which then belong to it; nil are the well-known routers, empty is nobody.
    package var nodes: [PeerAddress]?
    /// Only asks, and is no node for others: for those who live a few seconds.
    package var isReadOnlyNode = false
    /// What ``Libtorrent/dhtState()`` gave.
    package var dhtState: [UInt8]?

    package var usesPeerExchange = true
    package var usesLocalDiscovery = true
    package var usesUPnP = true
    package var usesNATPMP = true
    package var usesUTP = true
    package var encryption = Encryption.allowed

    /// Bytes per second; 0 is no limit.
    package var downloadLimit = 0
    package var uploadLimit = 0
    /// Of all torrents together.
    package var maxConnections = 200
    /// Bytes that wait for the disk at most, of all torrents together.
    package var diskQueue = 8 << 20
    /// Bytes kept ready for one peer at most.
    package var sendBuffer = 512 << 10

    /// A net of its own on one machine: listens on 127.0.0.1 alone, and its DHT takes nodes that share an address.
    package var isLoopback = false

    package init() {}

    /// What tests and private nets on one machine take.
    package static func loopback(nodes: [PeerAddress] = []) -> EngineSettings {
        var settings = EngineSettings()
        settings.isLoopback = true
        settings.addresses = ["127.0.0.1"]
        settings.nodes = nodes
        settings.usesLocalDiscovery = false
        settings.usesUPnP = false
        settings.usesNATPMP = false
        return settings
    }
}
