internal import ArgumentParser
package import Terminal

/// How a transfer shows its progress on standard error.
package struct ProgressOptions: ParsableArguments {
    enum Choice: String, ExpressibleByArgument, CaseIterable { case auto, bar, plain, json, none }

    @Option(help: "Show progress on standard error: auto, bar, plain, json (one object per line) or none.")
    var progress = Choice.auto

    package init() {}

    /// The mode for this run; machines that read JSON and users who want quiet get none unless they ask for one, and
    /// HF_HUB_DISABLE_PROGRESS_BARS speaks for those who say nothing.
    package func mode(
        for output: ResultOptions, stream: TerminalStream = .error,
        environment: [String: String] = Environment.variables
    ) -> ProgressMode {
        switch progress {
        case .auto:
            switch environment["HF_HUB_DISABLE_PROGRESS_BARS"]?.uppercased() {
            case "1", "ON", "YES", "TRUE": .none
            case "0", "OFF", "NO", "FALSE": .suited(to: stream)
            default: output.isForMachines ? .none : .suited(to: stream)
            }
        case .bar: .bar
        case .plain: .plain(interval: .seconds(1))
        case .json: .json
        case .none: .none
        }
    }

    /// The mode for this run where a settings file may hide progress that nobody has asked for.
    package func mode(for output: ResultOptions, isShown: Bool) -> ProgressMode {
        isShown || progress != .auto ? mode(for: output) : .none
    }

    /// The mode where standard output carries a file: who reads the bytes wants no log beside them, and a person at a
    /// terminal gets the bar.
    func modeBesideOutput(stream: TerminalStream = .error) throws -> ProgressMode {
        mode(for: try ResultOptions.parse(stream.isTerminal ? [] : ["--quiet"]), stream: stream)
    }
}
