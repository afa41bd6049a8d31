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
            return " \(field.name)=\(isPlain ? field.value : quoted(field.value))"
        }
        return "\(time) \(level) \(oneLine(message))\(tail.joined())"
    }

    static func json(time: String, level: String, _ message: String, _ fields: Fields) -> String {
        let pairs = [("time", time), ("level", level), ("message", message)] + fields.map { ($0.name, $0.value) }
        return "{" + pairs.map { "\(quoted($0.0)):\(quoted($0.1))" }.joined(separator: ",") + "}"
    }

    private static func oneLine(_ text: String) -> String {
        text.contains(where: \.isNewline) ? text.split(whereSeparator: \.isNewline).joined(separator: " ") : text
    }

    private static func quoted(_ text: String) -> String {
        var out = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": out += "\\\""
            case "\\": out += "\\\\"
            case "\n": out += "\\n"
            case "\r": out += "\\r"
            case "\t": out += "\\t"
            case _ where scalar.value < 0x20:
                let digits = String(scalar.value, radix: 16)
                out += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out + "\""
    }
}
