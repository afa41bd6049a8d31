internal import HubClient
internal import Logging
internal import Transport

/// What settings may be, wherever they stand: in variables as text, in the settings file as JSON.
enum SettingValue {
    /// What a value of the settings file should be in place of what it is; nil when it can be used.
    static func expected(of variable: String, as value: ConfigReader.Value) -> String? {
        switch (variable, value) {
        case ("HF_HUB_OFFLINE", .truth), ("HF_HUB_DISABLE_XET", .truth), ("SHOAL_P2P", .truth): return nil
        case ("HF_HUB_OFFLINE", _), ("HF_HUB_DISABLE_XET", _):
            return ["0", "1", "on", "off", "yes", "no", "true", "false"].contains(value.variable.lowercased())
                ? nil : "true or false"
        case ("SHOAL_LIMIT_RATE", .number), ("SHOAL_LIMIT_UPLOAD", .number), ("SHOAL_INDEX_SIZE", .number),
            ("HF_ENDPOINT", .list), ("SHOAL_REWRITE_URLS", .list), ("SHOAL_REWRITE_URLS", .pairs), ("NO_PROXY", .list),
            (_, .text):
            return expected(of: variable, in: value.variable)
        default: return kind(of: variable)
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
            case "SHOAL_LOG": Logger.Level(rawValue: text.lowercased()) != nil
            case "SHOAL_LOG_FORMAT": LogSettings.Format(rawValue: text.lowercased()) != nil
            default: true
            }
        return isFine ? nil : kind(of: variable)
    }

    /// The variables of an environment that hold something that cannot be used, sorted; addresses of hubs are not among
    /// them, without which there is no going on.
    static func flaws(in environment: [String: String]) -> [(variable: String, value: String, expected: String)] {
        ConfigFile.keys.values.sorted().compactMap { variable in
            guard variable != "HF_ENDPOINT", let value = environment[variable],
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
        case "SHOAL_LOG": "trace, debug, info, notice, warning, error or critical"
        case "SHOAL_LOG_FORMAT": "text or json"
        case "HTTP_PROXY", "HTTPS_PROXY": "the address of a proxy, a text"
        case "NO_PROXY": "names of hosts"
        default: "a path, a text"
        }
    }
}
