#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// Dates of HTTP headers, such as `Sat, 21 Nov 2026 18:42:25 GMT` (RFC 9110 §5.6.7).
package enum HTTPDate {
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    /// Unix seconds of a date in the preferred form; nil for anything else.
    package static func seconds(_ text: some StringProtocol) -> Int64? {
        let parts = text.split(whereSeparator: { $0 == " " || $0 == "," || $0 == ":" })
        guard parts.count == 8, parts[7] == "GMT", let day = Int32(parts[1]), (1...31).contains(day),
            let month = months.firstIndex(of: String(parts[2])), let year = Int32(parts[3]),
            (1970...9999).contains(year), let hour = Int32(parts[4]), (0...23).contains(hour),
            let minute = Int32(parts[5]), (0...59).contains(minute), let second = Int32(parts[6]),
            (0...60).contains(second)
        else { return nil }
        var fields = tm()
        (fields.tm_year, fields.tm_mon, fields.tm_mday) = (year - 1900, Int32(month), day)
        (fields.tm_hour, fields.tm_min, fields.tm_sec) = (hour, minute, second)
        return Int64(timegm(&fields))
    }

    /// A time as people read it, such as `2026-11-21 18:42 UTC`.
    package static func text(_ seconds: Int64) -> String {
        var (time, fields) = (time_t(seconds), tm())
        guard gmtime_r(&time, &fields) != nil else { return "\(seconds)" }
        func padded(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "\(fields.tm_year + 1900)-\(padded(fields.tm_mon + 1))-\(padded(fields.tm_mday)) "
            + "\(padded(fields.tm_hour)):\(padded(fields.tm_min)) UTC"
    }
}

/// How far the clock of this machine is from a server's.
package enum ClockSkew {
    /// Seconds of difference that no certificate or token minds.
    package static let tolerance: Int64 = 300

    /// The clock of this machine in unix seconds.
    package static var now: Int64 { Int64(time(nil)) }

    /// Seconds that this machine is ahead of the server whose `Date` header this is; nil when it is close enough.
    package static func notable(date: String?, now: Int64 = ClockSkew.now) -> Int64? {
        guard let date, let server = HTTPDate.seconds(date), abs(now - server) > tolerance else { return nil }
        return now - server
    }
}
