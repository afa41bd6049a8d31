#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// Which requests go through which proxy: `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY` in lower or upper
/// case, read as curl and Python's HTTP libraries read them (lower case wins; an empty value means none).
public struct ProxyRules: Sendable, Equatable {
    private struct Entry: Sendable, Equatable {
        var variable: String
        var value: String
    }

    private var http: Entry?
    private var https: Entry?
    private var bypass: [Substring] = []

    /// No proxy at all.
    public init() {}

    public init(environment: [String: String]) {
        func entry(_ name: String) -> Entry? {
            for variable in [name, name.uppercased()] {
                guard let value = environment[variable] else { continue }
                // A web server's CGI sets HTTP_PROXY from a request header, which must not choose the proxy (httpoxy).
                if variable == "HTTP_PROXY", environment["REQUEST_METHOD"] != nil { continue }
                return Entry(variable: variable, value: value)
            }
            return nil
        }
        let all = entry("all_proxy")
        http = (entry("http_proxy") ?? all).flatMap { $0.value.isEmpty ? nil : $0 }
        https = (entry("https_proxy") ?? all).flatMap { $0.value.isEmpty ? nil : $0 }
        let exceptions = entry("no_proxy")?.value ?? ""
        bypass = exceptions.lowercased().split { $0 == "," || $0.isWhitespace }
    }

    /// The proxy for a URL; nil when it is asked directly.
    /// - Throws: ``TransportError`` when a variable names no proxy that can be used.
    func proxy(for url: String) throws -> ProxyServer? {
        guard let origin = Origin(url), let entry = origin.scheme == "https" ? https : http,
            !isExempt(origin)
        else { return nil }
        do {
            return try ProxyServer(parsing: entry.value)
        } catch .unsupportedScheme(let scheme) {
            throw TransportError(
                code: .proxy, message: "\(entry.variable) names a proxy of a kind that is not supported: \(scheme)",
                hint: "use an http:// or socks5:// proxy, or list the hub in NO_PROXY", url: url)
        } catch {
            throw TransportError(
                code: .proxy, message: "\(entry.variable) is not the address of a proxy",
                hint: "write it as http://HOST:PORT, or unset it", url: url)
        }
    }

    /// Whether `NO_PROXY` lists the host: `*`, a name and all below it, an address, a block of addresses, each also
    /// with a port.
    private func isExempt(_ origin: Origin) -> Bool {
        let host = origin.host.hasPrefix("[") ? String(origin.host.dropFirst().dropLast()) : origin.host
        return bypass.contains { rule in
            if rule == "*" { return true }
            var name = rule
            if let colon = rule.lastIndex(of: ":"), let port = Int(rule[rule.index(after: colon)...]),
                rule.firstIndex(of: ":") == colon || rule.hasPrefix("[")
            {
                guard port == origin.port else { return false }
                name = rule[..<colon]
            }
            if name.hasPrefix("["), name.hasSuffix("]") { name = name.dropFirst().dropLast() }
            if let block = AddressBlock(name) { return block.contains(host) }
            if name.hasPrefix("*.") { name = name.dropFirst(1) }
            if name.hasPrefix(".") { name = name.dropFirst() }
            return !name.isEmpty && (host == name || host.hasSuffix("." + name))
        }
    }
}

/// An IP address or a block of them, `10.0.0.0/8` or `fd00::/8`.
struct AddressBlock {
    private let bytes: [UInt8]
    private let bits: Int

    init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let first = parts.first, let bytes = AddressBlock.bytes(of: String(first)) else { return nil }
        var bits = bytes.count * 8
        if parts.count == 2 {
            guard let prefix = Int(parts[1]), (0...bits).contains(prefix) else { return nil }
            bits = prefix
        }
        self.bytes = bytes
        self.bits = bits
    }

    func contains(_ host: String) -> Bool {
        guard let other = AddressBlock.bytes(of: host), other.count == bytes.count else { return false }
        for index in bytes.indices {
            let left = bits - index * 8
            guard left > 0 else { break }
            let mask: UInt8 = left >= 8 ? 0xFF : ~(0xFF >> left)
            if bytes[index] & mask != other[index] & mask { return false }
        }
        return true
    }

    /// Whether this is the one address with these bytes.
    func isExactly(_ address: [UInt8]) -> Bool { bits == bytes.count * 8 && bytes == address }

    private static func bytes(of text: String) -> [UInt8]? {
        var four = in_addr()
        if inet_pton(AF_INET, text, &four) == 1 { return withUnsafeBytes(of: four) { Array($0) } }
        var six = in6_addr()
        if inet_pton(AF_INET6, text, &six) == 1 { return withUnsafeBytes(of: six) { Array($0) } }
        return nil
    }
}
