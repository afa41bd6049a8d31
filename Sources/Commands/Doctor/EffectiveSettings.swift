internal import HubClient
internal import Logging
internal import Transport
internal import Xet

/// What counts in a run, and where each value comes from: a flag, a variable, the settings file, or nobody.
struct EffectiveSettings: Encodable {
    struct Entry: Encodable {
        var name: String
        var value: String
        var source: String
    }

    private(set) var entries: [Entry] = []

    /// - Parameters:
    ///   - hub: the flags of the command line.
    ///   - settings: what they and the environment come to.
    init(_ hub: HubOptions, _ settings: HubSettings) {
        let network = settings.network
        func rate(_ schedule: RateSchedule?) -> String {
            guard let schedule else { return "none" }
            let now = schedule.rate(at: .current()).map { "\($0) bytes/s" } ?? "none"
            return schedule.periods.isEmpty ? now : now + " now, with a schedule"
        }
        for endpoint in settings.endpoints {
            add(
                "endpoint", TransportError.withoutQuery(endpoint), "HF_ENDPOINT",
                flag: hub.endpoint.isEmpty ? nil : "--endpoint")
        }
        entries.append(
            Entry(name: "token", value: settings.token == nil ? "none" : "yes", source: Self.tokenSource(hub, settings))
        )
        add("token file", settings.tokenPath, "HF_TOKEN_PATH", "HF_HOME")
        add("cache", settings.cacheDirectory, "HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "HF_HOME", "XDG_CACHE_HOME")
        add("state", Environment.stateDirectory, "XDG_STATE_HOME")
        add("index size", "\(Environment.indexBytes ?? 2 << 30) bytes", "SHOAL_INDEX_SIZE")
        add(
            "limit rate", rate(network.downloadLimit), "SHOAL_LIMIT_RATE",
            flag: hub.network.limitRate.map { _ in "--limit-rate" })
        add(
            "limit upload", rate(network.uploadLimit), "SHOAL_LIMIT_UPLOAD",
            flag: hub.network.limitUpload.map { _ in "--limit-upload" })
        add(
            "CA file", network.authorityFile ?? "none", "SHOAL_CA_FILE",
            flag: hub.network.caFile.map { _ in "--ca-file" })
        for variable in ["SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"] {
            if let value = Environment[variable], !value.isEmpty { add("authorities", value, variable) }
        }
        for rule in network.rewrites {
            add(
                "rewrite",
                "\(TransportError.withoutQuery(rule.from)) -> \(TransportError.withoutQuery(rule.to))",
                "SHOAL_REWRITE_URLS",
                flag: hub.network.rewriteURL.contains { URLRewrite(parsing: $0) == rule } ? "--rewrite-url" : nil)
        }
        if let socket = network.storageSocket { add("storage socket", socket, "HF_XET_CLIENT_UNIX_SOCKET_PATH") }
        for name in ["http_proxy", "https_proxy", "all_proxy", "no_proxy"] {
            for variable in [name, name.uppercased()] {
                guard let value = Environment[variable], !value.isEmpty else { continue }
                add(name.replacing("_", with: " "), TransportError.withoutQuery(value), variable)
                break
            }
        }
        add("network", settings.isOffline ? "off" : "on", "HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE")
        add("xet", settings.disablesXet ? "off" : "on", "HF_HUB_DISABLE_XET")
        add("links", settings.disablesSymlinks ? "off" : "on", "HF_HUB_DISABLE_SYMLINKS")
        addPeers()
        let log = LogSettings.current
        add(
            "log level", log.level?.rawValue ?? "none", "SHOAL_LOG", "HF_DEBUG", "HF_HUB_VERBOSITY",
            flag: hub.logs.logLevel.map { _ in "--log-level" })
        add("log file", log.file ?? "none", "SHOAL_LOG_FILE", flag: hub.logs.logFile.map { _ in "--log-file" })
        add("kernels", KernelLevel.active.rawValue, "SHOAL_KERNELS")
        entries.append(
            Entry(
                name: "settings file", value: ConfigFile.current.path,
                source: ConfigFile.current.values.keys.allSatisfy(ConfigFile.current.ofSite.contains)
                    ? "none there" : "read"))
        if !ConfigFile.site.values.isEmpty {
            entries.append(Entry(name: "machine's file", value: ConfigFile.site.path, source: "read"))
        }
    }

    /// What is said about peers; a value that cannot be used is shown as it is, for it is an error.
    private mutating func addPeers() {
        func text(_ variable: String) -> String? {
            Environment[variable].flatMap { $0.isEmpty ? nil : RunSecrets.byForm($0) }
        }
        func isOn(_ variable: String) -> Bool? { text(variable).flatMap { SettingValue.truth(of: $0) } }
        add("peer to peer", isOn("SHOAL_P2P") == false ? "off" : "on", "SHOAL_P2P")
        if isOn("SHOAL_P2P_ONLY") == true { add("peers only", "yes", "SHOAL_P2P_ONLY") }
        for (name, variable) in [
            ("peers", "SHOAL_PEERS"), ("trackers", "SHOAL_TRACKERS"), ("listen", "SHOAL_LISTEN"),
            ("seed rules", "SHOAL_SEED_RULES"), ("seed caches", "SHOAL_SEED_CACHES"),
            ("swarm secrets", "SHOAL_SWARM_SECRETS"), ("HTTP port", "SHOAL_HTTP_PORT"),
            ("agent folder", "SHOAL_AGENT_DIR"),
        ] {
            if let value = text(variable) { add(name, value, variable) }
        }
    }

    private mutating func add(_ name: String, _ value: String, _ variables: String..., flag: String? = nil) {
        entries.append(
            Entry(
                name: name, value: value,
                source: flag ?? Self.source(of: variables, own: Environment.ofProcess, file: ConfigFile.current)))
    }

    /// Which of some variables counts, the strongest first: one of the process, or one that the settings file stands for.
    static func source(of variables: [String], own: [String: String], file: ConfigFile) -> String {
        let fromFile = file.values(beside: own)
        for variable in variables {
            if fromFile[variable] != nil { return file.ofSite.contains(variable) ? "machine's file" : "settings file" }
            guard let value = own[variable], !value.isEmpty else { continue }
            let isPeers = variable != "HF_ENDPOINT" && SettingValue.strict.contains(variable)
            if isPeers || SettingValue.expected(of: variable, in: value) == nil { return variable }
        }
        return "default"
    }

    private static func tokenSource(_ hub: HubOptions, _ settings: HubSettings) -> String {
        if hub.token == nil, Environment["HF_OIDC_RESOURCE"].map({ !$0.isEmpty }) == true { return "HF_OIDC_RESOURCE" }
        guard settings.token != nil else { return "nobody is logged in" }
        return switch hub.tokenSource(environment: Environment.variables) {
        case .option: "--token"
        case .environment(let name): name
        case .savedLogin, .prompt: settings.tokenPath
        }
    }
}
