/// A SHA-256 digest: the Hub's name of an LFS object. Computing it is not this module's business.
public struct SHA256Digest: Hashable, Sendable {
    // Big-endian words, so that a word's hex digits are the digest's.
    private let b0, b1, b2, b3: UInt64

    private init(b0: UInt64, b1: UInt64, b2: UInt64, b3: UInt64) {
        self.b0 = b0
        self.b1 = b1
        self.b2 = b2
        self.b3 = b3
    }

    /// Loads the 32 bytes of a digest.
    public init(loading bytes: UnsafeRawPointer) {
        let words = XetHash<KeyKind>(loading: bytes)
        self.init(
            b0: words.w0.byteSwapped, b1: words.w1.byteSwapped, b2: words.w2.byteSwapped, b3: words.w3.byteSwapped)
    }

    /// Loads the form that shards keep: every group of eight bytes reversed (xet-protocol §2.4).
    public init(wordSwapped bytes: UnsafeRawPointer) {
        let words = XetHash<KeyKind>(loading: bytes)
        self.init(b0: words.w0, b1: words.w1, b2: words.w2, b3: words.w3)
    }

    /// The digest of no bytes at all.
    public static let ofNothing = Self(
        b0: 0xe3b0_c442_98fc_1c14, b1: 0x9afb_f4c8_996f_b924, b2: 0x27ae_41e4_649b_934c, b3: 0xa495_991b_7852_b855)

    /// Stores the 32 bytes of the digest.
    public func store(to bytes: UnsafeMutableRawPointer) {
        XetHash<KeyKind>(w0: b0.byteSwapped, w1: b1.byteSwapped, w2: b2.byteSwapped, w3: b3.byteSwapped)
            .store(to: bytes)
    }

    /// Stores the 32 bytes of the form that shards keep.
    public func storeWordSwapped(to bytes: UnsafeMutableRawPointer) {
        XetHash<KeyKind>(w0: b0, w1: b1, w2: b2, w3: b3).store(to: bytes)
    }

    /// The 32 bytes of the digest.
    public var bytes: [UInt8] {
        XetHash<KeyKind>(w0: b0.byteSwapped, w1: b1.byteSwapped, w2: b2.byteSwapped, w3: b3.byteSwapped).bytes
    }

    /// The 32 bytes of the form that shards keep.
    public var wordSwapped: [UInt8] {
        XetHash<KeyKind>(w0: b0, w1: b1, w2: b2, w3: b3).bytes
    }
}

extension SHA256Digest: LosslessStringConvertible {
    /// Reads the usual 64 hex digits, of either case; nil for anything else.
    public init?(_ hex: some StringProtocol) {
        guard let words = XetHash<KeyKind>(hex) else { return nil }
        self.init(b0: words.w0, b1: words.w1, b2: words.w2, b3: words.w3)
    }

    /// The usual 64 lowercase hex digits.
    public var description: String { XetHash<KeyKind>(w0: b0, w1: b1, w2: b2, w3: b3).description }
}

extension SHA256Digest: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let digest = Self(text) else {
            throw DecodingError.dataCorruptedError(
                in: container,
                debugDescription: "a SHA-256 digest is 64 hexadecimal digits, this is \(text.prefix(80))")
        }
        self = digest
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
