#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The user's settings file, `$XDG_CONFIG_HOME/shoal/config.json` or `~/.config/shoal/config.json`: one JSON object,
/// each key of which stands for an environment variable. A variable that is set goes before the file, a flag before both.
struct ConfigFile: Sendable {
    /// The variable that a key stands for.
    static let keys: [String: String] = [
        "endpoint": "HF_ENDPOINT", "cache": "HF_HUB_CACHE", "token_path": "HF_TOKEN_PATH", "offline": "HF_HUB_OFFLINE",
        "limit_rate": "SHOAL_LIMIT_RATE", "limit_upload": "SHOAL_LIMIT_UPLOAD", "ca_file": "SHOAL_CA_FILE",
        "rewrite_urls": "SHOAL_REWRITE_URLS", "cas_socket": "HF_XET_CLIENT_UNIX_SOCKET_PATH",
        "log_file": "SHOAL_LOG_FILE", "log_level": "SHOAL_LOG", "log_format": "SHOAL_LOG_FORMAT",
        "index_size": "SHOAL_INDEX_SIZE", "http_proxy": "HTTP_PROXY", "https_proxy": "HTTPS_PROXY",
        "no_proxy": "NO_PROXY", "disable_xet": "HF_HUB_DISABLE_XET",
        "p2p": "SHOAL_P2P", "seed_rules": "SHOAL_SEED_RULES", "listen": "SHOAL_LISTEN", "trackers": "SHOAL_TRACKERS",
        "swarm_secrets": "SHOAL_SWARM_SECRETS", "peers": "SHOAL_PEERS", "p2p_only": "SHOAL_P2P_ONLY",
        "p2p_wait": "SHOAL_P2P_WAIT", "http_port": "SHOAL_HTTP_PORT", "agent_folder": "SHOAL_AGENT_DIR",
    ]

    var path: String
    /// By the names of the variables that they stand for.
    var values: [String: String] = [:]
    /// Why the file cannot be used.
    var failure: CommandFailure?

    /// The names of the keys that were found, with the line of each, by variable.
    private var places: [String: String] = [:]
    /// Largest file that is read, in bytes.
    private static let largest = 256 << 10

    /// The file of this process, read once.
    static let current: ConfigFile = {
        if let path = getenv("SHOAL_CONFIG").map({ String(cString: $0) }), !path.isEmpty {
            return ConfigFile(path: Environment.absolute(path))
        }
        let folder = getenv("XDG_CONFIG_HOME").map { String(cString: $0) }.flatMap { $0.hasPrefix("/") ? $0 : nil }
        return ConfigFile(path: (folder ?? Environment.home + "/.config") + "/shoal/config.json", mayBeMissing: true)
    }()

    /// Reads a file.
    /// - Parameter mayBeMissing: whether one that does not exist has no values, in place of being a failure.
    init(path: String, mayBeMissing: Bool = false) {
        self.path = path
        load(mayBeMissing: mayBeMissing)
    }

    private mutating func load(mayBeMissing: Bool) {
        let text: [UInt8]
        switch Self.read(path) {
        case .success(let bytes): text = bytes
        case .failure(let error):
            guard !mayBeMissing || error.code != ENOENT else { return }
            return failure = Self.flaw(
                path, "it cannot be read: \(String(cString: strerror(error.code)))",
                "mend it, or name another with SHOAL_CONFIG (/dev/null for none)")
        }
        guard text.count <= Self.largest else {
            return failure = Self.flaw(path, "it has more than \(Self.largest >> 10) KiB", Self.known)
        }
        do throws(ConfigReader.Mistake) {
            for member in try ConfigReader.members(of: text) {
                guard let variable = Self.keys[member.key] else {
                    let near = CommandNames.nearest(to: member.key, in: Self.keys.keys.sorted())
                    return failure = Self.flaw(
                        "\(path):\(member.line)", "there is no setting '\(member.key)'",
                        near.map { "did you mean '\($0)'?" } ?? Self.known)
                }
                let value = member.value.variable
                if let expected = SettingValue.expected(of: variable, as: member.value) {
                    return failure = Self.flaw(
                        "\(path):\(member.line)", "'\(member.key)' is \(Self.shown(member.value))",
                        "it takes \(expected)")
                }
                values[variable] = value
                places[variable] = "\(member.key) in \(path):\(member.line)"
            }
        } catch {
            failure = Self.flaw("\(path):\(error.line):\(error.column)", error.text, Self.known)
        }
    }

    /// Variables that say more about what a variable of this file is for than the file does, where they are set.
    private static let stronger: [String: [String]] = [
        "HF_HUB_CACHE": ["HUGGINGFACE_HUB_CACHE", "HF_HOME"], "HF_TOKEN_PATH": ["HF_HOME"],
    ]

    /// The values that count beside the variables of a process: those of variables that are not set, or hold nothing
    /// that can be used.
    func values(beside own: [String: String]) -> [String: String] {
        values.filter { variable, _ in
            // Whoever names a hub must not end up at another, nor give away what is to stay: what cannot be used is an
            // error there.
            let isSet =
                own[variable].map {
                    !$0.isEmpty
                        && (SettingValue.strict.contains(variable)
                            || SettingValue.expected(of: variable, in: $0) == nil)
                } ?? false
            return !isSet && !(Self.stronger[variable] ?? []).contains { own[$0]?.isEmpty == false }
        }
    }

    /// What error texts call the setting that a variable stands for: the file's key if its value
    /// counts, else the variable.
    func name(of variable: String) -> String {
        values(beside: Environment.ofProcess)[variable] == nil ? variable : places[variable] ?? variable
    }

    private static var known: String { "the settings are " + keys.keys.sorted().joined(separator: ", ") }

    private static func flaw(_ place: String, _ what: String, _ hint: String) -> CommandFailure {
        CommandFailure(code: "bad_config", message: "\(place) cannot be used: \(what)", hint: hint)
    }

    /// A value as an error text quotes it.
    private static func shown(_ value: ConfigReader.Value) -> String {
        switch value {
        case .truth(let isTrue): "\(isTrue)"
        case .number(let number): "\(number)"
        default: "'\(RunSecrets.byForm(value.variable))'"
        }
    }

    private struct SystemError: Error { var code: Int32 }

    /// The file's bytes, and one more than the largest of larger ones.
    private static func read(_ path: String) -> Result<[UInt8], SystemError> {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return .failure(SystemError(code: errno)) }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: largest + 1)
        var filled = 0
        while filled < bytes.count {
            let got = bytes.withUnsafeMutableBytes { fill(file, into: .init(rebasing: $0[filled...])) }
            if got < 0, errno == EINTR { continue }
            guard got >= 0 else { return .failure(SystemError(code: errno)) }
            guard got > 0 else { break }
            filled += got
        }
        return .success(Array(bytes[..<filled]))
    }
}

/// Outside of the type, whose own `read` would be found first.
private func fill(_ file: Int32, into buffer: UnsafeMutableRawBufferPointer) -> Int {
    read(file, buffer.baseAddress, buffer.count)
}
