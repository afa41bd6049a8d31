/// One address in place of another: what begins with the one is asked of the other.
public struct URLRewrite: Sendable, Hashable {
    /// Without a trailing slash.
    public var from: String
    public var to: String

    public init(from: String, to: String) {
        self.from = URLRewrite.trimmed(from)
        self.to = URLRewrite.trimmed(to)
    }

    /// Reads `FROM=TO`, both http or https addresses; nil for anything else.
    public init?(parsing text: some StringProtocol) {
        // Addresses have their own equals signs only behind a question mark, where a prefix has no business.
        let parts = text.split(separator: "=", maxSplits: 1)
        guard parts.count == 2 else { return nil }
        self.init(from: String(parts[0]), to: String(parts[1]))
        guard Origin(from) != nil, Origin(to) != nil, !from.contains("?"), !to.contains("?") else { return nil }
    }

    /// The address that takes the place of a URL; nil when the rule says nothing about it.
    public func apply(to url: String) -> String? {
        guard url.hasPrefix(from) else { return nil }
        let rest = url[url.index(url.startIndex, offsetBy: from.count)...]
        guard rest.isEmpty || "/?#".contains(rest[rest.startIndex]) else { return nil }
        return to + rest
    }

    private static func trimmed(_ url: String) -> String {
        var url = url[...]
        while url.hasSuffix("/") { url.removeLast() }
        return String(url)
    }
}
