package import PublishWire

/// What a user may name to get something.
package enum GetSubject: Sendable, Hashable {
    /// A `.torrent` on this machine.
    case file(String)
    /// A `.torrent` on a server.
    case url(String)
    case magnet(MagnetLink)
    case model(ModelName)

    /// Reads what the user wrote.
    /// - Throws: ``PublishError`` that says what can be written.
    package init(parsing text: String) throws(PublishError) {
        let lower = text.prefix(8).lowercased()
        if lower.hasPrefix("magnet:") {
            self = .magnet(try MagnetLink(text))
        } else if lower.hasPrefix("http://") || lower.hasPrefix("https://") {
            self = .url(text)
        } else if let hashes = Self.hashes(text) {
            self = .magnet(MagnetLink(hashes))
        } else if text.lowercased().hasSuffix(".torrent") || text.hasPrefix("/") || text.hasPrefix("./")
            || text.hasPrefix("../") || text.hasPrefix("~/")
        {
            self = .file(text)
        } else {
            do {
                self = .model(try ModelName(parsing: text))
            } catch {
                throw PublishError(
                    .badName, error.message,
                    hint: "name a model (ORG/NAME or ORG/NAME@VERSION), a magnet link, a .torrent file or its address, "
                        + "or an info-hash")
            }
        }
    }

    /// An info-hash: 40 hex digits or 32 of base32 (v1), or 64 hex digits (v2), with or without the prefix of a
    /// multihash.
    private static func hashes(_ text: String) -> InfoHashes? {
        switch text.utf8.count {
        case 40: Hex.decode(text, count: 20).flatMap { InfoHashes(v1: $0, v2: nil) }
        case 32: Base32.decode(text).flatMap { InfoHashes(v1: $0, v2: nil) }
        case 64: Hex.decode(text, count: 32).flatMap { InfoHashes(v1: nil, v2: $0) }
        case 68 where text.hasPrefix("1220"):
            Hex.decode(text.dropFirst(4), count: 32).flatMap { InfoHashes(v1: nil, v2: $0) }
        default: nil
        }
    }
}
