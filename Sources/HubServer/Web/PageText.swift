import Foundation

/// Numbers and times as pages show them.
enum PageText {
    /// Bytes in decimal units, as the Hub shows them: `1.23 GB`.
    static func size(_ bytes: some BinaryInteger) -> String {
        var value = Double(bytes)
        guard value >= 1000 else { return "\(bytes) B" }
        for unit in ["kB", "MB", "GB", "TB"] {
            value /= 1000
            if value < 999.5 || unit == "TB" {
                return String(format: value < 9.995 ? "%.2f %@" : value < 99.95 ? "%.1f %@" : "%.0f %@", value, unit)
            }
        }
        return "\(bytes) B"
    }

    /// A count with thin groups: `12 345`.
    static func count(_ number: some BinaryInteger) -> String {
        let digits = String(number)
        var out = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0, digit != "-" { out += "\u{202F}" }
            out.append(digit)
        }
        return out
    }

    /// Parameters of a model: `1.24B`.
    static func short(_ number: some BinaryInteger) -> String {
        var value = Double(number)
        guard value >= 1000 else { return "\(number)" }
        for unit in ["K", "M", "B", "T"] {
            value /= 1000
            if value < 999.5 || unit == "T" { return String(format: value < 99.95 ? "%.1f%@" : "%.0f%@", value, unit) }
        }
        return "\(number)"
    }

    static func counted(_ number: Int, _ noun: String) -> String { "\(count(number)) \(noun)\(number == 1 ? "" : "s")" }

    /// How long ago something was, with the exact time beside it for whoever points at it.
    static func age(seconds: Int64, now: Date = Date()) -> HTML {
        let date = Date(timeIntervalSince1970: Double(seconds))
        let stamp = date.formatted(.iso8601)
        return "<time datetime=\"\(stamp)\" title=\"\(stamp)\">\(words(now.timeIntervalSince(date), date))</time>"
    }

    private static func words(_ age: TimeInterval, _ date: Date) -> String {
        switch age {
        case ..<60: "just now"
        case ..<3600: "\(counted(Int(age / 60), "minute")) ago"
        case ..<86_400: "\(counted(Int(age / 3600), "hour")) ago"
        case ..<2_592_000: "\(counted(Int(age / 86_400), "day")) ago"
        default: String(date.formatted(.iso8601).prefix(10))
        }
    }

    /// `part` of `whole` in per cent.
    static func percent(_ part: some BinaryInteger, of whole: some BinaryInteger) -> String {
        guard whole > 0 else { return "0 %" }
        let share = Double(part) / Double(whole) * 100
        return String(format: share > 0 && share < 9.95 ? "%.1f %%" : "%.0f %%", share)
    }
}
