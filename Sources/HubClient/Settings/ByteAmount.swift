/// Amounts of bytes as people write them: `10M`, `1.5G`, `65536`; K, M, G and T are multiples of 1024.
public enum ByteAmount {
    /// Nil for anything else, for a part of a byte, and for more than 2^60.
    public static func parse(_ text: String) -> Int? {
        var digits = text.uppercased()[...]
        for suffix in ["IB", "B"] where digits.hasSuffix(suffix) && digits.count > suffix.count {
            digits = digits.dropLast(suffix.count)
            break
        }
        let shift: Int? = digits.last.flatMap { ["K": 10, "M": 20, "G": 30, "T": 40][$0] }
        if shift != nil { digits.removeLast() }
        guard !digits.isEmpty, digits.allSatisfy({ $0.isASCII && ($0.isNumber || $0 == ".") }),
            let number = Double(digits)
        else { return nil }
        let bytes = number * Double(1 << (shift ?? 0))
        guard bytes == 0 || bytes >= 1, bytes <= Double(1 << 60) else { return nil }
        return Int(bytes)
    }

    /// An amount per second, with or without `/s` behind it; 0 stands for no limit.
    public static func parse(rate text: String) -> Int? {
        parse(text.hasSuffix("/s") ? String(text.dropLast(2)) : text)
    }
}
