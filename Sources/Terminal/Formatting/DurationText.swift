/// Durations for people.
public enum DurationText {
    /// Formats an elapsed time: `0.84 s`, `12.3 s`, `3 min 05 s`, `1 h 02 min`.
    public static func elapsed(_ duration: Duration) -> String {
        let milliseconds = milliseconds(of: duration)
        guard milliseconds >= 60_000 else {
            return ByteText.fixed(milliseconds, decimals: milliseconds < 10_000 ? 2 : 1) + " s"
        }
        return coarse(seconds: milliseconds / 1000)
    }

    /// Formats a time that is only a guess, in whole seconds or coarser: `8 s`, `3 min 05 s`.
    public static func estimate(seconds: UInt64) -> String {
        seconds < 60 ? "\(seconds) s" : coarse(seconds: seconds)
    }

    /// Formats how long ago something was, in one unit: `a few seconds ago`, `1 minute ago`, `3 weeks ago`.
    public static func ago(seconds: Double) -> String {
        guard seconds >= 20 else { return "a few seconds ago" }
        let units: [(name: String, seconds: Double, most: Double)] = [
            ("second", 1, 59), ("minute", 60, 59), ("hour", 3600, 23), ("day", 86_400, 6), ("week", 604_800, 6),
            ("month", 2_592_000, 11), ("year", 31_536_000, .infinity),
        ]
        for unit in units {
            let count = (seconds / unit.seconds).rounded(.toNearestOrEven)
            guard count <= unit.most else { continue }
            return "\(UInt64(min(count, 1e15))) \(unit.name)\(count > 1 ? "s" : "") ago"
        }
        return "long ago"
    }

    /// Whole milliseconds; negative durations count as zero.
    public static func milliseconds(of duration: Duration) -> UInt64 {
        let parts = duration.components
        guard parts.seconds >= 0, parts.attoseconds >= 0 else { return 0 }
        return UInt64(parts.seconds) * 1000 + UInt64(parts.attoseconds / 1_000_000_000_000_000)
    }

    private static func coarse(seconds: UInt64) -> String {
        switch seconds {
        case ..<3600: "\(seconds / 60) min \(twoDigits(seconds % 60)) s"
        case ..<86_400: "\(seconds / 3600) h \(twoDigits(seconds % 3600 / 60)) min"
        default: "\(seconds / 86_400) d \(twoDigits(seconds % 86_400 / 3600)) h"
        }
    }

    private static func twoDigits(_ value: UInt64) -> String { value < 10 ? "0\(value)" : "\(value)" }
}
