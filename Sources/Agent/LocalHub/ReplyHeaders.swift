internal import HTTPTypes
internal import HubClient
internal import NIOHTTP1
internal import Transport

/// Which headers travel between clients and the upstream hub, and how they change on the way.
struct ReplyHeaders: Sendable {
    private let home: String
    private let origins: Set<Origin>
    private let endpoint: String

    /// - Parameter home: where the local hub is.
    init(home: String, settings: HubSettings) {
        self.home = home
        endpoint = settings.endpoint
        origins = Set(settings.endpoints.compactMap { Origin($0) })
    }

    /// What concerns one connection only, what is of this machine, and what the transport sets itself.
    private static let kept: Set<String> = [
        "connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "te", "trailer", "transfer-encoding",
        "upgrade", "host", "content-length", "accept-encoding", "cookie", "origin", "referer", "expect",
        "proxy-connection",
    ]

    static func mayBePassedUp(_ name: HTTPField.Name) -> Bool {
        !kept.contains(name.canonicalName) && !name.canonicalName.hasPrefix("sec-")
    }

    private static let dropped: Set<String> = [
        "connection", "keep-alive", "proxy-authenticate", "trailer", "transfer-encoding", "upgrade", "set-cookie",
        "alt-svc", "strict-transport-security", "content-encoding", "server",
    ]

    /// The headers of an answer, without what speaks of Xet, and with addresses of the upstream hub turned into ours.
    /// - Parameter keepingXet: whether what speaks of Xet stays: the way to the storage, for who shall go there himself.
    func passedDown(_ headers: HTTPHeaders, keepingXet: Bool = false) -> HTTPFields {
        var fields = HTTPFields()
        for (name, value) in headers {
            let lowered = name.lowercased()
            let isHidden = !keepingXet && lowered.hasPrefix("x-xet-")
            guard !Self.dropped.contains(lowered), !isHidden, let field = HTTPField.Name(name) else { continue }
            switch lowered {
            case "link":
                let links = Self.entries(of: value).filter { !$0.contains("rel=\"xet-") }.map(rewritten(link:))
                if !links.isEmpty { fields.append(HTTPField(name: field, value: links.joined(separator: ", "))) }
            case "location":
                fields.append(HTTPField(name: field, value: rewritten(address: value)))
            default:
                fields.append(HTTPField(name: field, value: value))
            }
        }
        return fields
    }

    /// A path of the local hub as an address.
    func address(of path: String) -> String { home + path }

    /// An address at the upstream hub as one of ours; others stay.
    func rewritten(address: String) -> String {
        guard let origin = Origin(address), origins.contains(origin) else { return address }
        if address.hasPrefix(endpoint) { return home + address.dropFirst(endpoint.count) }
        guard let mark = address.firstRange(of: "://") else { return address }
        let rest = address[mark.upperBound...].drop { $0 != "/" }
        return home + (rest.isEmpty ? "/" : rest)
    }

    /// Whether an address is at the upstream hub, or without a host.
    func isHome(_ address: String) -> Bool {
        guard let origin = Origin(address) else { return !address.hasPrefix("//") }
        return origins.contains(origin)
    }

    private func rewritten(link: String) -> String {
        guard link.hasPrefix("<"), let end = link.firstIndex(of: ">") else { return link }
        return "<" + rewritten(address: String(link[link.index(after: link.startIndex)..<end])) + link[end...]
    }

    /// The entries of a `Link` header; commas within addresses and quotes are no ends.
    static func entries(of value: String) -> [String] {
        var entries: [String] = []
        var current = ""
        var (isAddress, isQuoted) = (false, false)
        for character in value {
            switch character {
            case "<" where !isQuoted: isAddress = true
            case ">" where !isQuoted: isAddress = false
            case "\"" where !isAddress: isQuoted.toggle()
            case "," where !isAddress && !isQuoted:
                entries.append(current)
                current = ""
                continue
            default: break
            }
            current.append(character)
        }
        entries.append(current)
        return entries.map { String($0.drop { $0 == " " }) }.filter { !$0.isEmpty }
    }
}
