internal import Terminal

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// How an event reads in a log.
enum LogLine {
    typealias Fields = [(name: String, value: String)]

    /// The time now, such as `2026-11-21T18:42:25.123Z`.
    static func timestamp() -> String {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        var fields = tm()
        gmtime_r(&now.tv_sec, &fields)
        func padded(_ number: Int, _ width: Int = 2) -> String {
            let text = "\(number)"
            return String(repeating: "0", count: max(0, width - text.count)) + text
        }
        return "\(fields.tm_year + 1900)-\(padded(Int(fields.tm_mon) + 1))-\(padded(Int(fields.tm_mday)))T"
            + "\(padded(Int(fields.tm_hour))):\(padded(Int(fields.tm_min))):\(padded(Int(fields.tm_sec)))."
            + "\(padded(now.tv_nsec / 1_000_000, 3))Z"
    }

    static func text(time: String, level: String, _ message: String, _ fields: Fields) -> String {
        let tail = fields.map { field in
            let isPlain = !field.value.isEmpty && field.value.allSatisfy { $0 != " " && $0 != "\"" && !$0.isNewline }
            return " \(field.name)=\(isPlain ? field.value : JSONText.quoted(field.value))"
        }
        return "\(time) \(level) \(oneLine(message))\(tail.joined())"
    }

    static func json(time: String, level: String, _ message: String, _ fields: Fields) -> String {
        let pairs = [("time", time), ("level", level), ("message", message)] + fields.map { ($0.name, $0.value) }
        return "{" + pairs.map { "\(JSONText.quoted($0.0)):\(JSONText.quoted($0.1))" }.joined(separator: ",") + "}"
    }

    private static func oneLine(_ text: String) -> String {
        text.contains(where: \.isNewline) ? text.split(whereSeparator: \.isNewline).joined(separator: " ") : text
    }
}
