#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// The text of an IP address, taken apart.
///
/// An IPv4 address inside an IPv6 one (`::ffff:1.2.3.4`) counts as the IPv4 address, so that a peer has one name.
public enum IPLiteral: Hashable, Sendable, CustomStringConvertible {
    /// 4 bytes in network order.
    case v4([UInt8])
    /// 16 bytes in network order.
    case v6([UInt8])

    /// Reads an address without brackets, port or scope.
    public init?(_ text: some StringProtocol) {
        // The longest IPv6 text has 45 characters.
        guard text.utf8.count <= 45 else { return nil }
        var v4 = in_addr()
        var v6 = in6_addr()
        if inet_pton(AF_INET, String(text), &v4) == 1 {
            self = .v4(withUnsafeBytes(of: v4) { Array($0) })
        } else if inet_pton(AF_INET6, String(text), &v6) == 1 {
            self.init(sixteen: withUnsafeBytes(of: v6) { Array($0) })
        } else {
            return nil
        }
    }

    /// Takes 4 or 16 bytes in network order.
    public init?(bytes: some Sequence<UInt8>) {
        let bytes = Array(bytes)
        switch bytes.count {
        case 4: self = .v4(bytes)
        case 16: self.init(sixteen: bytes)
        default: return nil
        }
    }

    private init(sixteen bytes: [UInt8]) {
        let mapped = bytes[0..<10].allSatisfy { $0 == 0 } && bytes[10] == 0xFF && bytes[11] == 0xFF
        self = mapped ? .v4(Array(bytes[12...])) : .v6(bytes)
    }

    public var bytes: [UInt8] {
        switch self {
        case .v4(let bytes), .v6(let bytes): bytes
        }
    }

    /// The shortest text, as RFC 5952 wants it.
    public var description: String {
        let family = if case .v4 = self { AF_INET } else { AF_INET6 }
        return String(unsafeUninitializedCapacity: 64) { text in
            text.withMemoryRebound(to: CChar.self) { text in
                bytes.withUnsafeBytes { address in
                    guard inet_ntop(family, address.baseAddress, text.baseAddress, socklen_t(text.count)) != nil,
                        let start = text.baseAddress
                    else { return 0 }
                    return strlen(start)
                }
            }
        }
    }

    /// Whether the address leads nowhere but to this machine, this link or this site: loopback, link-local, private
    /// (RFC 1918, RFC 4193), shared (RFC 6598), unspecified or multicast. Such addresses are believed only when they
    /// come from the site itself (p2p.md §4.4).
    public var isLocal: Bool {
        switch self {
        case .v4(let b):
            b[0] == 0 || b[0] == 10 || b[0] == 127 || b[0] >= 224 || (b[0] == 169 && b[1] == 254)
                || (b[0] == 172 && b[1] & 0xF0 == 16) || (b[0] == 192 && b[1] == 168)
                || (b[0] == 100 && b[1] & 0xC0 == 64)
        case .v6(let b):
            b[0] == 0xFF || b[0] & 0xFE == 0xFC || (b[0] == 0xFE && b[1] & 0x80 == 0x80)
                || b[0..<15].allSatisfy { $0 == 0 }
        }
    }
}
