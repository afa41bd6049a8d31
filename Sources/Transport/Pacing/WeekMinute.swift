#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// A minute of the week as the clock on the wall shows it, counted from Monday 00:00.
public struct WeekMinute: Sendable, Hashable {
    public static let ofDay = 24 * 60
    public static let ofWeek = 7 * ofDay

    /// 0 to 10,079.
    public let number: Int

    /// - Parameter number: counts on into further weeks.
    public init(_ number: Int) { self.number = ((number % Self.ofWeek) + Self.ofWeek) % Self.ofWeek }

    /// - Parameter day: 0 is Monday.
    public init(day: Int, hour: Int, minute: Int) { self.init(day * Self.ofDay + hour * 60 + minute) }

    public var day: Int { number / Self.ofDay }
    /// Since midnight.
    public var minuteOfDay: Int { number % Self.ofDay }

    /// This minute, in the time zone of the process.
    public static func current() -> WeekMinute {
        var now = time(nil)
        var fields = tm()
        guard localtime_r(&now, &fields) != nil else { return WeekMinute(0) }
        // C begins the week on Sunday.
        return WeekMinute(day: Int(fields.tm_wday) + 6, hour: Int(fields.tm_hour), minute: Int(fields.tm_min))
    }
}
