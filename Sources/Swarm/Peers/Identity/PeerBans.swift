internal import NIOCore
internal import SwarmWire
internal import Synchronization

/// The peers that have lied, for as long as this process runs: known again by certificate, and by address where they
/// have come from elsewhere. (Who sits behind one address with a liar pays for it; a certificate is made in no time.)
public final class PeerBans: Sendable {
    private let names = Mutex(Set<[UInt8]>())

    public init() {}

    public func ban(_ peer: PeerConnection) {
        names.withLock { names in
            // Bounded: whoever makes this many liars has more to lose than we have.
            if names.count >= 100_000 { names.removeAll() }
            if !peer.fingerprint.isEmpty { names.insert(peer.fingerprint) }
            if let address = Self.name(of: peer.address) { names.insert(address) }
        }
        peer.close()
    }

    func contains(fingerprint: [UInt8]) -> Bool { names.withLock { $0.contains(fingerprint) } }

    func contains(_ address: PeerAddress) -> Bool {
        guard let name = Self.name(of: address) else { return false }
        return names.withLock { $0.contains(name) }
    }

    /// Several peers may run on this machine, so its own addresses tell none from another.
    private static func name(of address: PeerAddress) -> [UInt8]? {
        guard let literal = address.literal, !literal.isLoopback else { return nil }
        return literal.bytes
    }
}

extension IPLiteral {
    /// Whether the address is this machine's own.
    var isLoopback: Bool {
        switch self {
        case .v4(let bytes): bytes[0] == 127
        case .v6(let bytes): bytes[0..<15].allSatisfy { $0 == 0 } && bytes[15] == 1
        }
    }
}
