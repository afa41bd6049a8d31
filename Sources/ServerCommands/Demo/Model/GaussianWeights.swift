import Foundation

/// Draws normally distributed bfloat16 weights as fast as memory takes them: 16 random bits pick a quantile.
struct GaussianWeights {
    private let quantiles: [UInt16]

    /// - Parameter deviation: the standard deviation of the weights, around zero.
    init(deviation: Double) {
        quantiles = Self.standard.map { Self.bfloat16(Float($0 * deviation)) }
    }

    /// The quantiles of the standard normal distribution that 16 bits can pick.
    private static let standard = (0..<65536).map { quantile((Double($0) + 0.5) / 65536) }

    /// Fills `buffer` with little-endian bfloat16 values.
    func fill(_ buffer: UnsafeMutableBufferPointer<UInt16>, from random: inout RandomWords) {
        quantiles.withUnsafeBufferPointer { table in
            var index = 0
            while index + 4 <= buffer.count {
                let word = random.next()
                buffer[index] = table[Int(word & 0xFFFF)].littleEndian
                buffer[index + 1] = table[Int(word >> 16 & 0xFFFF)].littleEndian
                buffer[index + 2] = table[Int(word >> 32 & 0xFFFF)].littleEndian
                buffer[index + 3] = table[Int(word >> 48)].littleEndian
                index += 4
            }
            while index < buffer.count {
                buffer[index] = table[Int(random.next() & 0xFFFF)].littleEndian
                index += 1
            }
        }
    }

    /// The bfloat16 nearest to `value`, ties to even.
    static func bfloat16(_ value: Float) -> UInt16 {
        let bits = value.bitPattern
        return UInt16(truncatingIfNeeded: (bits &+ 0x7FFF &+ (bits >> 16 & 1)) >> 16)
    }

    /// The inverse of the normal distribution's cumulative function, by bisection: slow, simple, and done once.
    static func quantile(_ probability: Double) -> Double {
        var low = -8.0
        var high = 8.0
        for _ in 0..<48 {
            let middle = (low + high) / 2
            if 0.5 * erfc(-middle / 2.0.squareRoot()) < probability { low = middle } else { high = middle }
        }
        return (low + high) / 2
    }
}
