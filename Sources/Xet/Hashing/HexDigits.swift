/// Reads and writes words as 16 hex digits.
struct HexDigits<Bytes: Sequence> where Bytes.Element == UInt8 {
    private var bytes: Bytes.Iterator

    init(_ bytes: Bytes) {
        self.bytes = bytes.makeIterator()
    }

    /// The next 16 digits, most significant first; nil when they are not all there.
    mutating func nextWord() -> UInt64? {
        var word: UInt64 = 0
        for _ in 0..<16 {
            guard let byte = bytes.next(), let digit = Self.value(of: byte) else { return nil }
            word = word << 4 | digit
        }
        return word
    }

    /// Whether nothing follows; uses up a byte when something does.
    var isAtEnd: Bool {
        mutating get { bytes.next() == nil }
    }

    private static func value(of byte: UInt8) -> UInt64? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt64(byte &- UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt64(byte &- UInt8(ascii: "a") &+ 10)
        case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt64(byte &- UInt8(ascii: "A") &+ 10)
        default: nil
        }
    }
}

extension HexDigits where Bytes == [UInt8] {
    /// Stores 16 lowercase digits, most significant first.
    static func store(_ word: UInt64, to text: UnsafeMutablePointer<UInt8>) {
        // Eight nibbles at a time, spread over the bytes of a word: a text is made for every line of every tree node.
        text.storeDigits(UInt32(truncatingIfNeeded: word >> 32))
        (text + 8).storeDigits(UInt32(truncatingIfNeeded: word))
    }
}

extension UnsafeMutablePointer<UInt8> {
    fileprivate func storeDigits(_ half: UInt32) {
        var nibbles = UInt64(half.byteSwapped)
        nibbles = (nibbles | nibbles << 16) & 0x0000_FFFF_0000_FFFF
        nibbles = (nibbles | nibbles << 8) & 0x00FF_00FF_00FF_00FF
        nibbles = (nibbles >> 4 & 0x000F_000F_000F_000F) | (nibbles & 0x000F_000F_000F_000F) << 8
        let letters = (nibbles &+ 0x0606_0606_0606_0606) >> 4 & 0x0101_0101_0101_0101
        let digits = nibbles &+ 0x3030_3030_3030_3030 &+ letters &* 0x27
        UnsafeMutableRawPointer(self).storeBytes(of: digits.littleEndian, as: UInt64.self)
    }
}
