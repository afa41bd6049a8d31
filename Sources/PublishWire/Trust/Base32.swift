/// RFC 4648's base32 in lower case, without padding: keys and signatures as text.
package enum Base32 {
    private static let digits = Array("abcdefghijklmnopqrstuvwxyz234567".utf8)

    package static func encode(_ bytes: some Sequence<UInt8>) -> String {
        var text: [UInt8] = []
        var window: UInt16 = 0
        var count = 0
        for byte in bytes {
            window = window << 8 | UInt16(byte)
            count += 8
            while count >= 5 {
                count -= 5
                text.append(digits[Int(window >> UInt16(count) & 31)])
            }
        }
        if count > 0 { text.append(digits[Int(window << UInt16(5 - count) & 31)]) }
        return String(decoding: text, as: UTF8.self)
    }

    /// Reads text of either case.
    /// - Returns: nil for other characters, a length that no bytes have, or bits left over that are not zero: each run
    ///   of bytes has one text.
    package static func decode(_ text: String, limit: Int = 4 << 10) -> [UInt8]? {
        guard text.utf8.count <= limit else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count * 5 / 8)
        var window: UInt16 = 0
        var count = 0
        for character in text.utf8 {
            let digit: UInt8
            switch character {
            case 0x61...0x7A: digit = character - 0x61
            case 0x41...0x5A: digit = character - 0x41
            case 0x32...0x37: digit = character - 0x32 + 26
            default: return nil
            }
            window = window << 5 | UInt16(digit)
            count += 5
            if count >= 8 {
                count -= 8
                bytes.append(UInt8(truncatingIfNeeded: window >> UInt16(count)))
                window &= (1 << UInt16(count)) - 1
            }
        }
        guard count < 5, window == 0 else { return nil }
        return bytes
    }
}
