/// A bencoded value inside bytes that were checked as a whole.
///
/// Nothing is copied out before it is asked for: a tree of values, as `Bencode` makes it, would take twenty times the
/// bytes of a hostile torrent.
struct BencodeView {
    let bytes: [UInt8]
    /// Where the value starts.
    let start: Int

    /// Checks that one value fills the bytes, that keys are sorted and unique, and that limits are kept.
    init(checking bytes: [UInt8], depth: Int, nodes: Int) throws(PublishError) {
        var check = BencodeCheck(bytes: bytes, depth: depth, nodesLeft: nodes)
        try check.run()
        self.init(bytes: bytes, start: 0)
    }

    private init(bytes: [UInt8], start: Int) {
        self.bytes = bytes
        self.start = start
    }

    /// The bytes of the value as they stand there. O(size of the value).
    var range: Range<Int> { start..<Self.end(of: start, in: bytes) }

    var integer: Int64? {
        guard bytes[start] == 0x69, let end = bytes[start...].firstIndex(of: 0x65) else { return nil }
        return Int64(String(decoding: bytes[(start + 1)..<end], as: UTF8.self))
    }

    /// A string's content.
    var content: ArraySlice<UInt8>? {
        guard (0x30...0x39).contains(bytes[start]) else { return nil }
        return bytes[Self.content(of: start, in: bytes)]
    }

    var text: String? { content.flatMap { String(validating: $0, as: UTF8.self) } }

    var isList: Bool { bytes[start] == 0x6C }
    var isDictionary: Bool { bytes[start] == 0x64 }

    /// Calls `body` with each element; nothing happens for what is no list.
    func forEach(_ body: (BencodeView) throws(PublishError) -> Void) throws(PublishError) {
        guard isList else { return }
        var position = start + 1
        while bytes[position] != 0x65 {
            let end = Self.end(of: position, in: bytes)
            try body(BencodeView(bytes: bytes, start: position))
            position = end
        }
    }

    /// Calls `body` with each key and value; nothing happens for what is no dictionary.
    func forEachEntry(
        _ body: (ArraySlice<UInt8>, BencodeView) throws(PublishError) -> Void
    ) throws(PublishError) {
        guard isDictionary else { return }
        var position = start + 1
        while bytes[position] != 0x65 {
            let key = Self.content(of: position, in: bytes)
            let value = BencodeView(bytes: bytes, start: key.upperBound)
            position = Self.end(of: key.upperBound, in: bytes)
            try body(bytes[key], value)
        }
    }

    /// The value of a key. O(size of the dictionary).
    subscript(_ key: StaticString) -> BencodeView? {
        guard isDictionary else { return nil }
        return key.withUTF8Buffer { wanted in
            var position = start + 1
            while bytes[position] != 0x65 {
                let found = Self.content(of: position, in: bytes)
                if bytes[found].elementsEqual(wanted) { return BencodeView(bytes: bytes, start: found.upperBound) }
                position = Self.end(of: found.upperBound, in: bytes)
            }
            return nil
        }
    }

    private static func content(of start: Int, in bytes: [UInt8]) -> Range<Int> {
        var position = start
        var length = 0
        while bytes[position] != 0x3A {
            length = length * 10 + Int(bytes[position] - 0x30)
            position += 1
        }
        return position + 1..<position + 1 + length
    }

    private static func end(of start: Int, in bytes: [UInt8]) -> Int {
        var position = start
        var depth = 0
        repeat {
            switch bytes[position] {
            case 0x69:
                while bytes[position] != 0x65 { position += 1 }
                position += 1
            case 0x6C, 0x64:
                depth += 1
                position += 1
            case 0x65:
                depth -= 1
                position += 1
            default: position = content(of: position, in: bytes).upperBound
            }
        } while depth > 0
        return position
    }
}

/// One pass over foreign bytes; what it lets through, ``BencodeView`` walks without further checks.
private struct BencodeCheck {
    let bytes: [UInt8]
    let depth: Int
    var nodesLeft: Int
    var position = 0

    private struct Level {
        let isDictionary: Bool
        var lastKey: Range<Int>?
        var wantsValue = false
    }

    mutating func run() throws(PublishError) {
        var levels: [Level] = []
        repeat {
            guard position < bytes.count else { throw Self.malformed("it ends too early") }
            if let level = levels.last, bytes[position] == 0x65 {
                guard !level.wantsValue else { throw Self.malformed("a key has no value") }
                position += 1
                levels.removeLast()
            } else {
                try step(&levels)
            }
        } while !levels.isEmpty
        guard position == bytes.count else { throw Self.malformed("bytes follow after its end") }
    }

    private mutating func step(_ levels: inout [Level]) throws(PublishError) {
        guard nodesLeft > 0 else { throw PublishError(.tooLarge, "the torrent has too many parts") }
        nodesLeft -= 1
        if let last = levels.indices.last, levels[last].isDictionary {
            if !levels[last].wantsValue {
                let key = try string()
                if let before = levels[last].lastKey,
                    !bytes[before].lexicographicallyPrecedes(bytes[key])
                {
                    throw Self.malformed("a dictionary has a key twice or its keys are not in order")
                }
                levels[last].lastKey = key
                levels[last].wantsValue = true
                return
            }
            levels[last].wantsValue = false
        }
        switch bytes[position] {
        case 0x69: try integer()
        case 0x6C, 0x64:
            guard levels.count < depth else { throw PublishError(.tooLarge, "the torrent is nested too deeply") }
            levels.append(Level(isDictionary: bytes[position] == 0x64))
            position += 1
        default: _ = try string()
        }
    }

    private mutating func string() throws(PublishError) -> Range<Int> {
        let digits = bytes[position...].prefix(10).prefix { (0x30...0x39).contains($0) }
        guard !digits.isEmpty, digits.endIndex < bytes.count, bytes[digits.endIndex] == 0x3A,
            digits.count == 1 || digits.first != 0x30
        else { throw Self.malformed("byte \(position) begins no value, or a length is badly written") }
        let length = digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
        let start = digits.endIndex + 1
        guard length <= bytes.count - start else { throw Self.malformed("a string ends too early") }
        position = start + length
        return start..<position
    }

    private mutating func integer() throws(PublishError) {
        let digits = bytes[(position + 1)...].prefix(21).prefix { $0 != 0x65 }
        let text = String(decoding: digits, as: UTF8.self)
        guard digits.endIndex < bytes.count, bytes[digits.endIndex] == 0x65, let number = Int64(text),
            String(number) == text
        else { throw Self.malformed("a number is out of range or badly written") }
        position = digits.endIndex + 1
    }

    private static func malformed(_ what: String) -> PublishError {
        PublishError(.malformed, "this is no torrent: \(what)", hint: "fetch it again; it may have been cut short")
    }
}
