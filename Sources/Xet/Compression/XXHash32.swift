/// xxHash with 32-bit output and seed zero, the checksum inside LZ4 frames.
enum XXHash32 {
    private static let prime1: UInt32 = 0x9E37_79B1
    private static let prime2: UInt32 = 0x85EB_CA77
    private static let prime3: UInt32 = 0xC2B2_AE3D
    private static let prime4: UInt32 = 0x27D4_EB2F
    private static let prime5: UInt32 = 0x1656_67B1

    static func hash(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
        guard var at = bytes.baseAddress else { return avalanche(prime5) }
        let end = at + bytes.count
        var hash: UInt32
        if bytes.count >= 16 {
            var lanes = SIMD4<UInt32>(prime1 &+ prime2, prime2, 0, 0 &- prime1)
            while end - at >= 16 {
                let input = SIMD4<UInt32>(
                    at.littleEndian(UInt32.self), (at + 4).littleEndian(UInt32.self),
                    (at + 8).littleEndian(UInt32.self), (at + 12).littleEndian(UInt32.self))
                lanes = lanes &+ input &* prime2
                lanes = ((lanes &<< 13) | (lanes &>> 19)) &* prime1
                at += 16
            }
            hash = rotate(lanes[0], 1) &+ rotate(lanes[1], 7) &+ rotate(lanes[2], 12) &+ rotate(lanes[3], 18)
        } else {
            hash = prime5
        }
        hash = hash &+ UInt32(truncatingIfNeeded: bytes.count)
        while end - at >= 4 {
            hash = rotate(hash &+ at.littleEndian(UInt32.self) &* prime3, 17) &* prime4
            at += 4
        }
        while at < end {
            hash = rotate(hash &+ UInt32(at.load(as: UInt8.self)) &* prime5, 11) &* prime1
            at += 1
        }
        return avalanche(hash)
    }

    private static func rotate(_ value: UInt32, _ count: UInt32) -> UInt32 {
        (value &<< count) | (value &>> (32 &- count))
    }

    private static func avalanche(_ value: UInt32) -> UInt32 {
        var hash = value
        hash = (hash ^ (hash &>> 15)) &* prime2
        hash = (hash ^ (hash &>> 13)) &* prime3
        return hash ^ (hash &>> 16)
    }
}
