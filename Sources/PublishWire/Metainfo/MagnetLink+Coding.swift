internal import HubWire
internal import SwarmWire

extension MagnetLink {
    /// Reads a link. Parameters that are not known are left out, as BEP 9 wants it.
    public init(_ text: String) throws(PublishError) {
        guard text.utf8.count <= Self.longest else {
            throw PublishError(.tooLarge, "the magnet link is longer than \(Self.longest) characters")
        }
        guard text.prefix(8).lowercased() == "magnet:?" else {
            throw PublishError(.malformed, "this is no magnet link: \(text.quoted)")
        }
        var link = LinkReader()
        for part in text.dropFirst(8).split(separator: "&") {
            guard let equals = part.firstIndex(of: "=") else { continue }
            guard let value = PercentEncoding.decode(part[part.index(after: equals)...].replacing("+", with: "%20"))
            else { throw PublishError(.malformed, "the magnet link has a broken escape in \(String(part).quoted)") }
            // Several of a kind are numbered: `tr.1`, `xt.2`.
            let key = part[..<equals].lowercased()
            try link.take(key == "x.pe" ? "x.pe" : String(key.prefix { $0 != "." }), value)
        }
        self = try link.link()
    }

    /// The link as text, hashes of both versions first: clients that know only one of them find it.
    public var description: String {
        var parts: [String] = []
        if let v1 = hashes?.v1 { parts.append("xt=urn:btih:\(Hex.encode(v1))") }
        if let v2 = hashes?.v2 { parts.append("xt=urn:btmh:1220\(Hex.encode(v2))") }
        if let publisher {
            parts.append("xs=urn:btpk:\(Hex.encode(publisher.key))")
            if !publisher.salt.isEmpty { parts.append("s=\(Hex.encode(publisher.salt))") }
        }
        if let displayName { parts.append("dn=\(PercentEncoding.encode(segment: displayName))") }
        if let size { parts.append("xl=\(size)") }
        parts += trackers.map { "tr=\(PercentEncoding.encode(segment: $0))" }
        parts += webSeeds.map { "ws=\(PercentEncoding.encode(segment: $0))" }
        parts += peers.map { "x.pe=\($0)" }
        return "magnet:?" + parts.joined(separator: "&")
    }
}

extension MagnetLink: CustomStringConvertible {}

/// Collects the parameters of a link.
private struct LinkReader {
    private var v1: [UInt8]?
    private var v2: [UInt8]?
    private var key: [UInt8]?
    private var salt: [UInt8]?
    private var name: String?
    private var size: Int64?
    private var trackers = UniqueURLs(schemes: WebAddress.ofTrackers, limit: MagnetLink.mostAddresses)
    private var webSeeds = UniqueURLs(schemes: WebAddress.ofFiles, limit: MagnetLink.mostAddresses)
    private var peers: [PeerAddress] = []

    mutating func take(_ parameter: String, _ value: String) throws(PublishError) {
        switch parameter {
        case "xt": try takeTopic(value)
        case "xs": try takePublisher(value)
        case "s":
            guard value.utf8.count % 2 == 0, let bytes = Hex.decode(value, count: value.utf8.count / 2),
                bytes.count <= 64
            else { throw PublishError(.malformed, "the magnet link has a salt that is no hex or too long") }
            salt = bytes
        case "dn": name = Self.shown(value)
        case "xl": size = Int64(value).flatMap { (0...Metainfo.largestSize).contains($0) ? $0 : nil }
        case "tr": trackers.insert(value)
        case "ws", "as": webSeeds.insert(value)
        case "x.pe":
            if peers.count < MagnetLink.mostAddresses, let peer = PeerAddress(value), !peers.contains(peer) {
                peers.append(peer)
            }
        default: break
        }
    }

    func link() throws(PublishError) -> MagnetLink {
        let publisher = key.map { MagnetLink.Publisher(key: $0, salt: salt ?? []) }
        var link: MagnetLink
        if let hashes = InfoHashes(v1: v1, v2: v2) {
            link = MagnetLink(hashes)
            link.publisher = publisher
        } else if let publisher {
            link = MagnetLink(publisher)
        } else {
            throw PublishError(
                .missing, "the magnet link names no torrent", hint: "it needs xt=urn:btih:… or xt=urn:btmh:…")
        }
        link.displayName = name
        link.size = size
        link.trackers = trackers.kept
        link.webSeeds = webSeeds.kept
        link.peers = peers
        return link
    }

    private mutating func takeTopic(_ value: String) throws(PublishError) {
        if let text = Self.rest(of: value, after: "urn:btih:") {
            let bytes = text.utf8.count == 32 ? Base32.decode(String(text)) : Hex.decode(text, count: 20)
            guard let bytes, bytes.count == 20 else {
                throw PublishError(.malformed, "the magnet link has a damaged v1 hash: \(String(text).quoted)")
            }
            try Self.set(&v1, bytes)
        } else if let text = Self.rest(of: value, after: "urn:btmh:") {
            // A multihash: 12 for SHA-256, 20 for 32 bytes.
            guard let bytes = Hex.decode(text, count: 34), bytes.starts(with: [0x12, 0x20]) else {
                throw PublishError(.malformed, "the magnet link has a damaged v2 hash: \(String(text).quoted)")
            }
            try Self.set(&v2, Array(bytes.dropFirst(2)))
        }
    }

    private mutating func takePublisher(_ value: String) throws(PublishError) {
        guard let text = Self.rest(of: value, after: "urn:btpk:") else { return }
        guard let bytes = Hex.decode(text, count: 32) else {
            throw PublishError(.malformed, "the magnet link has a damaged publisher key: \(String(text).quoted)")
        }
        try Self.set(&key, bytes)
    }

    private static func set(_ place: inout [UInt8]?, _ bytes: [UInt8]) throws(PublishError) {
        guard place == nil || place == bytes else {
            throw PublishError(.inconsistent, "the magnet link names two different torrents or publishers")
        }
        place = bytes
    }

    private static func rest(of text: String, after prefix: String) -> Substring? {
        text.prefix(prefix.count).lowercased() == prefix ? text.dropFirst(prefix.count) : nil
    }

    private static func shown(_ text: String) -> String? {
        var kept = String.UnicodeScalarView()
        var size = 0
        for scalar in text.unicodeScalars where !scalar.isUnprintable {
            size += UTF8.width(scalar)
            guard size <= MagnetLink.longestName else { break }
            kept.append(scalar)
        }
        return kept.isEmpty ? nil : String(kept)
    }
}
