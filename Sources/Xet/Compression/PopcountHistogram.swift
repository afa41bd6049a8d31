import CKernels

/// For each byte position modulo 4, how many bytes have 0, 1, … 8 bits set.
struct PopcountHistogram {
    static let positions = 4
    static let bins = 9
    /// Position-major.
    private(set) var counts = [UInt32](repeating: 0, count: positions * bins)

    init(_ bytes: UnsafeRawBufferPointer) {
        counts.withUnsafeMutableBufferPointer {
            shoal_popcount_histogram(bytes.baseAddress, bytes.count, $0.baseAddress)
        }
    }

    /// The largest Kullback–Leibler divergence, in nats, of a position from the sum of all four.
    ///
    /// A position with an empty bin is left out and one is added to each bin of the sum but not to its total: both are
    /// quirks of the reference, kept so that the same data is packed the same way by all clients.
    var largestDivergence: Double {
        var base = [Double](repeating: 1, count: Self.bins)
        var total = 0.0
        for (index, count) in counts.enumerated() {
            base[index % Self.bins] += Double(count)
            total += Double(count)
        }
        var largest = 0.0
        for position in 0..<Self.positions {
            let row = counts[position * Self.bins..<(position + 1) * Self.bins]
            guard !row.contains(0) else { continue }
            let rowTotal = Double(row.reduce(0, +))
            var divergence = 0.0
            for (bin, count) in row.enumerated() {
                let share = Double(count) / rowTotal
                divergence += share * Self.logarithm(share * total / base[bin])
            }
            largest = max(largest, divergence)
        }
        return largest
    }

    /// The natural logarithm of a positive normal number, to about 12 digits. Written out because the standard library
    /// has none and this module links nothing else for the sake of one comparison.
    static func logarithm(_ value: Double) -> Double {
        let ratio = (value.significand - 1) / (value.significand + 1)
        let square = ratio * ratio
        var term = ratio
        var sum = 0.0
        var divisor = 1.0
        while divisor < 27 {
            sum += term / divisor
            term *= square
            divisor += 2
        }
        return Double(value.exponent) * 0.693_147_180_559_945_3 + 2 * sum
    }
}
