#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

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
    ]

    var path: String
    /// By the names of the variables that they stand for.
    var values: [String: String] = [:]
    /// Why the file cannot be used.
    var failure: CommandFailure?

    /// The file of this process, read once.
    static let current = ConfigFile(path: standardPath)

    private static var standardPath: String {
        if let path = getenv("SHOAL_CONFIG").map({ String(cString: $0) }), !path.isEmpty {
            return Environment.absolute(path)
        }
        if let folder = getenv("XDG_CONFIG_HOME").map({ String(cString: $0) }), folder.hasPrefix("/") {
            return folder + "/shoal/config.json"
        }
        return Environment.home + "/.config/shoal/config.json"
    }

    /// Reads a file; one that does not exist has no values.
    init(path: String) {
        self.path = path
        guard let text = ConfigFile.read(path) else { return }
        do {
            let entries = try JSONDecoder().decode([String: Value].self, from: Data(text))
            for (key, value) in entries {
                guard let variable = Self.keys[key] else {
                    let near = CommandNames.nearest(to: key, in: Self.keys.keys.sorted())
                    failure = Self.flaw(
                        path, "there is no setting '\(key)'", near.map { "did you mean '\($0)'?" } ?? Self.known)
                    return
                }
                values[variable] = value.text
            }
        } catch {
            failure = Self.flaw(
                path, "it is not a JSON object of texts, numbers, truths and lists of texts", Self.known)
        }
    }

    private static var known: String { "the settings are " + keys.keys.sorted().joined(separator: ", ") }

    private static func flaw(_ path: String, _ what: String, _ hint: String) -> CommandFailure {
        CommandFailure(code: "bad_config", message: "\(path) cannot be used: \(what)", hint: hint)
    }

    private static func read(_ path: String) -> [UInt8]? {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: 256 << 10)
        let count = bytes.withUnsafeMutableBytes { load(file, into: $0) }
        return count < 0 ? nil : Array(bytes.prefix(count))
    }

    /// A value as a variable would have it: lists with commas, pairs as `FROM=TO`.
    private enum Value: Decodable {
        case one(String)
        case list([String])
        case pairs([String: String])

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let text = try? container.decode(String.self) {
                self = .one(text)
            } else if let truth = try? container.decode(Bool.self) {
                self = .one(truth ? "1" : "0")
            } else if let number = try? container.decode(Int.self) {
                self = .one("\(number)")
            } else if let list = try? container.decode([String].self) {
                self = .list(list)
            } else {
                self = .pairs(try container.decode([String: String].self))
            }
        }

        var text: String {
            switch self {
            case .one(let text): text
            case .list(let list): list.joined(separator: ",")
            case .pairs(let pairs): pairs.keys.sorted().map { "\($0)=\(pairs[$0] ?? "")" }.joined(separator: ",")
            }
        }
    }
}

/// Outside of the type, whose own `read` would be found first.
private func load(_ file: Int32, into buffer: UnsafeMutableRawBufferPointer) -> Int {
    read(file, buffer.baseAddress, buffer.count)
}
