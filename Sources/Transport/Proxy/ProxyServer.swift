/// A proxy as an environment variable names it: `[scheme://][user[:password]@]host[:port]`.
struct ProxyServer: Hashable, Sendable, CustomStringConvertible {
    enum Kind: Hashable, Sendable { case http, socks5 }

    var kind: Kind
    var host: String
    var port: Int
    var user: String?
    var password: String?

    /// Without user and password.
    var description: String { "\(kind == .http ? "http" : "socks5")://\(host):\(port)" }

    /// Why an address of a proxy cannot be used.
    enum Flaw: Error { case malformed, unsupportedScheme(String) }

    init(parsing text: String) throws(Flaw) {
        var rest = text[...]
        var scheme = "http"
        if let mark = rest.firstRange(of: "://") {
            scheme = rest[..<mark.lowerBound].lowercased()
            rest = rest[mark.upperBound...]
        }
        switch scheme {
        case "http": kind = .http
        case "socks5", "socks5h", "socks": kind = .socks5
        default: throw .unsupportedScheme(scheme)
        }
        rest = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        var authority = rest
        if let at = rest.lastIndex(of: "@") {
            let parts = rest[..<at].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            user = ProxyServer.decoded(parts[0])
            password = parts.count == 2 ? ProxyServer.decoded(parts[1]) : nil
            authority = rest[rest.index(after: at)...]
        }
        guard kind == .http || user == nil else { throw .unsupportedScheme("\(scheme) with a password") }
        // A proxy without a port listens at 1080 by custom (curl), not at 80.
        let hasPort = authority.hasPrefix("[") ? !authority.hasSuffix("]") : authority.contains(":")
        guard let origin = Origin("http://\(authority)\(hasPort ? "" : ":1080")/") else { throw .malformed }
        host = origin.host.hasPrefix("[") ? String(origin.host.dropFirst().dropLast()) : origin.host
        port = origin.port
    }

    /// Percent escapes of user and password; text that is not escaped properly stays as it is.
    private static func decoded(_ text: Substring) -> String {
        var out: [UInt8] = []
        var bytes = text.utf8[...]
        while let byte = bytes.popFirst() {
            if byte == UInt8(ascii: "%"), bytes.count >= 2,
                let value = UInt8(String(decoding: bytes.prefix(2), as: UTF8.self), radix: 16)
            {
                out.append(value)
                bytes.removeFirst(2)
            } else {
                out.append(byte)
            }
        }
        return String(decoding: out, as: UTF8.self)
    }
}
