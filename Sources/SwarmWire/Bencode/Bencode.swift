/// Reading and writing of BitTorrent's encoding, within limits.
public enum Bencode {
    /// How much a value may hold before it is refused.
    public struct Limits: Sendable, Hashable {
        /// Levels of lists and dictionaries.
        public var depth: Int
        /// Values and keys, all levels together.
        public var nodes: Int

        public init(depth: Int = 8, nodes: Int = 1000) {
            self.depth = depth
            self.nodes = nodes
        }
    }

    /// Reads one value that must fill the bytes.
    public static func decode(_ bytes: [UInt8], limits: Limits = Limits()) throws(SwarmWireError) -> BencodeValue {
        let (value, used) = try decodePrefix(bytes[...], limits: limits)
        guard used == bytes.count else {
            throw SwarmWireError(.trailingBytes, "\(bytes.count - used) bytes follow after a bencoded value")
        }
        return value
    }

    /// Reads one value at the start of the bytes.
    /// - Returns: the value, and how many bytes it takes.
    public static func decodePrefix(
        _ bytes: ArraySlice<UInt8>, limits: Limits = Limits()
    ) throws(SwarmWireError) -> (value: BencodeValue, size: Int) {
        var parser = Parser(rest: bytes, nodesLeft: limits.nodes)
        let value = try parser.value(depthLeft: limits.depth)
        return (value, bytes.count - parser.rest.count)
    }

    /// The bytes of a value; the keys of dictionaries come out sorted.
    public static func encode(_ value: BencodeValue) -> [UInt8] {
        var bytes: [UInt8] = []
        append(value, to: &bytes)
        return bytes
    }

    private static func append(_ value: BencodeValue, to bytes: inout [UInt8]) {
        switch value {
        case .integer(let number):
            bytes.append(contentsOf: "i\(number)e".utf8)
        case .bytes(let string):
            append(string: string, to: &bytes)
        case .list(let elements):
            bytes.append(UInt8(ascii: "l"))
            for element in elements { append(element, to: &bytes) }
            bytes.append(UInt8(ascii: "e"))
        case .dictionary(let entries):
            bytes.append(UInt8(ascii: "d"))
            for (key, element) in entries.sorted(by: { $0.key < $1.key }) {
                append(string: key.bytes, to: &bytes)
                append(element, to: &bytes)
            }
            bytes.append(UInt8(ascii: "e"))
        }
    }

    private static func append(string: [UInt8], to bytes: inout [UInt8]) {
        bytes.append(contentsOf: "\(string.count):".utf8)
        bytes.append(contentsOf: string)
    }

    private struct Parser {
        var rest: ArraySlice<UInt8>
        var nodesLeft: Int

        mutating func value(depthLeft: Int) throws(SwarmWireError) -> BencodeValue {
            guard nodesLeft > 0 else { throw SwarmWireError(.tooLarge, "a bencoded value has too many parts") }
            nodesLeft -= 1
            switch rest.first {
            case UInt8(ascii: "i"):
                rest.removeFirst()
                return .integer(try integer(until: UInt8(ascii: "e")))
            case UInt8(ascii: "l"):
                guard depthLeft > 0 else { throw Self.tooDeep }
                rest.removeFirst()
                var elements: [BencodeValue] = []
                while try !atEnd() { elements.append(try value(depthLeft: depthLeft - 1)) }
                return .list(elements)
            case UInt8(ascii: "d"):
                guard depthLeft > 0 else { throw Self.tooDeep }
                rest.removeFirst()
                return .dictionary(try entries(depthLeft: depthLeft - 1))
            case .some(0x30...0x39):
                return .bytes(try string())
            case nil:
                throw SwarmWireError(.truncated, "a bencoded value ends too early")
            case .some(let byte):
                throw SwarmWireError(.malformed, "a bencoded value cannot start with byte \(byte)")
            }
        }

        private static var tooDeep: SwarmWireError {
            SwarmWireError(.tooLarge, "a bencoded value is nested too deeply")
        }

        /// Keys in the wrong order are taken (trackers send such), the same key twice is not.
        private mutating func entries(depthLeft: Int) throws(SwarmWireError) -> [BencodeKey: BencodeValue] {
            var entries: [BencodeKey: BencodeValue] = [:]
            while try !atEnd() {
                guard nodesLeft > 0 else { throw SwarmWireError(.tooLarge, "a bencoded value has too many parts") }
                nodesLeft -= 1
                let key = BencodeKey(try string())
                guard entries.updateValue(try value(depthLeft: depthLeft), forKey: key) == nil else {
                    throw SwarmWireError(.malformed, "a bencoded dictionary has the same key twice")
                }
            }
            return entries
        }

        /// Consumes the mark that ends a list or dictionary, if it comes next.
        private mutating func atEnd() throws(SwarmWireError) -> Bool {
            guard let byte = rest.first else { throw SwarmWireError(.truncated, "a bencoded value ends too early") }
            guard byte == UInt8(ascii: "e") else { return false }
            rest.removeFirst()
            return true
        }

        private mutating func string() throws(SwarmWireError) -> [UInt8] {
            guard let first = rest.first, (0x30...0x39).contains(first) else {
                throw SwarmWireError(.malformed, "a bencoded string does not start with its length")
            }
            let length = try integer(until: UInt8(ascii: ":"))
            guard length <= rest.count else { throw SwarmWireError(.truncated, "a bencoded string ends too early") }
            defer { rest = rest.dropFirst(Int(length)) }
            return Array(rest.prefix(Int(length)))
        }

        /// Reads digits up to `end` and consumes that: no plus sign, no leading zero, no negative zero.
        private mutating func integer(until end: UInt8) throws(SwarmWireError) -> Int64 {
            let digits = rest.prefix(21).prefix { $0 != end }
            guard digits.count < min(21, rest.count), !digits.isEmpty else {
                throw SwarmWireError(.malformed, "a bencoded number has no end")
            }
            let text = String(decoding: digits, as: UTF8.self)
            guard let number = Int64(text), String(number) == text else {
                throw SwarmWireError(.malformed, "a bencoded number is out of range or badly written")
            }
            rest = rest.dropFirst(digits.count + 1)
            return number
        }
    }
}
