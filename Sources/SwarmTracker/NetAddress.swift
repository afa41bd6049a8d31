internal import SwarmWire

/// An IP address as 16 bytes, an IPv4 one in its mapped form: no allocation, and cheap to compare.
struct NetAddress: Hashable, Sendable {
    var high: UInt64
    var low: UInt64

    /// No address.
    static let none = NetAddress(high: 0, low: 0)

    init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    init(_ literal: IPLiteral) {
        func number(_ bytes: some Sequence<UInt8>) -> UInt64 { bytes.reduce(0) { $0 << 8 | UInt64($1) } }
        switch literal {
        case .v4(let bytes): (high, low) = (0, 0xFFFF_0000_0000 | number(bytes))
        case .v6(let bytes): (high, low) = (number(bytes.prefix(8)), number(bytes.dropFirst(8)))
        }
    }

    var isV4: Bool { high == 0 && low >> 32 == 0xFFFF }

    /// What is counted together: an IPv4 address, or the network of 64 bits that one household or machine has.
    var network: UInt64 { isV4 ? low : high }

    /// From where an address can be reached.
    enum Scope: Sendable {
        /// This machine.
        case machine
        /// The machines on one cable.
        case link
        /// One site: RFC 1918, RFC 4193, RFC 6598.
        case site
        case world
        /// Nowhere: unspecified or multicast.
        case nowhere
    }

    var scope: Scope {
        if isV4 {
            let v4 = UInt32(truncatingIfNeeded: low)
            switch v4 >> 24 {
            case 0: return .nowhere
            case 127: return .machine
            case 10: return .site
            case 100 where v4 >> 22 == 0x6440_0000 >> 22: return .site
            case 169 where v4 >> 16 == 0xA9FE: return .link
            case 172 where v4 >> 20 == 0xAC1: return .site
            case 192 where v4 >> 16 == 0xC0A8: return .site
            case 224...: return .nowhere
            default: return .world
            }
        }
        if high == 0 { return low == 1 ? .machine : .nowhere }
        switch high >> 48 {
        case 0xFE80...0xFEBF: return .link
        case 0xFC00...0xFDFF: return .site
        case 0xFF00...: return .nowhere
        default: return .world
        }
    }

    /// 4 or 16 bytes, then the port: the compact forms of BEP 23 and BEP 7.
    func appendCompact(port: UInt16, to bytes: inout [UInt8]) {
        if isV4 {
            bytes.append(bigEndian: UInt32(truncatingIfNeeded: low))
        } else {
            bytes.append(bigEndian: high)
            bytes.append(bigEndian: low)
        }
        bytes.append(bigEndian: port)
    }

    var literal: IPLiteral {
        var bytes: [UInt8] = []
        appendCompact(port: 0, to: &bytes)
        let address = Array(bytes.dropLast(2))
        return isV4 ? .v4(address) : .v6(address)
    }
}

/// 20 bytes of a swarm's or peer's id without an allocation.
struct Key20: Hashable, Sendable {
    var first: UInt64
    var second: UInt64
    var third: UInt32

    init(first: UInt64, second: UInt64, third: UInt32) {
        self.first = first
        self.second = second
        self.third = third
    }

    /// Takes 20 bytes.
    init?(_ bytes: ArraySlice<UInt8>) {
        guard bytes.count == 20 else { return nil }
        first = bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
        second = bytes.dropFirst(8).prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
        third = bytes.suffix(4).reduce(0) { $0 << 8 | UInt32($1) }
    }

    init(_ swarm: SwarmID) { self = Key20(swarm.bytes[...]) ?? Key20(first: 0, second: 0, third: 0) }

    init(_ peer: PeerID) { self = Key20(peer.bytes[...]) ?? Key20(first: 0, second: 0, third: 0) }

    var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(20)
        bytes.append(bigEndian: first)
        bytes.append(bigEndian: second)
        bytes.append(bigEndian: third)
        return bytes
    }
}
