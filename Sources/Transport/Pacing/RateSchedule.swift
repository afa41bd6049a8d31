/// How many bytes per second may pass, by the time of the week.
public struct RateSchedule: Sendable, Hashable {
    /// A stretch of some days with a rate of its own.
    public struct Period: Sendable, Hashable {
        /// Days on which it begins, 0 is Monday.
        public var days: Set<Int>
        /// Minutes since midnight. An end that is not behind the beginning is on the next day.
        public var begin: Int
        /// At most 1440; the minute itself is outside.
        public var end: Int
        /// Nil for no limit.
        public var rate: Int?

        public init(days: Set<Int> = Set(0..<7), begin: Int = 0, end: Int = WeekMinute.ofDay, rate: Int?) {
            self.days = days
            self.begin = begin
            self.end = end
            self.rate = rate
        }

        public func contains(_ minute: WeekMinute) -> Bool {
            let time = minute.minuteOfDay
            guard begin >= end else { return days.contains(minute.day) && begin <= time && time < end }
            return time >= begin ? days.contains(minute.day) : time < end && days.contains((minute.day + 6) % 7)
        }
    }

    /// What counts when no period fits; nil for no limit.
    public var base: Int?
    /// The last one that fits counts.
    public var periods: [Period]

    public init(_ base: Int?, periods: [Period] = []) {
        self.base = base
        self.periods = periods
    }

    /// Nil for no limit.
    public func rate(at minute: WeekMinute) -> Int? {
        guard let period = periods.last(where: { $0.contains(minute) }) else { return base }
        return period.rate
    }

    /// The lowest rate that it ever has; nil when it never limits anything.
    public var slowest: Int? { (periods.map(\.rate) + [base]).compactMap(\.self).min() }
}
