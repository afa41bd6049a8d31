/// Counts of durations in fixed buckets, as Prometheus wants them.
struct LatencyHistogram: Sendable {
    /// Upper bounds of the buckets in seconds.
    static let bounds: [Double] = [
        0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60,
    ]

    /// Entries per bucket, not cumulative; the last one counts what lies above all bounds.
    private(set) var counts = [UInt64](repeating: 0, count: bounds.count + 1)
    private(set) var sum = 0.0

    mutating func record(seconds: Double) {
        let bucket = Self.bounds.firstIndex { seconds <= $0 } ?? Self.bounds.count
        counts[bucket] += 1
        sum += seconds
    }

    var total: UInt64 { counts.reduce(0, +) }
}
