/// A bounds-checked reader of little-endian fields over foreign bytes. The pointers it hands out die with the buffer.
struct ByteCursor {
    let bytes: UnsafeRawBufferPointer
    /// Where the buffer starts in the object, for error offsets.
    let base: UInt64
    private(set) var position: Int

    init(_ bytes: UnsafeRawBufferPointer, base: UInt64 = 0, position: Int = 0) {
        self.bytes = bytes
        self.base = base
        self.position = position
    }

    var offset: UInt64 { base &+ UInt64(position) }
    var remaining: Int { bytes.count - position }
    var isAtEnd: Bool { position == bytes.count }

    /// Advances over `count` bytes and returns where they start.
    mutating func take(_ count: Int, _ what: StaticString) throws(XetFormatError) -> UnsafeRawPointer {
        guard count <= remaining, let start = bytes.baseAddress else {
            throw XetFormatError(
                .truncated, at: offset, "the bytes end inside \(what): \(count) needed, \(remaining) left")
        }
        defer { position += count }
        return start + position
    }

    mutating func byte(_ what: StaticString) throws(XetFormatError) -> UInt8 {
        try take(1, what).load(as: UInt8.self)
    }

    mutating func u32(_ what: StaticString) throws(XetFormatError) -> UInt32 {
        try take(4, what).littleEndian(UInt32.self)
    }

    mutating func u64(_ what: StaticString) throws(XetFormatError) -> UInt64 {
        try take(8, what).littleEndian(UInt64.self)
    }

    mutating func hash<Kind>(_ what: StaticString) throws(XetFormatError) -> XetHash<Kind> {
        XetHash(loading: try take(32, what))
    }

    /// Consumes `expected` or throws.
    mutating func expect(_ expected: [UInt8], _ what: StaticString) throws(XetFormatError) {
        let start = offset
        let found = UnsafeRawBufferPointer(start: try take(expected.count, what), count: expected.count)
        guard found.elementsEqual(expected) else {
            throw XetFormatError(.badMagic, at: start, "\(what) is not the expected one")
        }
    }

    /// Consumes a 32-bit field that repeats or fixes a known value.
    mutating func expect(u32 expected: UInt32, _ what: StaticString) throws(XetFormatError) {
        let start = offset
        let found = try u32(what)
        guard found == expected else {
            throw XetFormatError(.malformed, at: start, "\(what) is \(found), expected \(expected)")
        }
    }
}

extension UnsafeRawPointer {
    /// Loads an unaligned little-endian integer.
    @inline(__always)
    func littleEndian<T: FixedWidthInteger & BitwiseCopyable>(_ type: T.Type) -> T {
        T(littleEndian: loadUnaligned(as: T.self))
    }

    /// Loads three bytes, low byte first.
    @inline(__always)
    func littleEndian24() -> Int {
        Int(load(as: UInt8.self)) | Int(load(fromByteOffset: 1, as: UInt8.self)) << 8
            | Int(load(fromByteOffset: 2, as: UInt8.self)) << 16
    }
}
