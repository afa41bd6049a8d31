package import Torrents

/// What `config.yaml` says about publishing. Names and defaults are Silmaril's where it has the key.
package struct PublishSettings: Sendable, Hashable {
    package struct Storage: Sendable, Hashable {
        package var baseFolder: String?
        package var modelsFolder: String?
        package var torrentsFolder: String?
        package var registryFolder: String?
        /// Silmaril's `db_dir`: where the catalogue is kept.
        package var databaseFolder: String?
    }

    package struct Network: Sendable, Hashable {
        package var usesDHT = true
        /// Whether the agent's DHT is told of public files in the caches too.
        package var tellsModelsToDHT = false
        /// Nodes of the DHT to begin with, `HOST:PORT`; nil is the engine's own list.
        package var bootstrapNodes: [String]?
        /// Where peers come in, and the DHT too; 0 is any free port. Silmaril's `dht_port` says the same.
        package var port: UInt16 = 0
        package var maximumConnections = 200
        /// Bytes per second; 0 is no limit.
        package var uploadLimit = 0
        package var downloadLimit = 0
        /// Whether trackers that torrents and links name are left out; those of a command line count.
        package var leavesOutTrackers = false
        package var usesPeerExchange = true
        package var usesLocalDiscovery = true
        /// Whether the router is asked to let peers in (UPnP, NAT-PMP).
        package var mapsPorts = true
        /// Of connections between peers.
        package var encryption = EngineSettings.Encryption.allowed
    }

    package struct Daemon: Sendable, Hashable {
        /// Of the agent's API; nil is the agent's own default.
        package var port: Int?
        /// Whether commands that need the agent start it.
        package var startsByItself = true
    }

    package struct Torrent: Sendable, Hashable {
        /// Nil is chosen by size.
        package var pieceLength: Int?
        /// Given bytes per byte of the model after which seeding ends; 0 never.
        package var seedRatio = 0.0
        /// Seconds of seeding after which it ends; 0 never.
        package var seedTime = 0
        /// Seconds without a byte after which a download is given up; 0 never.
        package var downloadTimeout = 0
    }

    package struct Interface: Sendable, Hashable {
        package var showsProgress = true
        package var usesColour = true
        package var isVerbose = false
        package var printsJSON = false
    }

    package struct Security: Sendable, Hashable {
        package var signsManifests = true
        package var keysFolder: String?
    }

    package struct Catalogue: Sendable, Hashable {
        /// Minutes after which indexes of others are looked at again.
        package var refreshMinutes = 30
        /// Minutes after which the own root is put into the DHT again.
        package var republishMinutes = 50
        /// Whether the own index is published.
        package var isPublished = true
        /// What the publisher calls itself.
        package var label: String?
        package var limits = CatalogueLimits()
    }

    package var storage = Storage()
    package var network = Network()
    package var daemon = Daemon()
    package var torrent = Torrent()
    package var interface = Interface()
    package var security = Security()
    package var catalogue = Catalogue()

    /// What the file asks for and does not get, with the reason: one sentence each.
    package var refusals: [String] = []

    package init() {}
}

extension PublishSettings {
    /// Where the file is when `SHOAL_PUBLISH_CONFIG` names no other.
    package static func usualPath(environment: [String: String], home: String) -> String {
        if let own = environment["SHOAL_PUBLISH_CONFIG"], !own.isEmpty {
            return FolderPath.absolute(own, home: home)
        }
        let folder = environment["XDG_CONFIG_HOME"].flatMap { $0.hasPrefix("/") ? $0 : nil }
        return (folder ?? home + "/.config") + "/shoal/config.yaml"
    }
}
