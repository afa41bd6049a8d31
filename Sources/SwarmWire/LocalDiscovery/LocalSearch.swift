/// The datagram by which peers of one network look for each other (BEP 14).
public struct LocalSearch: Sendable, Hashable {
    /// The multicast groups of the two families.
    public enum Group: Sendable, CaseIterable {
        case v4, v6

        /// The group's address.
        public var host: String {
            switch self {
            case .v4: "239.192.152.143"
            case .v6: "ff15::efc0:988f"
            }
        }

        var authority: String { self == .v6 ? "[\(host)]" : host }
    }

    public static let port: UInt16 = 6771
    /// Swarms in one datagram, so that it stays below 1,400 bytes.
    public static let maximumSwarms = 25
    /// Bytes of a datagram that are looked at.
    static let maximumSize = 2_048

    /// Where the sender listens for peers.
    public var port: UInt16
    public var swarms: [SwarmID]
    /// By which a sender knows its own datagrams.
    public var cookie: String?

    public init(port: UInt16, swarms: [SwarmID], cookie: String?) {
        self.port = port
        self.swarms = Array(swarms.prefix(Self.maximumSwarms))
        self.cookie = cookie
    }

    public func encoded(for group: Group, port groupPort: UInt16 = LocalSearch.port) -> [UInt8] {
        var text = "BT-SEARCH * HTTP/1.1\r\nHost: \(group.authority):\(groupPort)\r\nPort: \(port)\r\n"
        for swarm in swarms { text += "Infohash: \(swarm)\r\n" }
        if let cookie { text += "cookie: \(cookie)\r\n" }
        return Array((text + "\r\n\r\n").utf8)
    }

    /// Reads a datagram; nil for what is no search, or names no swarm or no port.
    public init?(_ bytes: [UInt8]) {
        guard bytes.count <= Self.maximumSize, bytes.allSatisfy({ $0 < 0x80 }) else { return nil }
        let lines = bytes.split(separator: UInt8(ascii: "\n"), maxSplits: 64).map { line in
            String(decoding: line.last == UInt8(ascii: "\r") ? line.dropLast() : line, as: UTF8.self)
        }
        guard let first = lines.first, first.hasPrefix("BT-SEARCH * HTTP/1.") else { return nil }
        var port: UInt16?
        swarms = []
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { continue }
            let value = line[line.index(after: colon)...].filter { $0 != " " && $0 != "\t" }
            switch line[..<colon].lowercased() {
            case "port": port = UInt16(value)
            case "infohash":
                if swarms.count < Self.maximumSwarms, let swarm = SwarmID(hexText: value) { swarms.append(swarm) }
            case "cookie": cookie = String(value.prefix(64))
            default: break
            }
        }
        guard let port, port > 0, !swarms.isEmpty else { return nil }
        self.port = port
    }
}

extension SwarmID {
    /// Reads 40 hexadecimal digits, as ``description`` writes them.
    public init?(hexText text: some StringProtocol) {
        let digits = text.utf8.map { byte -> UInt8 in
            switch byte {
            case 0x30...0x39: byte - 0x30
            case 0x41...0x46: byte - 0x41 + 10
            case 0x61...0x66: byte - 0x61 + 10
            default: 0xFF
            }
        }
        guard digits.count == 2 * SwarmID.size, !digits.contains(0xFF) else { return nil }
        self.init(bytes: stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] })
    }
}
