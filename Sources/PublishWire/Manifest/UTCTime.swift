/// Seconds since 1970 as RFC 3339 writes them.
package enum UTCTime {
    /// Such as `2026-11-22T17:30:00Z`.
    package static func text(_ seconds: Int64) -> String {
        let seconds = min(max(seconds, 0), Times.latest)
        let (days, rest) = (seconds / Times.day, seconds % Times.day)
        let date = date(ofDay: days)
        return "\(padded(date.year, 4))-\(padded(date.month, 2))-\(padded(date.day, 2))T"
            + "\(padded(rest / 3_600, 2)):\(padded(rest / 60 % 60, 2)):\(padded(rest % 60, 2))Z"
    }

    /// Reads a time of any zone; fractions of a second are dropped.
    /// - Returns: nil for other text, for days that no month has, and for times before 1970.
    package static func seconds(_ text: String) -> Int64? {
        var rest = Array(text.utf8)[...]
        guard text.utf8.count <= 40,
            let year = number(&rest, 4), take("-", &rest), let month = number(&rest, 2), take("-", &rest),
            let day = number(&rest, 2), take("T", &rest) || take("t", &rest), let hour = number(&rest, 2),
            take(":", &rest), let minute = number(&rest, 2), take(":", &rest), let second = number(&rest, 2)
        else { return nil }
        if take(".", &rest) {
            let fraction = rest.prefix { (0x30...0x39).contains($0) }
            guard !fraction.isEmpty else { return nil }
            rest = rest.dropFirst(fraction.count)
        }
        guard let shift = zone(&rest), rest.isEmpty, year >= 1970, (1...12).contains(month), day >= 1,
            hour < 24, minute < 60, second <= 60
        else { return nil }
        let start = day1(year: year, month: month)
        let next = month == 12 ? day1(year: year + 1, month: 1) : day1(year: year, month: month + 1)
        guard start + day - 1 < next else { return nil }
        let seconds = (start + day - 1) * Times.day + hour * 3_600 + minute * 60 + second - shift
        return (0...Times.latest).contains(seconds) ? seconds : nil
    }

    /// Seconds that the clock of a zone is ahead.
    private static func zone(_ rest: inout ArraySlice<UInt8>) -> Int64? {
        if take("Z", &rest) || take("z", &rest) { return 0 }
        let isBehind = take("-", &rest)
        guard isBehind || take("+", &rest), let hours = number(&rest, 2), take(":", &rest),
            let minutes = number(&rest, 2), hours < 24, minutes < 60
        else { return nil }
        return (hours * 3_600 + minutes * 60) * (isBehind ? -1 : 1)
    }

    private static func number(_ rest: inout ArraySlice<UInt8>, _ count: Int) -> Int64? {
        let digits = rest.prefix(count)
        guard digits.count == count, digits.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        rest = rest.dropFirst(count)
        return digits.reduce(0) { $0 * 10 + Int64($1 - 0x30) }
    }

    private static func take(_ character: Unicode.Scalar, _ rest: inout ArraySlice<UInt8>) -> Bool {
        guard rest.first == UInt8(ascii: character) else { return false }
        rest = rest.dropFirst()
        return true
    }

    private static func padded(_ number: Int64, _ width: Int) -> String {
        let text = "\(number)"
        return String(repeating: "0", count: max(0, width - text.count)) + text
    }

    private static func isLeap(_ year: Int64) -> Bool { year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) }

    private static func length(ofMonth month: Int64, year: Int64) -> Int64 {
        switch month {
        case 2: isLeap(year) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// Days from 1970 to the first of a month.
    private static func day1(year: Int64, month: Int64) -> Int64 {
        let before = year - 1
        let leaps = before / 4 - before / 100 + before / 400 - (1969 / 4 - 1969 / 100 + 1969 / 400)
        return (year - 1970) * 365 + leaps + (1..<month).reduce(0) { $0 + length(ofMonth: $1, year: year) }
    }

    private static func date(ofDay day: Int64) -> (year: Int64, month: Int64, day: Int64) {
        // At most one too late, for no year is shorter than this.
        var year = 1970 + day / 365
        while day1(year: year, month: 1) > day { year -= 1 }
        var rest = day - day1(year: year, month: 1)
        var month: Int64 = 1
        while rest >= length(ofMonth: month, year: year) {
            rest -= length(ofMonth: month, year: year)
            month += 1
        }
        return (year, month, rest + 1)
    }
}
