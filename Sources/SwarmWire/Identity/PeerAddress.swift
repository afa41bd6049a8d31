/// Where a peer listens.
public struct PeerAddress: Sendable, Hashable, CustomStringConvertible {
    /// An IP address in its shortest form, or a name; without brackets.
    public let host: String
    public let port: UInt16

    public init(host: String, port: UInt16) {
        self.host = IPLiteral(host)?.description ?? host
        self.port = port
    }

    /// Reads `host:port` or `[v6]:port`. The port must not be zero.
    public init?(_ text: some StringProtocol) {
        let host: Substring
        let port: Substring
        let text = Substring(text)
        if text.hasPrefix("[") {
            guard let end = text.firstIndex(of: "]") else { return nil }
            host = text[text.index(after: text.startIndex)..<end]
            let rest = text[text.index(after: end)...]
            guard rest.hasPrefix(":"), case .v6? = Self.literal(host) else { return nil }
            port = rest.dropFirst()
        } else {
            guard let colon = text.lastIndex(of: ":") else { return nil }
            host = text[..<colon]
            port = text[text.index(after: colon)...]
            guard Self.isName(host) else { return nil }
        }
        guard !port.isEmpty, port.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = UInt16(port), number > 0
        else { return nil }
        self.init(host: String(host), port: number)
    }

    /// What stands in brackets is an IPv6 address, even one that holds an IPv4 address.
    private static func literal(_ host: Substring) -> IPLiteral? {
        guard host.contains(":"), let literal = IPLiteral(host) else { return nil }
        if case .v4(let bytes) = literal { return .v6([UInt8](repeating: 0, count: 10) + [0xFF, 0xFF] + bytes) }
        return literal
    }

    /// Whether `host` can be a name or an IPv4 address (RFC 1123, and underscores, which some networks use).
    private static func isName(_ host: Substring) -> Bool {
        !host.isEmpty && host.utf8.count <= 253
            && host.split(separator: ".", omittingEmptySubsequences: false).dropLast(host.hasSuffix(".") ? 1 : 0)
                .allSatisfy { label in
                    !label.isEmpty && label.utf8.count <= 63 && !label.hasPrefix("-")
                        && label.utf8.allSatisfy { byte in
                            byte == 0x2D || byte == 0x5F || (0x30...0x39).contains(byte)
                                || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                        }
                }
    }

    /// The host as an address; nil if it is a name.
    public var literal: IPLiteral? { IPLiteral(host) }

    public var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}

/// The compact form (BEP 23, BEP 7): 4 or 16 bytes of address and 2 of port, in network order.
extension PeerAddress {
    /// Bytes of an IPv4 entry.
    public static let compactSizeV4 = 6
    /// Bytes of an IPv6 entry.
    public static let compactSizeV6 = 18

    /// Takes one entry of 6 or 18 bytes; nil for any other size, and for port 0.
    public init?(compact bytes: some Collection<UInt8>) {
        guard bytes.count == Self.compactSizeV4 || bytes.count == Self.compactSizeV6 else { return nil }
        let port = bytes.suffix(2).reduce(UInt16(0)) { $0 << 8 | UInt16($1) }
        guard port > 0, let literal = IPLiteral(bytes: bytes.dropLast(2)) else { return nil }
        self.init(host: literal.description, port: port)
    }

    /// 6 or 18 bytes; nil for a name.
    public var compact: [UInt8]? {
        literal.map { $0.bytes + [UInt8(port >> 8), UInt8(port & 0xFF)] }
    }

    /// Takes a string of entries of `size` bytes apart; entries without a port are left out.
    /// - Returns: nil if the bytes are no whole number of entries.
    public static func list(compact bytes: [UInt8], entrySize size: Int) -> [PeerAddress]? {
        guard bytes.count.isMultiple(of: size) else { return nil }
        return stride(from: 0, to: bytes.count, by: size).compactMap { PeerAddress(compact: bytes[$0..<$0 + size]) }
    }
}
