/// Bytes per second over the last few seconds, from samples of a running total.
public struct RateMeter: Sendable {
    private var samples: [(time: Duration, total: UInt64)] = []
    private let window: Duration

    public init(window: Duration = .seconds(5)) { self.window = window }

    /// Notes the total at a time; times must not go backwards.
    public mutating func record(_ total: UInt64, at time: Duration) {
        samples.append((time, total))
        // The newest sample older than the window stays: the rate then spans at least the window.
        while samples.count > 2, time - samples[1].time >= window { samples.removeFirst() }
    }

    /// The rate over the window; nil before there is half a second to judge by.
    public var bytesPerSecond: UInt64? {
        guard let first = samples.first, let last = samples.last else { return nil }
        let milliseconds = DurationText.milliseconds(of: last.time - first.time)
        guard milliseconds >= 500, last.total >= first.total else { return nil }
        let (product, overflows) = (last.total - first.total).multipliedReportingOverflow(by: 1000)
        return overflows ? nil : product / milliseconds
    }
}
