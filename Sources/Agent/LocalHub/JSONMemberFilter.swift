/// Takes members of one name out of a JSON text, wherever they stand, and leaves every other byte as it is.
enum JSONMemberFilter {
    static func removing(_ name: String, from text: [UInt8]) -> [UInt8] {
        let key = Array("\"\(name)\"".utf8)
        let scanner = Scanner(text: text)
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
            let next = scanner.skippingBlanks(from: end)
            // A string before a colon is a key.
            guard next < text.count, text[next] == UInt8(ascii: ":"), text[position..<end].elementsEqual(key) else {
                out += text[position..<end]
                position = end
                continue
            }
            position = scanner.skippingBlanks(from: scanner.endOfValue(at: scanner.skippingBlanks(from: next + 1)))
            if position < text.count, text[position] == UInt8(ascii: ",") {
                position = scanner.skippingBlanks(from: position + 1)
            } else {
                // It was the last one: the comma before it goes.
                while let last = out.last, Scanner.isBlank(last) { out.removeLast() }
                if out.last == UInt8(ascii: ",") { out.removeLast() }
            }
        }
        return out
    }

    private struct Scanner {
        let text: [UInt8]

        static func isBlank(_ byte: UInt8) -> Bool { byte == 32 || byte == 9 || byte == 10 || byte == 13 }

        func skippingBlanks(from start: Int) -> Int {
            var position = start
            while position < text.count, Self.isBlank(text[position]) { position += 1 }
            return position
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
}
