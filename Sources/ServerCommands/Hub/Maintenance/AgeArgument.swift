internal import ArgumentParser

/// A span of time as users write it: `22d`, `12h`, `30m`, `90s`, or `0`.
struct AgeArgument: ExpressibleByArgument, Equatable {
    var duration: Duration

    private static let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3600, "d": 86_400]

    init(_ duration: Duration) { self.duration = duration }

    init?(argument: String) {
        if argument == "0" {
            duration = .zero
            return
        }
        guard let unit = argument.last.flatMap({ Self.units[$0] }), let count = Int64(argument.dropLast()), count >= 0,
            case let (seconds, overflow) = count.multipliedReportingOverflow(by: unit), !overflow
        else { return nil }
        duration = .seconds(seconds)
    }

    var defaultValueDescription: String {
        let seconds = duration.components.seconds
        for (name, unit) in [("d", 86_400), ("h", 3600), ("m", 60)] as [(String, Int64)]
        where seconds >= unit && seconds % unit == 0 {
            return "\(seconds / unit)\(name)"
        }
        return seconds == 0 ? "0" : "\(seconds)s"
    }
}
