import Publish
import PublishWire
import Testing

@Suite("The settings file")
struct PublishSettingsTests {
    private func read(_ text: String) throws -> PublishSettings {
        try PublishSettings(parsing: Array(text.utf8), of: "config.yaml")
    }

    private func fault(_ text: String) -> PublishError? {
        do throws(PublishError) {
            _ = try PublishSettings(parsing: Array(text.utf8), of: "config.yaml")
            return nil
        } catch {
            return error
        }
    }

    @Test("An empty file, and the one that init writes, leave everything as usual")
    func usual() throws {
        #expect(try read("") == PublishSettings())
        #expect(try read(ConfigText.make(path: nil)) == PublishSettings())
        var named = PublishSettings()
        named.storage.baseFolder = "/data/my \"models\""
        #expect(try read(ConfigText.make(path: "/data/my \"models\"")) == named)
    }

    @Test("Every key of the file that init writes is one that is read, and the other way round")
    func complete() {
        let text = ConfigText.make(path: nil)
        for key in PublishSettings.keys where key != "network.catalog_refresh_interval_minutes" {
            let name = String(key.split(separator: ".")[1])
            #expect(text.contains("# \(name):"), "\(key)")
        }
    }

    @Test("A configuration of Silmaril is taken as it is")
    func silmaril() throws {
        let settings = try read(
            """
            storage:
              base_dir: ~/.silmaril
              models_dir: ""
            network:
              dht_enabled: true
              dht_bootstrap_nodes:
                - "router.example.org:6881"
              dht_port: 0
              listen_port: 7000
              max_connections: 50
              upload_rate_limit: 1048576
              download_rate_limit: 2M
              disable_trackers: true
              disable_webtorrent: true
              disable_pex: true
              catalog_refresh_interval_minutes: 10
            daemon:
              bind_address: 0.0.0.0
              port: 8737
              auto_start: false
            torrent:
              piece_length: 4194304
              seed_ratio: 1.5
              seed_time: 60
              download_timeout: 1800
            ui:
              progress_bar: false
              color: false
              verbose: true
              output_format: json
            security:
              sign_manifests: false
              verify_manifests: true
              verify_checksums: false
              keys_dir: /keys
            """)
        #expect(settings.storage.baseFolder == "~/.silmaril" && settings.storage.modelsFolder == nil)
        #expect(settings.network.bootstrapNodes == ["router.example.org:6881"] && settings.network.port == 7000)
        #expect(settings.network.maximumConnections == 50 && settings.network.uploadLimit == 1 << 20)
        #expect(settings.network.downloadLimit == 2 << 20 && settings.network.leavesOutTrackers)
        #expect(!settings.network.usesPeerExchange && settings.catalogue.refreshMinutes == 10)
        #expect(settings.daemon.port == 8737 && !settings.daemon.startsByItself)
        #expect(settings.torrent.pieceLength == 4 << 20 && settings.torrent.seedRatio == 1.5)
        #expect(settings.torrent.seedTime == 60 && settings.torrent.downloadTimeout == 1800)
        #expect(!settings.interface.showsProgress && !settings.interface.usesColour)
        #expect(settings.interface.isVerbose && settings.interface.printsJSON)
        #expect(!settings.security.signsManifests && settings.security.keysFolder == "/keys")
        // Two things are not done, and said with their lines.
        #expect(settings.refusals.count == 2, "\(settings.refusals)")
        #expect(settings.refusals.contains { $0.contains("security.verify_checksums on line 34") })
        #expect(settings.refusals.contains { $0.contains("daemon.bind_address on line 18") })
    }

