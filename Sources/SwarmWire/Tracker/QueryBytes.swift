/// The pairs of a URL's query with their values as bytes: trackers are sent ids that are no text.
public struct QueryBytes: Sendable {
    private var pairs: [(name: String, value: [UInt8])] = []

    /// Pairs that are read; what follows is dropped.
    static let maximumPairs = 512

    /// Reads a query as sent, without its question mark. Pairs with malformed escapes are left out.
    public init(_ query: some StringProtocol) {
        for part in query.utf8.split(separator: UInt8(ascii: "&"), maxSplits: Self.maximumPairs).prefix(
            Self.maximumPairs)
        {
            let equals = part.firstIndex(of: UInt8(ascii: "=")) ?? part.endIndex
            guard let name = Self.decode(part[..<equals]), let value = Self.decode(part[equals...].dropFirst()) else {
                continue
            }
            pairs.append((String(decoding: name, as: UTF8.self), value))
        }
    }

    private static func decode(_ text: some Sequence<UInt8>) -> [UInt8]? {
        var out: [UInt8] = []
        var bytes = text.makeIterator()
        while let byte = bytes.next() {
            switch byte {
            case UInt8(ascii: "%"):
                guard let high = bytes.next().flatMap(digit), let low = bytes.next().flatMap(digit) else { return nil }
                out.append(high << 4 | low)
            case UInt8(ascii: "+"): out.append(0x20)
            default: out.append(byte)
            }
        }
        return out
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x41...0x46: byte - 0x41 + 10
        case 0x61...0x66: byte - 0x61 + 10
        default: nil
        }
    }

    /// The first value of that name.
    public subscript(_ name: String) -> [UInt8]? { pairs.first { $0.name == name }?.value }

    public func all(_ name: String) -> [[UInt8]] { pairs.filter { $0.name == name }.map(\.value) }

    public func text(_ name: String) -> String? { self[name].map { String(decoding: $0, as: UTF8.self) } }

    /// A decimal number; nil for anything else.
    public func number(_ name: String) -> Int64? { text(name).flatMap { Int64($0) } }

    /// A value as it may stand in a query: every byte that is no letter, digit or one of `-._~` as an escape.
    static func escaped(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var out: [UInt8] = []
        out.reserveCapacity(bytes.count * 3)
        for byte in bytes {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                out.append(byte)
            default: out += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: out, as: UTF8.self)
    }
}
