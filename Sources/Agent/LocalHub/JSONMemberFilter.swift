/// Takes members of one name out of a JSON text, wherever they stand, and leaves every other byte as it is.
enum JSONMemberFilter {
    static func removing(_ name: String, from text: [UInt8]) -> [UInt8] {
        let key = Array("\"\(name)\"".utf8)
        let scanner = JSONScanner(text: text)
        var out: [UInt8] = []
        out.reserveCapacity(text.count)
        var position = 0
        while position < text.count {
            guard text[position] == UInt8(ascii: "\"") else {
                out.append(text[position])
                position += 1
                continue
            }
            let end = scanner.endOfString(at: position)
            guard scanner.isKey(endingAt: end), text[position..<end].elementsEqual(key) else {
                out += text[position..<end]
                position = end
                continue
            }
            let colon = scanner.skippingBlanks(from: end)
            position = scanner.skippingBlanks(from: scanner.endOfValue(at: scanner.skippingBlanks(from: colon + 1)))
            if position < text.count, text[position] == UInt8(ascii: ",") {
                position = scanner.skippingBlanks(from: position + 1)
            } else {
                // It was the last one: the comma before it goes.
                while let last = out.last, JSONScanner.isBlank(last) { out.removeLast() }
                if out.last == UInt8(ascii: ",") { out.removeLast() }
            }
        }
        return out
    }
}
