/// The grammar of RFC 8259, token by token.
extension JSONReader {
    mutating func skipSpace() {
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x0A, 0x0D, 0x09: position += 1
            default: return
            }
        }
    }

    mutating func take(_ byte: UInt8) -> Bool {
        guard position < bytes.count, bytes[position] == byte else { return false }
        position += 1
        return true
    }

    mutating func takeWord(_ word: StaticString) -> Bool {
        let matches = word.withUTF8Buffer { bytes[position...].starts(with: $0) }
        if matches { position += word.utf8CodeUnitCount }
        return matches
    }

    mutating func enter(_ wanted: Kind, _ name: String) throws(PublishError) {
        guard try kind() == wanted else { throw wrong("is not \(name)") }
        guard depthLeft > 0 else { throw fault(.tooLarge, "is nested too deeply") }
        depthLeft -= 1
        position += 1
    }

    /// Consumes the end of an object or array, or what separates its parts.
    mutating func next(_ end: UInt8, isFirst: Bool) throws(PublishError) -> Bool {
        skipSpace()
        if take(end) { return true }
        guard isFirst || take(UInt8(ascii: ",")) else {
            throw malformed("byte \(position) should be a comma or an end")
        }
        return false
    }

    mutating func numeral() throws(PublishError) -> String {
        if takesNaN, takeWord("NaN") || takeWord("Infinity") || takeWord("-Infinity") { return "nan" }
        let start = position
        _ = take(UInt8(ascii: "-"))
        let whole = position
        guard digits() > 0, bytes[whole] != 0x30 || position == whole + 1 else {
            throw malformed("a number is badly written")
        }
        if take(UInt8(ascii: ".")), digits() == 0 { throw malformed("a number is badly written") }
        if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
            if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
            guard digits() > 0 else { throw malformed("a number is badly written") }
        }
        guard position - start <= 64 else { throw malformed("a number has too many digits") }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    private mutating func digits() -> Int {
        let start = position
        while position < bytes.count, (0x30...0x39).contains(bytes[position]) { position += 1 }
        return position - start
    }

    /// A text with its quotes.
    mutating func quoted() throws(PublishError) -> String {
        position += 1
        var content: [UInt8] = []
        var start = position
        while true {
            guard position < bytes.count else { throw malformed("it ends inside a text") }
            switch bytes[position] {
            case UInt8(ascii: "\""):
                content += bytes[start..<position]
                position += 1
                guard let text = String(validating: content, as: UTF8.self) else {
                    throw malformed("a text is not UTF-8")
                }
                return text
            case UInt8(ascii: "\\"):
                content += bytes[start..<position]
                position += 1
                content += Array(String(try escape()).utf8)
                start = position
            case 0..<0x20: throw malformed("a text holds a control character")
            default: position += 1
            }
        }
    }

    private mutating func escape() throws(PublishError) -> Unicode.Scalar {
        guard position < bytes.count else { throw malformed("it ends inside a text") }
        let byte = bytes[position]
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(byte)
        case UInt8(ascii: "b"): return "\u{08}"
        case UInt8(ascii: "f"): return "\u{0C}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"): break
        default: throw malformed("a text has an unknown escape")
        }
        let unit = try codeUnit()
        if let scalar = Unicode.Scalar(unit) { return scalar }
        guard unit < 0xDC00, take(UInt8(ascii: "\\")), take(UInt8(ascii: "u")) else {
            throw malformed("a text has half a character")
        }
        let low = UInt32(try codeUnit())
        guard (0xDC00...0xDFFF).contains(low),
            let scalar = Unicode.Scalar(0x10000 + (UInt32(unit) - 0xD800) << 10 + (low - 0xDC00))
        else { throw malformed("a text has half a character") }
        return scalar
    }

    private mutating func codeUnit() throws(PublishError) -> UInt16 {
        guard position + 4 <= bytes.count,
            let pair = Hex.decode(String(decoding: bytes[position..<position + 4], as: UTF8.self), count: 2)
        else { throw malformed("a text has a broken escape") }
        position += 4
        return UInt16(pair[0]) << 8 | UInt16(pair[1])
    }

    func malformed(_ reason: String) -> PublishError {
        PublishError(
            .malformed, "the \(what) is no JSON: \(reason)", hint: "fetch it again; it may have been cut short")
    }
}
