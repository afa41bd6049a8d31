/// When a publisher speaks again.
package struct PublishTiming: Sendable, Hashable {
    /// Between two puts of what has not changed: items may vanish from the DHT after two hours.
    package var shortest: Duration = .seconds(45 * 60)
    package var longest: Duration = .seconds(60 * 60)
    /// After a put that too few nodes took.
    package var firstRetry: Duration = .seconds(15)
    package var longestRetry: Duration = .seconds(10 * 60)
    /// Nodes that must have taken an item before it counts as published.
    package var enoughNodes = 4
    /// How long changes are gathered before a new index is made of them.
    package var settling: Duration = .seconds(2)

    package init() {}

    /// The usual times around an interval that the user chose, or ``init()`` for none.
    package init(interval: Duration?) {
        guard let interval, interval > .zero else { return }
        longest = min(max(interval, .seconds(60)), .seconds(6_600))
        shortest = longest * 3 / 4
    }

    /// How long to wait after an attempt.
    /// - Parameters:
    ///   - failures: attempts in a row that too few nodes took.
    ///   - fraction: a random number from 0 to 1, so that publishers do not all speak at once.
    package func pause(failures: Int, fraction: Double) -> Duration {
        let fraction = min(max(fraction, 0), 1)
        guard failures > 0 else { return shortest + (longest - shortest) * fraction }
        let doubled = firstRetry * Double(1 << min(failures - 1, 16))
        let most = min(doubled, min(longestRetry, shortest))
        return most * (0.5 + fraction / 2)
    }
}
