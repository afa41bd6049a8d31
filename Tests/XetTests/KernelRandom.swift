import CKernels
import Xet

/// SplitMix64: the same bytes for the same seed on every machine.
struct KernelRandom: RandomNumberGenerator {
    let seed: UInt64
    private var state: UInt64

    init(seed: UInt64) {
        self.seed = seed
        state = seed
    }

    /// A seed of its own for every run; tests print it when they fail.
    static func fresh() -> KernelRandom {
        KernelRandom(seed: .random(in: 0...(.max)))
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    mutating func bytes(_ count: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count + 8)
        while bytes.count < count {
            withUnsafeBytes(of: next()) { bytes.append(contentsOf: $0) }
        }
        bytes.removeLast(bytes.count - count)
        return bytes
    }

    /// Cuts `total` into slices of 1...`longest` bytes.
    mutating func slices(of total: Int, longest: Int) -> [Range<Int>] {
        var slices: [Range<Int>] = []
        var start = 0
        while start < total {
            let end = min(total, start + Int.random(in: 1...longest, using: &self))
            slices.append(start..<end)
            start = end
        }
        return slices
    }
}

extension KernelLevel {
    /// The levels that are compared with scalar; on a machine with none of them there is nothing to compare.
    static var vectorLevels: [KernelLevel] { available.filter { $0 != .scalar } }
}
