/// Writes little-endian fields into memory whose size its owner has computed beforehand.
struct ByteWriter {
    private(set) var position: UnsafeMutableRawPointer
    private let end: UnsafeMutableRawPointer

    private init(_ start: UnsafeMutableRawPointer, count: Int) {
        position = start
        end = start + count
    }

    /// An array of exactly `count` bytes that `body` fills completely.
    static func array(count: Int, _ body: (inout ByteWriter) -> Void) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            initialized = count
            guard count > 0, let start = buffer.baseAddress else { return }
            var writer = ByteWriter(start, count: count)
            body(&writer)
            precondition(writer.position == writer.end, "an encoder computed its own size wrongly")
        }
    }

    private mutating func claim(_ count: Int) -> UnsafeMutableRawPointer {
        precondition(count <= end - position, "an encoder computed its own size wrongly")
        defer { position += count }
        return position
    }

    mutating func byte(_ value: UInt8) {
        claim(1).storeBytes(of: value, as: UInt8.self)
    }

    mutating func u32(_ value: UInt32) {
        claim(4).storeBytes(of: value.littleEndian, as: UInt32.self)
    }

    mutating func u64(_ value: UInt64) {
        claim(8).storeBytes(of: value.littleEndian, as: UInt64.self)
    }

    mutating func hash<Kind>(_ value: XetHash<Kind>) {
        value.store(to: claim(32))
    }

    mutating func bytes(_ value: [UInt8]) {
        value.withUnsafeBytes {
            UnsafeMutableRawBufferPointer(start: claim($0.count), count: $0.count).copyMemory(from: $0)
        }
    }

    mutating func zeros(_ count: Int) {
        claim(count).initializeMemory(as: UInt8.self, repeating: 0, count: count)
    }
}
