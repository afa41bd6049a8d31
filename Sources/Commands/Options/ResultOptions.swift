internal import ArgumentParser
internal import Terminal

/// How a command hands over its result on standard output.
package struct ResultOptions: ParsableArguments {
    /// The formats of `hf`.
    enum Format: String, ExpressibleByArgument, CaseIterable {
        /// For people.
        case auto, human
        /// One JSON document.
        case json
        /// The essential value, one per line.
        case quiet
        /// `key=value` lines, or a table with tabs.
        case agent
    }

    @Flag(name: .customLong("json"), help: "Print one JSON document on standard output.")
    var isJSON = false

    @Flag(name: [.customShort("q"), .customLong("quiet")], help: "Print nothing but the result.")
    var isQuiet = false

    @Option(help: "The output: auto, human, json, quiet or agent (key=value lines).")
    var format: Format?

    /// Accepted for scripts written for `hf`: nothing is ever truncated here.
    @Flag(help: .hidden) var noTruncate = false

    package init() {}

    /// The same, as JSON where nobody has chosen a format.
    package func orJSON() -> ResultOptions {
        guard !isJSON, !isQuiet, format == nil else { return self }
        var options = self
        options.isJSON = true
        return options
    }

    package var json: Bool { isJSON || format == .json }
    package var quiet: Bool { isQuiet || format == .quiet }
    /// Whether a program reads the output, so that nobody can be asked anything.
    package var isForMachines: Bool { json || quiet || format == .agent }

    package func validate() throws {
        guard [isJSON, isQuiet, format != nil].count(where: { $0 }) <= 1 else {
            throw ValidationError("--json, --quiet and --format exclude each other")
        }
    }

    /// Tells a person before a terminal that a list is empty.
    package func sayNone() {
        guard !isForMachines, TerminalStream.output.isTerminal else { return }
        TerminalStream.error.writeLine("none")
    }

    /// Prints a result in the wanted format.
    /// - Parameters:
    ///   - document: what `--json` prints, and `--format agent` spreads over lines.
    ///   - quiet: the lines of `--quiet`.
    ///   - human: the lines for people.
    package func print(
        _ document: some Encodable, quiet quietLines: @autoclosure () -> [String], human: () throws -> [String]
    ) throws {
        let lines: [String]
        if json {
            lines = [try JSONOutput.text(document)]
        } else if format == .agent {
            lines = try AgentText.lines(document)
        } else {
            lines = quiet ? quietLines() : try human()
        }
        TerminalStream.output.write(lines.map { $0 + "\n" }.joined())
    }
}
