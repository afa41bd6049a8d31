import HubWire

/// The pairs of a URL query or of a form body, in order.
struct FormQuery: Sendable {
    private var pairs: [(name: String, value: String, raw: Substring)] = []
    /// True when the text has more pairs than were read.
    let isCut: Bool

    /// Skips pairs whose escapes are malformed, and all that come after the first `limit` pairs.
    init(_ text: some StringProtocol, limit: Int = 4096) {
        // One split more than wanted leaves whatever follows in one piece.
        let parts = String(text).split(separator: "&", maxSplits: limit)
        isCut = parts.count > limit
        for part in parts.prefix(limit) {
            let halves = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = Self.decode(halves[0]), let value = halves.count > 1 ? Self.decode(halves[1]) : "" else {
                continue
            }
            pairs.append((name, value, part))
        }
    }

    private static func decode(_ text: Substring) -> String? {
        let spaced = String(decoding: text.utf8.map { $0 == UInt8(ascii: "+") ? 0x20 : $0 }, as: UTF8.self)
        return PercentEncoding.decode(spaced)
    }

    /// The first value of that name.
    subscript(name: String) -> String? { pairs.first { $0.name == name }?.value }

    func all(_ name: String) -> [String] { pairs.filter { $0.name == name }.map(\.value) }

    /// Reads a flag in any of the spellings that clients use: `true`, `True`, `1`.
    func flag(_ name: String) -> Bool {
        guard let value = self[name]?.lowercased() else { return false }
        return value == "true" || value == "1"
    }

    /// The query again, in its own spelling, with one pair replaced or added.
    func replacing(_ name: String, with value: String) -> String {
        let kept = pairs.filter { $0.name != name }.map { String($0.raw) }
        return (kept + ["\(name)=\(PercentEncoding.encode(segment: value))"]).joined(separator: "&")
    }
}
