internal import ArgumentParser
internal import Terminal

/// How a transfer shows its progress on standard error.
struct ProgressOptions: ParsableArguments {
    enum Choice: String, ExpressibleByArgument, CaseIterable { case auto, bar, plain, none }

    @Option(help: "Show progress on standard error: auto, bar, plain or none.")
    var progress = Choice.auto

    /// The mode for this run; machines that read JSON and users who want quiet get none unless they ask for one.
    func mode(for output: ResultOptions, stream: TerminalStream = .error) -> ProgressMode {
        switch progress {
        case .auto: output.json || output.quiet ? .none : .suited(to: stream)
        case .bar: .bar
        case .plain: .plain(interval: .seconds(1))
        case .none: .none
        }
    }
}
