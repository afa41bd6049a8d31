internal import HubClient
internal import Logging
internal import Swarm
internal import SwarmWire
internal import Transport

/// What settings may be, wherever they stand: in variables as text, in the settings file as JSON.
enum SettingValue {
    /// Variables that say yes or no.
    private static let switches: Set<String> = ["HF_HUB_OFFLINE", "HF_HUB_DISABLE_XET", "SHOAL_P2P", "SHOAL_P2P_ONLY"]

    /// Variables without which there is no going on: which hub is asked, and what is given to whom. Where they hold
    /// something that cannot be used it is an error, and nothing else counts in its place.
    static let strict: Set<String> = [
        "HF_ENDPOINT", "SHOAL_HTTP_PORT", "SHOAL_LISTEN", "SHOAL_P2P", "SHOAL_P2P_ONLY", "SHOAL_P2P_WAIT",
        "SHOAL_PEERS", "SHOAL_SEED_RULES", "SHOAL_SWARM_SECRETS", "SHOAL_TRACKERS",
    ]

    /// What a value of the settings file should be in place of what it is; nil when it can be used.
    static func expected(of variable: String, as value: ConfigReader.Value) -> String? {
        switch (variable, value) {
        case (_, .truth) where switches.contains(variable): return nil
        case ("HF_HUB_OFFLINE", _), ("HF_HUB_DISABLE_XET", _):
            return truth(of: value.variable) == nil ? kind(of: variable) : nil
        case ("SHOAL_LIMIT_RATE", .number), ("SHOAL_LIMIT_UPLOAD", .number), ("SHOAL_INDEX_SIZE", .number),
            ("SHOAL_P2P", .number), ("SHOAL_P2P_ONLY", .number), ("SHOAL_LISTEN", .number),
            ("SHOAL_HTTP_PORT", .number), ("SHOAL_P2P_WAIT", .number),
            ("HF_ENDPOINT", .list), ("SHOAL_REWRITE_URLS", .list), ("SHOAL_REWRITE_URLS", .pairs), ("NO_PROXY", .list),
            ("SHOAL_PEERS", .list),
            ("SHOAL_TRACKERS", .list), ("SHOAL_SWARM_SECRETS", .list), ("SHOAL_SEED_RULES", .list), (_, .text):
            return expected(of: variable, in: value.variable)
        default: return kind(of: variable)
        }
    }

    /// What a word says: yes or no.
    static func truth(of word: String) -> Bool? {
        switch word.lowercased() {
        case "1", "on", "yes", "true": true
        case "0", "off", "no", "false": false
        default: nil
        }
    }

    /// What the text of a variable should be in place of what it is; nil when it can be used, and for variables whose
    /// value anything may be.
    static func expected(of variable: String, in text: String) -> String? {
        func areFine(_ test: (String) -> Bool) -> Bool {
            text.split { $0 == "," || $0.isWhitespace }.allSatisfy { test(String($0)) }
        }
        let isFine =
            switch variable {
            case _ where text.isEmpty: true
            case "HF_ENDPOINT": areFine { EndpointAddress.flaw(of: $0) == nil }
            case "SHOAL_LIMIT_RATE", "SHOAL_LIMIT_UPLOAD": ByteAmount.parse(rate: text) != nil
            case "SHOAL_INDEX_SIZE": ByteAmount.parse(text) != nil
            case "SHOAL_REWRITE_URLS": areFine { URLRewrite(parsing: $0) != nil }
            case "SHOAL_P2P", "SHOAL_P2P_ONLY": truth(of: text) != nil
            case "SHOAL_P2P_WAIT": Int(text).map((1...86_400).contains) ?? false
            case "SHOAL_LISTEN": ListenAddress(text) != nil
            case "SHOAL_HTTP_PORT": UInt16(text) != nil
            case "SHOAL_PEERS": areFine { PeerAddress($0) != nil }
            case "SHOAL_TRACKERS": areFine { (try? TrackerURL($0)) != nil }
            case "SHOAL_SEED_RULES": SeedPolicy(parsing: text) != nil
            case "SHOAL_LOG": Logger.Level(rawValue: text.lowercased()) != nil
            case "SHOAL_LOG_FORMAT": LogSettings.Format(rawValue: text.lowercased()) != nil
            default: true
            }
        return isFine ? nil : kind(of: variable)
    }

    /// The variables of an environment that hold something that cannot be used and is left out, sorted; those without
    /// which there is no going on are not among them.
    static func flaws(in environment: [String: String]) -> [(variable: String, value: String, expected: String)] {
        ConfigFile.keys.values.sorted().compactMap { variable in
            guard !strict.contains(variable), let value = environment[variable],
                let expected = expected(of: variable, in: value)
            else { return nil }
            return (variable, value, expected)
        }
    }

    private static func kind(of variable: String) -> String {
        switch variable {
        case "HF_ENDPOINT": "http or https addresses without user and password"
        case "SHOAL_LIMIT_RATE", "SHOAL_LIMIT_UPLOAD": "bytes per second, such as 10M"
        case "SHOAL_INDEX_SIZE": "bytes, such as 2G"
        case "SHOAL_REWRITE_URLS": "FROM=TO, two addresses"
        case _ where switches.contains(variable): "true or false"
        case "SHOAL_P2P_WAIT": "a number of seconds from 1 to 86400"
        case "SHOAL_LISTEN": "a port, or ADDRESS:PORT"
        case "SHOAL_HTTP_PORT": "a port"
        case "SHOAL_PEERS": "addresses of peers as HOST:PORT, IPv6 as [ADDRESS]:PORT"
        case "SHOAL_TRACKERS": "http or https addresses of trackers"
        case "SHOAL_SEED_RULES": "PATTERN=never, PATTERN=lan or PATTERN=public"
        case "SHOAL_SWARM_SECRETS": "files with secrets"
        case "SHOAL_LOG": "trace, debug, info, notice, warning, error or critical"
        case "SHOAL_LOG_FORMAT": "text or json"
        case "HTTP_PROXY", "HTTPS_PROXY": "the address of a proxy, a text"
        case "NO_PROXY": "names of hosts"
        default: "a path, a text"
        }
    }
}
