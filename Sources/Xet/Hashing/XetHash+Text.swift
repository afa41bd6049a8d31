/// The text form (xet-protocol §2.1): each word as 16 hex digits, most significant first.
extension XetHash: LosslessStringConvertible {
    /// Characters of the text form.
    public static var textLength: Int { 64 }

    /// Reads 64 hex digits of either case; nil for anything else.
    public init?(_ text: some StringProtocol) {
        var digits = HexDigits(text.utf8)
        guard let w0 = digits.nextWord(), let w1 = digits.nextWord(), let w2 = digits.nextWord(),
            let w3 = digits.nextWord(), digits.isAtEnd
        else { return nil }
        self.init(w0: w0, w1: w1, w2: w2, w3: w3)
    }

    public var description: String {
        String(unsafeUninitializedCapacity: Self.textLength) { buffer in
            guard let base = buffer.baseAddress else { return 0 }
            storeText(to: base)
            return Self.textLength
        }
    }

    /// Stores the 64 ASCII characters of the text form.
    public func storeText(to text: UnsafeMutablePointer<UInt8>) {
        HexDigits.store(w0, to: text)
        HexDigits.store(w1, to: text + 16)
        HexDigits.store(w2, to: text + 32)
        HexDigits.store(w3, to: text + 48)
    }
}

extension XetHash: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let hash = Self(text) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "a hash is 64 hexadecimal digits, this is \(text.prefix(80))")
        }
        self = hash
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
