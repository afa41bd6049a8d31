package import HubClient
package import Swarm
package import SwarmWire

/// What an agent is told when it begins.
package struct AgentSettings: Sendable {
    package var folder: AgentFolder
    /// Where the control API and the local hub answer; 0 takes a free port.
    package var httpPort = AgentSettings.defaultPort
    /// The upstream hub, with the user's login.
    package var hub: HubSettings
    package var version: String
    /// Nil where peers are switched off.
    package var swarm: SwarmSettings?
    /// Nil where peers are switched off.
    package var torrents: TorrentSettings?
    /// Folders of Hugging Face caches, links resolved.
    package var caches: [String]

    package static let defaultPort = 9847

    package init(folder: AgentFolder, hub: HubSettings, version: String, caches: [String]) {
        self.folder = folder
        self.hub = hub
        self.version = version
        self.caches = caches
    }
}

/// What an agent has to do with peers.
package struct SwarmSettings: Sendable {
    package var host = "::"
    package var port: UInt16 = SwarmSettings.usualPort
    /// Whether a free port will do where this one is taken, as by another user's agent or a torrent client.
    package var mayMove = false
    package var isLocal = true
    package var peers: [PeerAddress] = []
    package var trackers: [TrackerURL] = []
    package var secrets: [SwarmSecret] = []
    package var policy = SeedPolicy()
    /// Repositories to give, as shell patterns; all when there is none.
    package var repos: [String] = []
    /// Bytes per second of files that are cut into chunks while the machine has nothing else to do; 0 cuts none.
    package var idleBytesPerSecond = 200 << 20
    /// Where xorbs of zest are.
    package var zestCache: String?

    package static let usualPort: UInt16 = 6881

    package init() {}
}
