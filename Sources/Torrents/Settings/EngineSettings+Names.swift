/// A setting by libtorrent's name for it.
struct NamedSetting: Sendable {
    enum Value: Sendable {
        case text(String)
        case number(Int)
    }

    let name: String
    let value: Value

    init(_ name: String, _ text: String) {
        self.name = name
        value = .text(text)
    }

    init(_ name: String, _ number: Int) {
        self.name = name
        value = .number(number)
    }

    init(_ name: String, _ flag: Bool) {
        self.init(name, flag ? 1 : 0)
    }
}

extension EngineSettings {
    var named: [NamedSetting] { network + discovery + dht + bounds + (isLoopback ? Self.ofLoopback : []) }

    static func limits(download: Int, upload: Int) -> [NamedSetting] {
        // libtorrent counts in 32 bits.
        [
            NamedSetting("download_rate_limit", min(max(download, 0), Int(Int32.max))),
            NamedSetting("upload_rate_limit", min(max(upload, 0), Int(Int32.max))),
        ]
    }

    private var network: [NamedSetting] {
        let listeners = addresses.map { $0.contains(":") ? "[\($0)]:\(port)" : "\($0):\(port)" }
        return [
            NamedSetting("user_agent", userAgent),
            NamedSetting("handshake_client_version", userAgent),
            NamedSetting("listen_interfaces", listeners.joined(separator: ",")),
            // Only where TCP reaches nobody.
            NamedSetting("enable_outgoing_utp", false),
            NamedSetting("enable_incoming_utp", usesUTP),
            // One who is told of by trackers of several tiers is found sooner.
            NamedSetting("announce_to_all_trackers", true),
            NamedSetting("announce_to_all_tiers", true),
        ] + encryption.named
    }

    private var discovery: [NamedSetting] {
        [
            NamedSetting("enable_lsd", usesLocalDiscovery),
            NamedSetting("enable_upnp", usesUPnP),
            NamedSetting("enable_natpmp", usesNATPMP),
        ]
    }

    private var dht: [NamedSetting] {
        [
            NamedSetting("enable_dht", usesDHT),
            // Routers are asked but never become nodes: those that the user names are told as nodes instead.
            NamedSetting("dht_bootstrap_nodes", nodes == nil ? Self.routers : ""),
            NamedSetting("dht_read_only", isReadOnlyNode),
            // Items are kept as long as BEP 44 asks for, not for ever.
            NamedSetting("dht_item_lifetime", 2 * 60 * 60),
        ]
    }

    private static let routers =
        "dht.libtorrent.org:25401,router.bittorrent.com:6881,dht.transmissionbt.com:6881,dht.aelitis.com:6881"

    private var bounds: [NamedSetting] {
        Self.limits(download: downloadLimit, upload: uploadLimit) + [
            NamedSetting("connections_limit", maxConnections),
            // What is urgent goes before all else from the first piece on.
            NamedSetting("initial_picker_threshold", 0),
            // Shoal itself says what runs and what waits.
            NamedSetting("active_downloads", -1),
            NamedSetting("active_seeds", -1),
            NamedSetting("active_checking", 1),
            NamedSetting("active_dht_limit", -1),
            NamedSetting("active_tracker_limit", -1),
            NamedSetting("active_lsd_limit", -1),
            NamedSetting("active_limit", -1),
            NamedSetting("max_queued_disk_bytes", diskQueue),
            NamedSetting("send_buffer_watermark", sendBuffer),
            NamedSetting("max_metadata_size", 16 << 20),
            // Events that overflow are lost.
            NamedSetting("alert_queue_size", 100_000),
        ]
    }

    /// Many nodes and peers share one address there.
    private static let ofLoopback: [NamedSetting] = [
        NamedSetting("dht_restrict_routing_ips", false),
        NamedSetting("dht_restrict_search_ips", false),
        NamedSetting("dht_enforce_node_id", false),
        NamedSetting("dht_prefer_verified_node_ids", false),
        NamedSetting("dht_ignore_dark_internet", false),
        NamedSetting("dht_block_ratelimit", 1_000),
        NamedSetting("dht_upload_rate_limit", 1_000_000),
        NamedSetting("allow_multiple_connections_per_ip", true),
        NamedSetting("min_reconnect_time", 1),
    ]
}

extension EngineSettings.Encryption {
    /// libtorrent's numbers: whom it takes and dials (0 only encrypted, 1 both, 2 only plain), what of the stream is
    /// encrypted (2 all, 3 either), and whether all is preferred.
    var named: [NamedSetting] {
        let (policy, level, prefersAll): (Int, Int, Bool) =
            switch self {
            case .allowed: (1, 3, false)
            case .preferred: (1, 3, true)
            case .required: (0, 2, true)
            case .off: (2, 3, false)
            }
        return [
            NamedSetting("out_enc_policy", policy),
            NamedSetting("in_enc_policy", policy),
            NamedSetting("allowed_enc_level", level),
            NamedSetting("prefer_rc4", prefersAll),
        ]
    }
}
