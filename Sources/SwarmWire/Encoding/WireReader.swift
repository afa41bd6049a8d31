package import Xet

/// A bounds-checked reader of big-endian fields over foreign bytes. It must not outlive the buffer.
package struct WireReader {
    package let bytes: UnsafeRawBufferPointer
    package private(set) var position = 0

    package init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
    }

    package var remaining: Int { bytes.count - position }

    /// The bytes that were not read yet.
    package var rest: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: bytes[position...]) }

    /// Advances over `count` bytes and returns them.
    package mutating func take(_ count: Int, _ what: StaticString) throws(SwarmWireError) -> UnsafeRawBufferPointer {
        guard count >= 0, count <= remaining else {
            throw SwarmWireError(.truncated, "a message ends inside \(what): \(count) bytes needed, \(remaining) left")
        }
        defer { position += count }
        return UnsafeRawBufferPointer(rebasing: bytes[position..<position + count])
    }

    package mutating func byte(_ what: StaticString) throws(SwarmWireError) -> UInt8 {
        try take(1, what)[0]
    }

    package mutating func integer<T: FixedWidthInteger & BitwiseCopyable>(
        _ what: StaticString
    ) throws(SwarmWireError) -> T {
        T(bigEndian: try take(MemoryLayout<T>.size, what).loadUnaligned(as: T.self))
    }

    package mutating func array(_ count: Int, _ what: StaticString) throws(SwarmWireError) -> [UInt8] {
        Array(try take(count, what))
    }

    /// 32 raw bytes of a hash.
    package mutating func hash<Kind>(_ what: StaticString) throws(SwarmWireError) -> XetHash<Kind> {
        let bytes = try take(32, what)
        guard let base = bytes.baseAddress else { throw SwarmWireError(.truncated, "no bytes for \(what)") }
        return XetHash(loading: base)
    }

    /// An unsigned number in groups of seven bits, low group first; the high bit of a byte says that more follow.
    package mutating func varint(_ what: StaticString) throws(SwarmWireError) -> UInt32 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while true {
            let byte = try byte(what)
            value |= UInt64(byte & 0x7F) << shift
            if byte & 0x80 == 0 {
                guard value <= UInt32.max, byte != 0 || shift == 0 else {
                    throw SwarmWireError(.malformed, "\(what) is not a number of 32 bits in its shortest form")
                }
                return UInt32(value)
            }
            shift += 7
            guard shift < 35 else { throw SwarmWireError(.tooLarge, "\(what) has more than 32 bits") }
        }
    }

    /// Makes sure that nothing is left.
    package func expectEnd() throws(SwarmWireError) {
        guard remaining == 0 else {
            throw SwarmWireError(.trailingBytes, "\(remaining) bytes follow after the end of a message")
        }
    }
}
