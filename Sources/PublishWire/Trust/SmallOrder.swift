/// Points of Ed25519 whose multiples are few. As a public key such a point lets one signature fit many messages.
enum SmallOrder {
    static func contains(_ key: [UInt8]) -> Bool {
        guard var last = key.last else { return false }
        // The sign of x is no part of y.
        last &= 0x7F
        return heights.contains(key.dropLast() + [last])
    }

    /// y of all points of order 1, 2, 4 and 8, and the same plus the prime where that fits into 255 bits.
    private static let heights: Set<[UInt8]> = {
        let eighth: [UInt8] = [
            0x26, 0xE8, 0x95, 0x8F, 0xC2, 0xB2, 0x27, 0xB0, 0x45, 0xC3, 0xF4, 0x89, 0xF2, 0xEF, 0x98, 0xF0,
            0xD5, 0xDF, 0xAC, 0x05, 0xD3, 0xC6, 0x33, 0x39, 0xB1, 0x38, 0x02, 0x88, 0x6D, 0x53, 0xFC, 0x05,
        ]
        let zeros = [UInt8](repeating: 0, count: 31)
        let prime = [0xED] + [UInt8](repeating: 0xFF, count: 30) + [0x7F]
        let one = [1] + zeros
        let zero = [0] + zeros
        let primePlusOne = [0xEE] + prime.dropFirst()
        let minusOne = [0xEC] + prime.dropFirst()
        return [zero, one, minusOne, prime, primePlusOne, eighth, minus(eighth)]
    }()

    /// The prime minus a number.
    private static func minus(_ number: [UInt8]) -> [UInt8] {
        var borrow = 0
        let prime = [0xED] + [UInt8](repeating: 0xFF, count: 30) + [0x7F]
        return zip(prime, number).map { digit, other in
            let difference = Int(digit) - Int(other) - borrow
            borrow = difference < 0 ? 1 : 0
            return UInt8(truncatingIfNeeded: difference)
        }
    }
}
