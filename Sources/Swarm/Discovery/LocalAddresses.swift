internal import NIOCore
public import SwarmWire

/// The addresses of this machine's network interfaces.
public enum LocalAddresses {
    /// Those of all interfaces; none where the system does not tell.
    public static var all: [IPLiteral] { interfaces.map(\.address) }

    /// An address of an interface.
    struct Interface {
        var device: NIONetworkDevice
        var address: IPLiteral
        /// As many leading bits as the addresses of one network have in common.
        var networkBits: Int
        var takesMulticast: Bool { device.multicastSupported }
    }

    /// Whether two addresses have their first `bits` bits in common.
    static func isSameNetwork(_ one: IPLiteral, _ other: IPLiteral, bits: Int) -> Bool {
        let (one, other) = (one.bytes, other.bytes)
        guard one.count == other.count else { return false }
        for bit in 0..<min(bits, one.count * 8) {
            let mask: UInt8 = 0x80 >> UInt8(bit % 8)
            if (one[bit / 8] ^ other[bit / 8]) & mask != 0 { return false }
        }
        return true
    }

    static var interfaces: [Interface] {
        let devices = (try? System.enumerateDevices()) ?? []
        return devices.compactMap { device in
            guard let address = device.address?.ipAddress.flatMap({ IPLiteral($0) }) else { return nil }
            let mask = device.netmask?.ipAddress.flatMap { IPLiteral($0) }
            // Without a mask no other address is known to be near.
            let bits = mask.map { $0.bytes.reduce(0) { $0 + $1.nonzeroBitCount } } ?? address.bytes.count * 8
            return Interface(device: device, address: address, networkBits: bits)
        }
    }
}

extension IPLiteral {
    /// Whether the address means something on one cable only.
    var isLinkLocal: Bool {
        switch self {
        case .v4(let bytes): bytes[0] == 169 && bytes[1] == 254
        case .v6(let bytes): bytes[0] == 0xFE && bytes[1] & 0xC0 == 0x80
        }
    }
}
