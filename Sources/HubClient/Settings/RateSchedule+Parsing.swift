public import Transport

extension RateSchedule {
    /// Reads what people write: a rate such as `20M`, and rates for hours and days, with commas or blanks between them:
    /// `5M,22:00-07:00=50M,sat-sun=0,mon-fri@12:00-13:00=20M`. A period goes before the rate without a time, a later
    /// period before an earlier one; 0 lifts the limit.
    /// - Returns: nil for a text that is none.
    public init?(parsing text: String) {
        let parts = text.split { $0 == "," || $0.isWhitespace }
        guard !parts.isEmpty else { return nil }
        var base: Int?
        var hasBase = false
        var periods: [Period] = []
        for part in parts {
            let sides = part.split(separator: "=", omittingEmptySubsequences: false)
            guard let last = sides.last, let amount = ByteAmount.parse(rate: String(last)) else { return nil }
            let rate = amount == 0 ? nil : amount
            if sides.count == 1 {
                guard !hasBase else { return nil }
                base = rate
                hasBase = true
            } else {
                guard sides.count == 2, let period = Self.period(sides[0], rate: rate) else { return nil }
                periods.append(period)
            }
        }
        self.init(base, periods: periods)
    }

    /// Whether there is ever a limit.
    public var limits: Bool { slowest != nil }

    /// `DAYS@FROM-TO`, `FROM-TO` or `DAYS`.
    private static func period(_ text: Substring, rate: Int?) -> Period? {
        let sides = text.split(separator: "@", omittingEmptySubsequences: false)
        switch sides.count {
        case 1:
            if let days = days(text) { return Period(days: days, rate: rate) }
            return times(text).map { Period(begin: $0.begin, end: $0.end, rate: rate) }
        case 2:
            guard let days = days(sides[0]), let times = times(sides[1]) else { return nil }
            return Period(days: days, begin: times.begin, end: times.end, rate: rate)
        default: return nil
        }
    }

    private static let names = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]

    /// `sat` or `mon-fri`; `fri-mon` goes over the week's end.
    private static func days(_ text: Substring) -> Set<Int>? {
        let ends = text.split(separator: "-", omittingEmptySubsequences: false).map {
            names.firstIndex(of: $0.lowercased())
        }
        guard ends.count <= 2, let first = ends.first ?? nil, let last = ends.last ?? nil else { return nil }
        return Set((first...(last < first ? last + 7 : last)).map { $0 % 7 })
    }

    private static func times(_ text: Substring) -> (begin: Int, end: Int)? {
        let ends = text.split(separator: "-", omittingEmptySubsequences: false).map(minutes)
        guard ends.count == 2, let begin = ends[0], let end = ends[1], begin != end, begin < WeekMinute.ofDay else {
            return nil
        }
        return (begin, end)
    }

    /// `HH:MM`, up to 24:00.
    private static func minutes(_ text: Substring) -> Int? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, (1...2).contains(parts[0].utf8.count), parts[1].utf8.count == 2,
            parts.allSatisfy({ $0.utf8.allSatisfy { (48...57).contains($0) } }),
            let hour = Int(parts[0]), let minute = Int(parts[1]), minute < 60, hour * 60 + minute <= WeekMinute.ofDay
        else { return nil }
        return hour * 60 + minute
    }
}
