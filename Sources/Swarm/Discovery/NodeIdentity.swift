public import SwarmWire
internal import Synchronization

/// How this node calls itself, and where it is: one per process.
public final class NodeIdentity: Sendable {
    /// The id that trackers and BitTorrent peers are told.
    public let peer: SwarmWire.PeerID
    /// A secret between this node and its trackers, by which they know it again at another address.
    let key: [UInt8]
    private let addresses: Mutex<Set<IPLiteral>>

    /// How many addresses are remembered: some per interface, one per tracker and family.
    private static let maximumAddresses = 256

    /// - Parameter addresses: those of this machine, as far as they are known.
    public init(peer: SwarmWire.PeerID = .random(), addresses: [IPLiteral] = LocalAddresses.all) {
        self.peer = peer
        var generator = SystemRandomNumberGenerator()
        let digits = Array("0123456789abcdef".utf8)
        key = (0..<16).map { _ in digits[Int.random(in: 0..<16, using: &generator)] }
        self.addresses = Mutex(Set(addresses))
    }

    /// Notes an address under which others see this node.
    func noteOwn(_ address: IPLiteral) {
        addresses.withLock { known in
            if known.count < Self.maximumAddresses { known.insert(address) }
        }
    }

    /// Whether an address is this node's own.
    func isOwn(_ address: PeerAddress, port: UInt16?) -> Bool {
        guard address.port == port, let literal = address.literal else { return false }
        return addresses.withLock { $0.contains(literal) }
    }
}
