/// How progress is shown on standard error.
public enum ProgressMode: Sendable, Equatable {
    /// One line per active file and a total, redrawn in place.
    case bar
    /// Whole lines: one at the start, one at the end, and in between at most one per `interval`.
    case plain(interval: Duration)
    /// One JSON object per line for programs: `start`, `progress` once a second, `file`, `end`.
    case json
    /// Nothing.
    case none

    /// What suits the stream when nobody asked: bars on a terminal, else a line every thirty seconds.
    public static func suited(to stream: TerminalStream) -> ProgressMode {
        stream.isTerminal ? .bar : .plain(interval: .seconds(30))
    }
}
