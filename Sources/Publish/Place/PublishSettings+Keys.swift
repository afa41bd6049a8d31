internal import PublishWire
internal import Torrents

extension PublishSettings {
    /// All keys, `section.name`.
    package static let keys: [String] = [
        "storage.base_dir", "storage.models_dir", "storage.torrents_dir", "storage.registry_dir", "storage.db_dir",
        "network.dht_enabled", "network.dht_bootstrap_nodes", "network.dht_port", "network.dht_for_models",
        "network.listen_port",
        "network.max_connections", "network.upload_rate_limit", "network.download_rate_limit",
        "network.disable_trackers", "network.disable_webtorrent", "network.disable_pex", "network.disable_lsd",
        "network.disable_port_mapping", "network.encryption", "network.catalog_refresh_interval_minutes",
        "daemon.bind_address", "daemon.port", "daemon.auto_start",
        "torrent.piece_length", "torrent.seed_ratio", "torrent.seed_time", "torrent.download_timeout",
        "ui.progress_bar", "ui.color", "ui.verbose", "ui.output_format",
        "security.sign_manifests", "security.verify_manifests", "security.verify_checksums", "security.keys_dir",
        "catalogue.refresh_interval_minutes", "catalogue.republish_interval_minutes", "catalogue.publish",
        "catalogue.label", "catalogue.max_publishers", "catalogue.max_entries", "catalogue.max_entries_per_publisher",
        "catalogue.max_followed", "catalogue.max_index_size", "catalogue.max_unknown_index_size",
        "catalogue.max_unknown_fetched", "catalogue.max_unknown_seeded", "catalogue.max_unknown_storage",
        "catalogue.fetches_at_once",
    ]

    /// Takes one value over.
    /// - Throws: ``ConfigFlaw`` for a key that does not exist, or a value of another type or out of range.
    mutating func set(_ key: String, _ value: ConfigValue) throws(ConfigFlaw) {
        switch key.prefix(while: { $0 != "." }) {
        case "storage", "security": try setPlace(key, value)
        case "network": try setNetwork(key, value)
        case "catalogue": try setCatalogue(key, value)
        default: try setConduct(key, value)
        }
    }

    private mutating func setPlace(_ key: String, _ value: ConfigValue) throws(ConfigFlaw) {
        switch key {
        case "storage.base_dir": storage.baseFolder = try value.path()
        case "storage.models_dir": storage.modelsFolder = try value.path()
        case "storage.torrents_dir": storage.torrentsFolder = try value.path()
        case "storage.registry_dir": storage.registryFolder = try value.path()
        case "storage.db_dir": storage.databaseFolder = try value.path()
        case "security.keys_dir": security.keysFolder = try value.path()
        case "security.sign_manifests": security.signsManifests = try value.flag()
        case "security.verify_manifests":
            if try !value.flag() {
                refuse(key, value, "a signature that is wrong is never accepted; what is unsigned is marked so")
            }
        case "security.verify_checksums":
            if try !value.flag() {
                refuse(key, value, "every byte from a stranger is checked; it costs less than the disk that it goes to")
            }
        default: throw value.unknown(key, among: Self.keys)
        }
    }

    private mutating func setNetwork(_ key: String, _ value: ConfigValue) throws(ConfigFlaw) {
        switch key {
        case "network.dht_enabled": network.usesDHT = try value.flag()
        case "network.dht_for_models": network.tellsModelsToDHT = try value.flag()
        case "network.dht_bootstrap_nodes": network.bootstrapNodes = try value.nodes()
        case "network.listen_port", "network.dht_port":
            let port = UInt16(try value.number(0...65_535))
            guard port == 0 || network.port == 0 || network.port == port else {
                throw value.flaw("the DHT and the peers share one port: give both keys the same, or one of them 0")
            }
            if port != 0 { network.port = port }
        case "network.max_connections": network.maximumConnections = try value.number(1...100_000)
        case "network.upload_rate_limit": network.uploadLimit = try value.rate()
        case "network.download_rate_limit": network.downloadLimit = try value.rate()
        case "network.disable_trackers": network.leavesOutTrackers = try value.flag()
        case "network.disable_webtorrent":
            if try !value.flag() { refuse(key, value, "the torrent engine does not speak to browsers") }
        case "network.disable_pex": network.usesPeerExchange = try !value.flag()
        case "network.disable_lsd": network.usesLocalDiscovery = try !value.flag()
        case "network.disable_port_mapping": network.mapsPorts = try !value.flag()
        case "network.encryption":
            guard let encryption = EngineSettings.Encryption(rawValue: try value.text()) else {
                let names = EngineSettings.Encryption.allCases.map(\.rawValue).joined(separator: ", ")
                throw value.flaw("it takes one of \(names)")
            }
            network.encryption = encryption
        case "network.catalog_refresh_interval_minutes": catalogue.refreshMinutes = try value.number(1...10_080)
        default: throw value.unknown(key, among: Self.keys)
        }
    }

    private mutating func setConduct(_ key: String, _ value: ConfigValue) throws(ConfigFlaw) {
        switch key {
        case "daemon.bind_address":
            let address = try value.text()
            if !["", "127.0.0.1", "localhost", "::1"].contains(address) {
                refuse(key, value, "the agent's API answers this machine alone, whatever address it is told")
            }
        case "daemon.port":
            let port = try value.number(0...65_535)
            daemon.port = port == 0 ? nil : port
        case "daemon.auto_start": daemon.startsByItself = try value.flag()
        case "torrent.piece_length":
            let length = try value.size()
            guard length == 0 || PieceLength.isUsable(length) else {
                throw value.flaw("it takes a power of two from 16 KiB to 64 MiB, or 0 for one chosen by size")
            }
            torrent.pieceLength = length == 0 ? nil : length
        case "torrent.seed_ratio": torrent.seedRatio = try value.ratio()
        case "torrent.seed_time": torrent.seedTime = try value.number(0...Int(Int32.max))
        case "torrent.download_timeout": torrent.downloadTimeout = try value.number(0...Int(Int32.max))
        case "ui.progress_bar": interface.showsProgress = try value.flag()
        case "ui.color": interface.usesColour = try value.flag()
        case "ui.verbose": interface.isVerbose = try value.flag()
        case "ui.output_format":
            let format = try value.text()
            guard ["text", "json"].contains(format) else { throw value.flaw("it takes text or json") }
            interface.printsJSON = format == "json"
        default: throw value.unknown(key, among: Self.keys)
        }
    }

    mutating func refuse(_ key: String, _ value: ConfigValue, _ reason: String) {
        refusals.append("\(key) on line \(value.line) is not done: \(reason)")
    }
}

/// Lengths of pieces that all clients take.
package enum PieceLength {
    package static func isUsable(_ bytes: Int) -> Bool {
        (16 << 10...64 << 20).contains(bytes) && bytes & (bytes - 1) == 0
    }
}
