internal import SwarmWire
package import Transport

/// Asks servers that strangers have named, and none inside this site: a torrent must not make this machine send requests
/// to its own services, to its neighbours, or to those that tell a cloud machine its secrets.
///
/// Each request is looked at before it is sent, so redirects are too.
package struct GuardedTransport: HTTPTransport {
    /// How far it goes.
    package enum Reach: Sendable, Hashable {
        /// Public addresses alone.
        case world
        /// Inside this site too, where the first address is there already; never to this link's or a cloud's own services.
        case site
        /// Everywhere.
        case anywhere
    }

    private let transport: any HTTPTransport
    private let first: Origin?
    private let reach: Reach
    private let lookUp: HostLookUp

    /// - Parameter url: the address that was named, before any redirect.
    package init(_ transport: any HTTPTransport, to url: String, _ reach: Reach, lookUp: @escaping HostLookUp) {
        self.transport = transport
        first = Origin(url)
        self.reach = reach
        self.lookUp = lookUp
    }

    package func send(_ request: HTTPRequest) async throws -> HTTPResponse {
        guard reach != .anywhere else { return try await transport.send(request) }
        guard let origin = Origin(request.url) else {
            throw TransportError(code: .invalidURL, message: "this is no address of a server", url: request.url)
        }
        let addresses = await HostNames.addresses(of: origin, lookUp)
        guard !addresses.isEmpty else {
            throw TransportError(
                code: .hostNotFound,
                message: "\(origin.host) has no address that can be looked up here, so nobody can "
                    + "tell whether it is inside this site", hint: "if it is meant, name the server with --web-seed",
                url: request.url, retryAdvice: .soon)
        }
        guard await allows(addresses) else {
            throw TransportError(
                code: .invalidURL,
                message: "\(origin.host) is inside this site, where strangers' addresses must not lead",
                hint: "if that is meant, name the server with --web-seed", url: request.url)
        }
        return try await transport.send(request)
    }

    private func allows(_ addresses: [IPLiteral]) async -> Bool {
        guard addresses.contains(where: \.leadsInside) else { return true }
        guard reach == .site, !addresses.contains(where: \.isOfLinkOrCloud), let first else { return false }
        return await HostNames.addresses(of: first, lookUp).contains(where: \.leadsInside)
    }
}

extension IPLiteral {
    /// Whether it leads nowhere but to this machine, this site or its provider's services, also where it is written as
    /// an IPv6 address that stands for an IPv4 one.
    var leadsInside: Bool { isLocal || isOfLinkOrCloud || (embedded?.leadsInside ?? false) }

    /// Whether it is one of this link alone, or one at which clouds tell a machine its secrets.
    var isOfLinkOrCloud: Bool {
        switch self {
        case .v4(let b):
            (b[0] == 169 && b[1] == 254) || b == [168, 63, 129, 16] || b == [100, 100, 100, 200]
                || (b[0] == 192 && b[1] == 0 && b[2] == 0)
        case .v6(let b):
            (b[0] == 0xFE && b[1] & 0xC0 == 0x80) || (embedded?.isOfLinkOrCloud ?? false)
                || b == [0xFD, 0, 0x0E, 0xC2] + [UInt8](repeating: 0, count: 10) + [0x02, 0x54]
        }
    }

    /// The IPv4 address inside: IPv4-compatible, 6to4 or NAT64.
    private var embedded: IPLiteral? {
        guard case .v6(let b) = self else { return nil }
        let isTranslated = b[0..<12].elementsEqual([0, 0x64, 0xFF, 0x9B, 0, 0, 0, 0, 0, 0, 0, 0])
        if isTranslated || b[0..<12].allSatisfy({ $0 == 0 }) { return .v4(Array(b[12...])) }
        return b[0] == 0x20 && b[1] == 0x02 ? .v4(Array(b[2..<6])) : nil
    }
}
