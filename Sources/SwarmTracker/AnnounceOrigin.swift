public import SwarmWire

/// The connection by which a peer speaks to the tracker.
public struct AnnounceOrigin: Sendable, Hashable {
    /// Where the peer is, by its connection or by the word of a trusted proxy.
    public var remote: IPLiteral
    /// The tracker's own end of the connection; nil when a proxy stands in between.
    public var local: IPLiteral?

    public init(remote: IPLiteral, local: IPLiteral? = nil) {
        self.remote = remote
        self.local = local
    }

    /// The addresses under which the peer may be handed out: that of its connection and, from inside a site, what it
    /// says of itself. A stranger who could name an address would send a swarm there.
    func addresses(stated: [IPLiteral]) -> (v4: NetAddress, v6: NetAddress) {
        let own = NetAddress(remote)
        var (v4, v6) = (NetAddress.none, NetAddress.none)
        func take(_ address: NetAddress) {
            guard address.scope != .nowhere else { return }
            if address.isV4 { v4 = address } else { v6 = address }
        }
        take(own)
        switch own.scope {
        case .machine, .link, .site: stated.forEach { take(NetAddress($0)) }
        case .world, .nowhere: break
        }
        return (v4, v6)
    }
}

/// Chooses under which address, if any, a peer is told to another.
struct HandingRule: Sendable {
    private let asker: NetAddress
    private let scope: NetAddress.Scope
    private let trackerSide: NetAddress?

    init(_ origin: AnnounceOrigin) {
        asker = NetAddress(origin.remote)
        scope = asker.scope
        trackerSide = origin.local.map { NetAddress($0) }
    }

    /// nil when the asker could not reach the peer at any of its addresses.
    func address(v4: NetAddress, v6: NetAddress) -> NetAddress? {
        // By the family of the asker's connection if there is a choice.
        asker.isV4 ? usable(v4) ?? usable(v6) : usable(v6) ?? usable(v4)
    }

    private func usable(_ address: NetAddress) -> NetAddress? {
        guard address != .none else { return nil }
        switch address.scope {
        case .world: return address
        case .site: return scope == .world || scope == .nowhere ? nil : address
        case .link: return scope == .link || scope == .machine ? address : nil
        case .machine:
            if scope == .machine { return address }
            // A peer on the tracker's own machine is where the asker found the tracker.
            guard let trackerSide, trackerSide.isV4 == address.isV4, trackerSide.scope != .machine else { return nil }
            return trackerSide
        case .nowhere: return nil
        }
    }
}