    @Test(
        "What is wrong is told with key and line",
        arguments: [
            ("network:\n  dht_enabld: true\n", ":2", "network.dht_enabld"),
            ("netwrk:\n  dht_enabled: true\n", ":1", "netwrk"),
            ("network:\n  dht_enabled: \"true\"\n", ":2", "network.dht_enabled"),
            ("network:\n  listen_port: 70000\n", ":2", "network.listen_port"),
            ("network:\n  listen_port: 1000\n  dht_port: 1001\n", ":3", "network.dht_port"),
            ("network:\n  dht_bootstrap_nodes: [\"host\"]\n", ":2", "network.dht_bootstrap_nodes"),
            ("torrent:\n  piece_length: 5000000\n", ":2", "torrent.piece_length"),
            ("storage:\n  base_dir: relative/path\n", ":2", "storage.base_dir"),
            ("storage: 7\n", ":1", "storage"),
            ("catalogue:\n  max_entries: 0\n", ":2", "catalogue.max_entries"),
            ("catalogue:\n  max_publishers: 5000\n", ":2", "catalogue.max_publishers"),
            ("catalogue:\n  max_index_size: 17M\n", ":2", "catalogue.max_index_size"),
            ("catalogue:\n  fetches_at_once: 0\n", ":2", "catalogue.fetches_at_once"),
            ("catalogue:\n  max_unknown_fetched: many\n", ":2", "catalogue.max_unknown_fetched"),
            ("network:\n  dht_enabled: true\n  dht_enabled: false\n", ":", "twice"),
            ("network: [\n", ":", "cannot be used"),
            ("network: &a\n  dht_enabled: true\nui: *a\n", ":1", "aliases"),
            ("\u{1}", ":1", "no YAML"),
        ])
    func wrong(text: String, line: String, words: String) throws {
        let error = try #require(fault(text))
        #expect(error.code == .badConfig && error.message.contains("config.yaml" + line), "\(error.message)")
        #expect(error.message.contains(words), "\(error.message)")
    }

    @Test("Limits of the catalogue are read, with sizes as people write them")
    func limits() throws {
        let settings = try read(
            """
            catalogue:
              max_publishers: 10
              max_entries: 1000
              max_entries_per_publisher: 100
              max_followed: 3
              max_index_size: 1M
              max_unknown_index_size: 64K
              max_unknown_fetched: 0
              max_unknown_seeded: 2
              max_unknown_storage: 8M
              fetches_at_once: 1
            """)
        var limits = CatalogueLimits()
        (limits.publishers, limits.entries, limits.entriesOfOne, limits.followed) = (10, 1_000, 100, 3)
        (limits.indexBytes, limits.strangersIndexBytes, limits.strangersFetched) = (1 << 20, 64 << 10, 0)
        (limits.strangersSeeded, limits.strangersBytes, limits.fetchesAtOnce) = (2, 8 << 20, 1)
        #expect(settings.catalogue.limits == limits)
        var book = TrustBook()
        for _ in 0..<3 { try limits.follow(SigningKey().publicKey, in: &book, at: 1) }
        #expect(throws: PublishError.self) { try limits.follow(SigningKey().publicKey, in: &book, at: 1) }
        let known = try #require(book.followed.keys.first)
        try limits.follow(known, in: &book, at: 2)
        #expect(book.followed.count == 3)
    }

    @Test("A file that nests without end is refused before it is parsed")
    func deep() throws {
        for text in [
            "ui: " + String(repeating: "[", count: 20_000), String(repeating: "- ", count: 20_000),
            (0..<200).map { String(repeating: " ", count: $0) + "a:\n" }.joined(),
        ] {
            let error = try #require(fault(text))
            #expect(error.message.contains("nested too deeply"))
        }
    }

    @Test("SHOAL_HOME goes before the file, the file before XDG_DATA_HOME")
    func places() throws {
        var settings = PublishSettings()
        func path(_ environment: [String: String]) -> String {
            PublishFolder(settings, environment: environment, home: "/home/u").path
        }
        #expect(path([:]) == "/home/u/.local/share/shoal")
        #expect(path(["XDG_DATA_HOME": "/x"]) == "/x/shoal")
        settings.storage.baseFolder = "~/models"
        #expect(path(["XDG_DATA_HOME": "/x"]) == "/home/u/models")
        #expect(path(["SHOAL_HOME": "/h/../h2"]) == "/h2")
        settings.storage.modelsFolder = "/big/models"
        let folder = PublishFolder(settings, environment: ["SHOAL_HOME": "/h"], home: "/home/u")
        #expect(folder.models == "/big/models" && folder.registry == "/h/registry")
    }
}
