/// Reads JSON (RFC 8259) value by value, as the caller asks for it. No tree is built, so what is not wanted costs
/// nothing, and an object that has a key twice is an error: two readers of signed bytes must not differ about them.
package struct JSONReader {
    package enum Kind: Sendable { case object, array, string, number, bool, null }

    let bytes: [UInt8]
    var position = 0
    var depthLeft: Int
    /// What is read, for messages.
    let what: String
    /// Python writes `NaN` and `Infinity`, which JSON has not.
    let takesNaN: Bool
    private var place: [Step] = []

    /// Members of one object.
    private static let mostMembers = 400_000

    private enum Step {
        case member(String)
        case element(Int)
    }

    /// - Parameters:
    ///   - what: what the bytes are, such as "manifest".
    ///   - depth: levels of objects and arrays.
    package init(_ bytes: [UInt8], what: String, depth: Int = 16, takesNaN: Bool = false) {
        self.bytes = bytes
        self.what = what
        self.takesNaN = takesNaN
        depthLeft = depth
    }

    /// Makes sure that nothing follows.
    package mutating func finish() throws(PublishError) {
        skipSpace()
        guard position == bytes.count else { throw malformed("bytes follow after its end") }
    }

    /// What comes next.
    package mutating func kind() throws(PublishError) -> Kind {
        skipSpace()
        guard position < bytes.count else { throw malformed("it ends too early") }
        switch bytes[position] {
        case UInt8(ascii: "{"): return .object
        case UInt8(ascii: "["): return .array
        case UInt8(ascii: "\""): return .string
        case UInt8(ascii: "t"), UInt8(ascii: "f"): return .bool
        case UInt8(ascii: "n"): return .null
        case UInt8(ascii: "-"), 0x30...0x39: return .number
        case UInt8(ascii: "N"), UInt8(ascii: "I"):
            if takesNaN { return .number }
            fallthrough
        default: throw malformed("byte \(position) begins no value")
        }
    }

    /// Calls `member` with each key; it must consume the value.
    package mutating func object(
        _ member: (String, inout JSONReader) throws(PublishError) -> Void
    ) throws(PublishError) {
        try enter(.object, "an object")
        var keys: Set<String> = []
        while try !next(UInt8(ascii: "}"), isFirst: keys.isEmpty) {
            guard try kind() == .string else { throw malformed("an object has a key that is no text") }
            let key = try quoted()
            guard keys.insert(key).inserted else { throw malformed("an object has the key \(key.quoted) twice") }
            guard keys.count <= Self.mostMembers else { throw fault(.tooLarge, "has too many members") }
            skipSpace()
            guard take(UInt8(ascii: ":")) else { throw malformed("a key has no value") }
            place.append(.member(key))
            try member(key, &self)
            place.removeLast()
        }
        depthLeft += 1
    }

    /// Calls `element` for each element; it must consume it.
    package mutating func array(_ element: (inout JSONReader) throws(PublishError) -> Void) throws(PublishError) {
        try enter(.array, "a list")
        var count = 0
        while try !next(UInt8(ascii: "]"), isFirst: count == 0) {
            place.append(.element(count))
            try element(&self)
            place.removeLast()
            count += 1
        }
        depthLeft += 1
    }

    /// A text.
    /// - Parameter limit: bytes that it may have.
    package mutating func string(limit: Int) throws(PublishError) -> String {
        guard try kind() == .string else { throw wrong("is no text") }
        let text = try quoted()
        guard text.utf8.count <= limit else {
            throw fault(.tooLarge, "has \(text.utf8.count) bytes, \(limit) are allowed")
        }
        return text
    }

    /// A whole number, however it is written.
    package mutating func integer() throws(PublishError) -> Int64 {
        guard try kind() == .number else { throw wrong("is no number") }
        let text = try numeral()
        if let number = Int64(text) { return number }
        // Above this, not every whole number has a form with a point or exponent of its own.
        guard let number = Double(text), abs(number) <= 0x1p53, let whole = Int64(exactly: number) else {
            throw wrong("is no whole number that fits")
        }
        return whole
    }

    package mutating func bool() throws(PublishError) -> Bool {
        guard try kind() == .bool else { throw wrong("is neither true nor false") }
        if takeWord("true") { return true }
        guard takeWord("false") else { throw malformed("byte \(position) begins no value") }
        return false
    }

    /// Consumes a `null`, if it comes next.
    package mutating func takeNull() throws(PublishError) -> Bool {
        guard try kind() == .null else { return false }
        guard takeWord("null") else { throw malformed("byte \(position) begins no value") }
        return true
    }

    /// Consumes a value of any kind.
    package mutating func skip() throws(PublishError) {
        switch try kind() {
        case .object: try object { _, reader throws(PublishError) in try reader.skip() }
        case .array: try array { reader throws(PublishError) in try reader.skip() }
        case .string: _ = try quoted()
        case .number: _ = try numeral()
        case .bool: _ = try bool()
        case .null: _ = try takeNull()
        }
    }

    /// An error about the value that is being read, or was read last.
    package func fault(_ code: PublishError.Code, _ what: String, hint: String? = nil) -> PublishError {
        var name = ""
        for step in place.suffix(6) {
            switch step {
            case .member(let key): name += name.isEmpty ? key : "." + key
            case .element(let index): name += "[\(index)]"
            }
        }
        return PublishError(code, "\(name.isEmpty ? "it" : name.quoted) in the \(self.what) \(what)", hint: hint)
    }

    package func wrong(_ what: String) -> PublishError { fault(.malformed, what) }
}
