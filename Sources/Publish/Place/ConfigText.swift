/// The text of a new `config.yaml`: every key with what it is for, those that are as usual behind a `#`.
package enum ConfigText {
    /// - Parameter path: `storage.base_dir`, when it is not the usual one.
    package static func make(path: String?) -> String {
        let base = path.map { "  base_dir: \(quoted($0))" } ?? "  # base_dir: ~/.local/share/shoal"
        return """
            # How Shoal publishes and fetches models without a hub. Written by 'shoal init'.
            # A key that is left out, or behind a '#', is as it stands here. SHOAL_HOME goes before storage.base_dir.

            storage:
              # The folder of all that follows.
            \(base)
              # models_dir: ""            # models that 'get' and 'mirror' bring; base_dir/models
              # torrents_dir: ""          # a copy of each torrent for other programs; base_dir/torrents
              # registry_dir: ""          # what is known of each model; base_dir/registry
              # db_dir: ""                # the catalogue; base_dir/catalogue

            network:
              # dht_enabled: true         # find others, and be found, without a tracker
              # dht_for_models: false     # announce what is given to peers (not torrents) in the DHT too
              # dht_bootstrap_nodes: []   # HOST:PORT of nodes to begin with, for a net of your own
              # dht_port: 0               # the same as listen_port: the DHT and the peers share one
              # listen_port: 0            # 0: any free port, so that several commands run at once
              # max_connections: 200
              # upload_rate_limit: 0      # bytes per second, such as 1048576 or 1M; 0: no limit
              # download_rate_limit: 0
              # disable_trackers: false   # true: leave out trackers that torrents and links name
              # disable_pex: false        # true: peers do not tell each other of peers
              # disable_lsd: false        # true: do not look for peers on this network
              # disable_port_mapping: false # true: do not ask the router to let peers in
              # encryption: allowed       # of connections: allowed, preferred, required or off
              # disable_webtorrent: true  # browsers are not spoken to

            daemon:
              # auto_start: true          # commands that need the agent start it
              # port: 9847                # of the agent's API, on this machine alone
              # bind_address: 127.0.0.1

            torrent:
              # piece_length: 0           # a power of two such as 4M; 0: chosen by size
              # seed_ratio: 0             # stop after giving so many times a model's size; 0: never
              # seed_time: 0              # stop after so many seconds; 0: never
              # download_timeout: 0       # give up after so many seconds without a byte; 0: never

            ui:
              # progress_bar: true
              # color: true
              # verbose: false            # true: log what happens
              # output_format: text       # json: as with --json

            security:
              # sign_manifests: true
              # verify_manifests: true    # always
              # verify_checksums: true    # always
              # keys_dir: ""              # base_dir/keys

            catalogue:
              # publish: true             # tell others what you share
              # label: ""                 # what you call yourself; shown beside your key
              # refresh_interval_minutes: 30
              # republish_interval_minutes: 50
              # How much of what others publish is taken and kept. "unknown" are publishers that you neither follow
              # nor trust.
              # max_publishers: 4096      # whose indexes are searched
              # max_entries: 1000000      # of all indexes together
              # max_entries_per_publisher: 100000
              # max_followed: 10000       # publishers that may be followed
              # max_index_size: 16M       # of one index
              # max_unknown_index_size: 4M
              # max_unknown_fetched: 64   # indexes in one search; 0: none
              # max_unknown_seeded: 64    # indexes that are given on
              # max_unknown_storage: 256M # of all their indexes on disk
              # fetches_at_once: 4        # indexes

            """
    }

    private static func quoted(_ text: String) -> String {
        "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
    }

    package static let readme = """
        Models that Shoal has fetched: ORG/NAME/… in the layout of Hugging Face, so that programs can load them from \
        here. What Shoal knows about them stands in the registry beside this folder.

        """
}
