/// Where a tracker is asked. Users give its address with or without `/announce`; both mean the same.
public struct TrackerURL: Sendable, Hashable, CustomStringConvertible {
    /// Ends in `/announce`, unless the user's own address has a query.
    public let announce: String
    /// nil when the address does not end in `/announce`, for BEP 48 tells from that how to scrape.
    public let scrape: String?

    /// Reads `http://host:port`, `https://host/path` or `host:port`.
    /// - Throws: ``SwarmWireError`` for what is no such address.
    public init(_ text: String) throws(SwarmWireError) {
        guard let mark = text.firstRange(of: "://") else {
            // Without a scheme only the port tells an address from any other word.
            guard text.prefix(while: { !"/?".contains($0) }).contains(":") else {
                throw SwarmWireError(.malformed, "'\(text)' is not the address of a tracker")
            }
            self = try TrackerURL("http://" + text)
            return
        }
        let scheme = text[..<mark.lowerBound].lowercased()
        guard scheme == "http" || scheme == "https" else {
            throw SwarmWireError(
                .malformed, "'\(text)' is no tracker that is spoken to over HTTP: give http:// or https://")
        }
        var rest = text[mark.upperBound...]
        let isClean = rest.utf8.allSatisfy { (0x21...0x7E).contains($0) } && !rest.contains("#")
        guard isClean, Self.hasHost(rest) else {
            throw SwarmWireError(.malformed, "'\(text)' is not the address of a tracker")
        }
        // A query may carry a passkey; whoever gives one knows the whole address.
        if rest.contains("?") {
            announce = "\(scheme)://\(rest)"
            scrape = nil
            return
        }
        while rest.hasSuffix("/") { rest = rest.dropLast() }
        if !rest.hasSuffix("/announce") { rest += "/announce" }
        announce = "\(scheme)://\(rest)"
        scrape = "\(scheme)://\(rest.dropLast("announce".count))scrape"
    }

    /// Whether `HOST[:PORT]` stands in front, with IPv6 addresses in brackets.
    private static func hasHost(_ rest: Substring) -> Bool {
        var host = rest.prefix { !"/?".contains($0) }
        if let at = host.lastIndex(of: "@") { host = host[host.index(after: at)...] }
        let isBracketed = host.first == "["
        guard let end = isBracketed ? host.firstIndex(of: "]").map(host.index(after:)) : host.firstIndex(of: ":") else {
            return !isBracketed && !host.isEmpty
        }
        guard end > host.startIndex else { return false }
        guard end < host.endIndex else { return true }
        return host[end] == ":" && (UInt16(host[end...].dropFirst()) ?? 0) > 0
    }

    /// The address of one announce.
    public func announcing(_ request: AnnounceRequest) -> String {
        announce + (announce.contains("?") ? "&" : "?") + request.query
    }

    public var description: String { announce }
}
