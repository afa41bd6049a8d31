/// Finds where the parts of a JSON text begin and end, without reading what they say.
struct JSONScanner {
    let text: [UInt8]

    static func isBlank(_ byte: UInt8) -> Bool { byte == 32 || byte == 9 || byte == 10 || byte == 13 }

    func skippingBlanks(from start: Int) -> Int {
        var position = start
        while position < text.count, Self.isBlank(text[position]) { position += 1 }
        return position
    }

    /// Whether a string that ends here has a colon behind it, as keys have.
    func isKey(endingAt end: Int) -> Bool {
        let next = skippingBlanks(from: end)
        return next < text.count && text[next] == UInt8(ascii: ":")
    }

    /// Behind the closing quote.
    func endOfString(at start: Int) -> Int {
        var position = start + 1
        while position < text.count {
            switch text[position] {
            case UInt8(ascii: "\\"): position += 2
            case UInt8(ascii: "\""): return position + 1
            default: position += 1
            }
        }
        return text.count
    }

    func endOfValue(at start: Int) -> Int {
        var position = start
        var depth = 0
        while position < text.count {
            switch text[position] {
            case UInt8(ascii: "\""):
                position = endOfString(at: position)
                if depth == 0 { return position }
                continue
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                if depth == 0 { return position }
                depth -= 1
                if depth == 0 { return position + 1 }
            case UInt8(ascii: ",") where depth == 0: return position
            default: break
            }
            position += 1
        }
        return text.count
    }
}
