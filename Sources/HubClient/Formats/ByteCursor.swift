/// Reads little-endian numbers and text from foreign bytes; every length is checked before it is used.
struct ByteCursor {
    private let bytes: [UInt8]
    private(set) var position = 0

    /// The bytes end before the value does.
    struct EndOfBytes: Error {}

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    var remaining: Int { bytes.count - position }

    mutating func skip(_ count: UInt64) throws {
        guard count <= UInt64(remaining) else { throw EndOfBytes() }
        position += Int(count)
    }

    mutating func take(_ count: UInt64) throws -> ArraySlice<UInt8> {
        let start = position
        try skip(count)
        return bytes[start..<position]
    }

    mutating func number<T: FixedWidthInteger>(_ type: T.Type = T.self) throws -> T {
        let part = try take(UInt64(MemoryLayout<T>.size))
        var value: T = 0
        for byte in part.reversed() { value = value << 8 | T(truncatingIfNeeded: byte) }
        return value
    }
}
