internal import SwarmWire

/// What stands in a torrent around its info dictionary. None of it is hashed: anybody may have changed it, so what is
/// odd is left out and never an error.
struct MetainfoNotes {
    private(set) var trackers: [String] = []
    private(set) var webSeeds: [String] = []
    private(set) var nodes: [PeerAddress] = []
    let comment: String?
    let createdBy: String?
    let createdAt: Int64?

    init(_ root: BencodeView) throws(PublishError) {
        comment = Self.note(root["comment.utf-8"] ?? root["comment"])
        createdBy = Self.note(root["created by"])
        createdAt = root["creation date"]?.integer.flatMap { (0...Times.latest).contains($0) ? $0 : nil }

        var all = UniqueURLs(schemes: WebAddress.ofTrackers, limit: Metainfo.mostTrackers)
        all.insert(root["announce"]?.text)
        try root["announce-list"]?.forEach { tier throws(PublishError) in
            try tier.forEach { all.insert($0.text) }
        }
        trackers = all.kept

        var seeds = UniqueURLs(schemes: WebAddress.ofFiles, limit: Metainfo.mostWebSeeds)
        seeds.insert(root["url-list"]?.text)
        try root["url-list"]?.forEach { seeds.insert($0.text) }
        webSeeds = seeds.kept

        try root["nodes"]?.forEach { pair throws(PublishError) in
            var parts: [BencodeView] = []
            try pair.forEach { if parts.count < 3 { parts.append($0) } }
            guard nodes.count < Metainfo.mostNodes, parts.count == 2, let host = parts[0].text,
                let port = parts[1].integer,
                let address = PeerAddress(host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)")
            else { return }
            nodes.append(address)
        }
    }

    /// Text that people read.
    private static func note(_ value: BencodeView?) -> String? {
        guard let content = value?.content else { return nil }
        let text = String(decoding: content.prefix(Metainfo.longestComment), as: UTF8.self)
        let kept = text.unicodeScalars.filter { !$0.isUnprintable || $0 == "\n" || $0 == "\t" }
        return kept.isEmpty ? nil : String(String.UnicodeScalarView(kept))
    }
}

/// Addresses, each once, in the order in which they came.
struct UniqueURLs {
    let schemes: Set<String>
    let limit: Int
    private(set) var kept: [String] = []
    private var seen: Set<String> = []

    init(schemes: Set<String>, limit: Int) {
        self.schemes = schemes
        self.limit = limit
    }

    /// Leaves out what is no address, is there already, or is one too many.
    mutating func insert(_ text: String?) {
        guard let text, kept.count < limit, WebAddress.isValid(text, schemes: schemes), seen.insert(text).inserted
        else { return }
        kept.append(text)
    }
}

/// Addresses of trackers and web seeds.
package enum WebAddress {
    package static let ofTrackers: Set<String> = ["http", "https", "udp"]
    package static let ofFiles: Set<String> = ["http", "https"]

    /// Whether text has one of the schemes, a host, and no character that an address cannot have.
    package static func isValid(_ text: String, schemes: Set<String> = ofFiles) -> Bool {
        guard text.utf8.count <= Metainfo.longestURL, text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }),
            let mark = text.firstRange(of: "://"), schemes.contains(text[..<mark.lowerBound].lowercased())
        else { return false }
        let authority = text[mark.upperBound...].prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        return !authority.isEmpty && !authority.contains("@") && !authority.contains("\\")
    }
}
