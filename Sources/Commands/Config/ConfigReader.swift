/// Reads the JSON object of the settings file, and says of each member, and of a mistake, where it stands; the decoders
/// that there are say only that something is wrong.
struct ConfigReader {
    /// What a member may be.
    enum Value: Equatable {
        case text(String)
        case number(Int)
        case truth(Bool)
        case list([String])
        case pairs([String: String])

        /// As a variable would have it: lists with commas, pairs as `FROM=TO`.
        var variable: String {
            switch self {
            case .text(let text): text
            case .number(let number): "\(number)"
            case .truth(let isTrue): isTrue ? "1" : "0"
            case .list(let list): list.joined(separator: ",")
            case .pairs(let pairs): pairs.keys.sorted().map { "\($0)=\(pairs[$0] ?? "")" }.joined(separator: ",")
            }
        }
    }

    struct Member: Equatable {
        var key: String
        var value: Value
        var line: Int
    }

    struct Mistake: Error, Equatable {
        var line: Int
        var column: Int
        var text: String
    }

    private let bytes: [UInt8]
    private var place = 0

    private init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// The members in their order; none for an empty file.
    static func members(of bytes: [UInt8]) throws(Mistake) -> [Member] {
        var reader = ConfigReader(bytes)
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { reader.place = 3 }
        reader.skipSpace()
        guard reader.place < bytes.count else { return [] }
        var members: [Member] = []
        try reader.object { reader, key, line throws(Mistake) in
            if let first = members.first(where: { $0.key == key }) {
                throw reader.mistake("'\(key)' stands on line \(first.line) already")
            }
            members.append(Member(key: key, value: try reader.value(of: key), line: line))
        }
        guard reader.place == bytes.count else { throw reader.mistake("there is more behind the object's end") }
        return members
    }

    private mutating func value(of key: String) throws(Mistake) -> Value {
        switch peek {
        case UInt8(ascii: "\""): return .text(try string())
        case UInt8(ascii: "["):
            var list: [String] = []
            try sequence(from: "[", to: "]") { reader throws(Mistake) in
                guard reader.peek == UInt8(ascii: "\"") else {
                    throw reader.mistake("the list of '\(key)' takes texts")
                }
                list.append(try reader.string())
            }
            return .list(list)
        case UInt8(ascii: "{"):
            var pairs: [String: String] = [:]
            try object { reader, name, _ throws(Mistake) in
                guard reader.peek == UInt8(ascii: "\"") else {
                    throw reader.mistake("'\(name)' in '\(key)' takes a text")
                }
                guard pairs[name] == nil else { throw reader.mistake("'\(name)' stands in '\(key)' already") }
                pairs[name] = try reader.string()
            }
            return .pairs(pairs)
        default:
            let start = place
            while let byte = peek, !",]}".utf8.contains(byte), byte > 0x20 { place += 1 }
            let word = String(decoding: bytes[start..<place], as: UTF8.self)
            if word == "true" || word == "false" { return .truth(word == "true") }
            if let number = Int(word), word.first != "+" { return .number(number) }
            place = start
            throw mistake("'\(key)' takes a text, a whole number, true, false or a list, not '\(word.prefix(40))'")
        }
    }

    private mutating func object(
        _ member: (inout ConfigReader, String, Int) throws(Mistake) -> Void
    ) throws(Mistake) {
        try sequence(from: "{", to: "}") { reader throws(Mistake) in
            let line = reader.position.line
            guard reader.peek == UInt8(ascii: "\"") else { throw reader.mistake("a key in quotes is missing") }
            let key = try reader.string()
            try reader.expect(":", "behind '\(key)'")
            try member(&reader, key, line)
        }
    }

    /// Reads what stands between brackets with commas.
    private mutating func sequence(
        from open: Unicode.Scalar, to close: Unicode.Scalar, _ item: (inout ConfigReader) throws(Mistake) -> Void
    ) throws(Mistake) {
        try expect(open, "at the beginning")
        guard peek != UInt8(ascii: close) else { return advance() }
        while true {
            try item(&self)
            skipSpace()
            if peek == UInt8(ascii: close) { return advance() }
            try expect(",", "or '\(close)'")
        }
    }

    private mutating func string() throws(Mistake) -> String {
        place += 1
        var out: [UInt8] = []
        while let byte = peek, byte != UInt8(ascii: "\"") {
            guard byte >= 0x20 else { throw mistake("a text does not end on its line") }
            place += 1
            guard byte == UInt8(ascii: "\\") else {
                out.append(byte)
                continue
            }
            out += String(try escaped()).utf8
        }
        guard peek != nil else { throw mistake("a text has no end") }
        advance()
        return String(decoding: out, as: UTF8.self)
    }

    private mutating func escaped() throws(Mistake) -> Unicode.Scalar {
        guard let byte = peek else { throw mistake("a text has no end") }
        place += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(byte)
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{C}"
        case UInt8(ascii: "u"):
            var unit = try hexadecimal()
            if (0xD800..<0xDC00).contains(unit), bytes[place...].starts(with: "\\u".utf8) {
                place += 2
                let low = try hexadecimal()
                guard (0xDC00..<0xE000).contains(low) else { throw mistake("half a character") }
                unit = 0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00)
            }
            guard let scalar = Unicode.Scalar(unit) else { throw mistake("half a character") }
            return scalar
        default: throw mistake("'\\\(Unicode.Scalar(byte))' stands for nothing")
        }
    }

    private mutating func hexadecimal() throws(Mistake) -> UInt32 {
        let digits = bytes[place...].prefix(4)
        guard digits.count == 4, digits.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }),
            let unit = UInt32(String(decoding: digits, as: UTF8.self), radix: 16)
        else { throw mistake("'\\u' takes four digits") }
        place += 4
        return unit
    }

    private mutating func expect(_ scalar: Unicode.Scalar, _ where: String) throws(Mistake) {
        skipSpace()
        guard peek == UInt8(ascii: scalar) else { throw mistake("'\(scalar)' is missing \(`where`)") }
        advance()
    }

    private var peek: UInt8? { place < bytes.count ? bytes[place] : nil }

    private mutating func advance() {
        place += 1
        skipSpace()
    }

    private mutating func skipSpace() {
        while let byte = peek, [0x20, 0x09, 0x0A, 0x0D].contains(byte) { place += 1 }
    }

    private var position: (line: Int, column: Int) {
        let before = bytes[..<min(place, bytes.count)]
        let start = before.lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
        return (before.count { $0 == 0x0A } + 1, before.count - start + 1)
    }

    private func mistake(_ text: String) -> Mistake {
        Mistake(line: position.line, column: position.column, text: text)
    }
}
