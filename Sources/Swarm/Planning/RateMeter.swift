/// Bytes per second of a source while it has something to do. What is older counts less.
package struct RateMeter: Sendable {
    /// Seconds after which a measurement counts half.
    private static let halfLife = 1.5

    private var bytes = 0.0
    private var seconds = 0.0
    private var last: Double?

    package init() {}

    /// Begins to count time, if it is not counted already.
    mutating func start(_ now: Double) { if last == nil { last = now } }

    /// Stops counting: there is nothing to do.
    mutating func stop(_ now: Double) {
        advance(now)
        last = nil
    }

    mutating func note(_ count: Int, _ now: Double) {
        advance(now)
        bytes += Double(count)
    }

    private mutating func advance(_ now: Double) {
        guard let before = last else { return }
        let passed = max(0, now - before)
        last = now
        guard passed > 0 else { return }
        let weight = RateMeter.decay(passed)
        bytes *= weight
        seconds = seconds * weight + passed
    }

    /// Two to the power of minus the half-lives that have passed, near enough.
    private static func decay(_ passed: Double) -> Double {
        var halves = passed / halfLife
        guard halves < 40 else { return 0 }
        var weight = 1.0
        while halves >= 1 {
            weight /= 2
            halves -= 1
        }
        // 2^-x for 0..<1.
        return weight * (1 - halves * (0.6931 - halves * (0.2402 - halves * 0.0466)))
    }

    /// Bytes per second; nil before anything has come.
    package var rate: Double? { bytes > 0 ? bytes / max(seconds, 1e-6) : nil }
}
