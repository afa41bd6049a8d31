/// A value of BitTorrent's encoding (BEP 3).
public indirect enum BencodeValue: Sendable, Hashable {
    case integer(Int64)
    case bytes([UInt8])
    case list([BencodeValue])
    case dictionary([BencodeKey: BencodeValue])

    /// A string's UTF-8 bytes.
    public static func string(_ text: String) -> BencodeValue { .bytes(Array(text.utf8)) }

    public var integer: Int64? { if case .integer(let value) = self { value } else { nil } }
    public var bytes: [UInt8]? { if case .bytes(let value) = self { value } else { nil } }
    public var list: [BencodeValue]? { if case .list(let value) = self { value } else { nil } }
    public var dictionary: [BencodeKey: BencodeValue]? {
        if case .dictionary(let value) = self { value } else { nil }
    }

    /// The bytes as text; what is not UTF-8 is replaced.
    public var text: String? { bytes.map { String(decoding: $0, as: UTF8.self) } }

    /// The value of a key; nil if this is no dictionary or has no such key.
    public subscript(_ key: BencodeKey) -> BencodeValue? { dictionary?[key] }
}

/// A key of a dictionary. Keys are ordered byte by byte.
public struct BencodeKey: Sendable, Hashable, Comparable, ExpressibleByStringLiteral {
    public let bytes: [UInt8]

    public init(_ bytes: some Sequence<UInt8>) {
        self.bytes = Array(bytes)
    }

    public init(stringLiteral value: String) {
        bytes = Array(value.utf8)
    }

    public static func < (left: BencodeKey, right: BencodeKey) -> Bool {
        left.bytes.lexicographicallyPrecedes(right.bytes)
    }
}

extension BencodeValue: ExpressibleByIntegerLiteral, ExpressibleByStringLiteral {
    public init(integerLiteral value: Int64) { self = .integer(value) }
    public init(stringLiteral value: String) { self = .string(value) }
}

extension BencodeValue: ExpressibleByDictionaryLiteral {
    public init(dictionaryLiteral elements: (BencodeKey, BencodeValue)...) {
        self = .dictionary(Dictionary(elements) { $1 })
    }
}
