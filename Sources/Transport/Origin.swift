/// Scheme, host and port of a URL: what decides whether a token may travel there.
public struct Origin: Hashable, Sendable, CustomStringConvertible {
    public let scheme: String
    public let host: String
    public let port: Int

    /// Reads the origin of an absolute http or https URL; nil for anything else.
    public init?(_ url: some StringProtocol) {
        guard let mark = url.firstRange(of: "://") else { return nil }
        let scheme = url[..<mark.lowerBound].lowercased()
        guard scheme == "http" || scheme == "https" else { return nil }
        var authority = url[mark.upperBound...].prefix { $0 != "/" && $0 != "?" && $0 != "#" && $0 != "\\" }
        if let at = authority.lastIndex(of: "@") { authority = authority[authority.index(after: at)...] }
        var port = scheme == "https" ? 443 : 80
        let host: String
        if authority.hasPrefix("[") {
            guard let close = authority.firstIndex(of: "]") else { return nil }
            host = String(authority[...close]).lowercased()
            let rest = authority[authority.index(after: close)...]
            if !rest.isEmpty {
                guard rest.hasPrefix(":"), let number = Int(rest.dropFirst()) else { return nil }
                port = number
            }
        } else if let colon = authority.firstIndex(of: ":") {
            guard let number = Int(authority[authority.index(after: colon)...]) else { return nil }
            host = authority[..<colon].lowercased()
            port = number
        } else {
            host = authority.lowercased()
        }
        // Whoever connects might take anything else for another host: escapes, and letters that look like others.
        let isPlain = host.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
            case UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"): true
            case UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: ":"), UInt8(ascii: "%"): host.hasPrefix("[")
            default: false
            }
        }
        guard !host.isEmpty, isPlain, (1...65535).contains(port) else { return nil }
        self.scheme = scheme
        self.host = host
        self.port = port
    }

    public var description: String {
        let isDefault = (scheme == "https" && port == 443) || (scheme == "http" && port == 80)
        return isDefault ? "\(scheme)://\(host)" : "\(scheme)://\(host):\(port)"
    }

    /// Resolves the `Location` of a redirect against the URL that sent it; nil when it is neither absolute http(s)
    /// nor relative.
    public static func resolve(location: String, against url: String) -> String? {
        if let mark = location.firstRange(of: "://"),
            !location[..<mark.lowerBound].contains(where: { "/?#".contains($0) })
        {
            return Origin(location) == nil ? nil : location
        }
        guard let origin = Origin(url) else { return nil }
        if location.hasPrefix("//") { return "\(origin.scheme):\(location)" }
        if location.hasPrefix("/") { return origin.description + location }
        let path = TransportError.withoutQuery(url)
        if location.hasPrefix("?") { return path + location }
        guard let mark = path.firstRange(of: "://"), let slash = path.lastIndex(of: "/"), slash >= mark.upperBound
        else {
            return origin.description + "/" + location
        }
        return path[...slash] + location
    }
}
