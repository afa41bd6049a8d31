internal import ArgumentParser
internal import Logging

extension LogSettings.Format: ExpressibleByArgument {}

/// What a run writes down about itself.
struct LogOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Append a log of the run to this file.", valueName: "file"), completion: .file())
    var logFile: String?

    @Option(
        help: ArgumentHelp(
            "What to log: trace, debug, info, warning or error; info with --log-file.", valueName: "level"))
    var logLevel: String?

    @Option(help: "How log lines look: text or json.")
    var logFormat: LogSettings.Format?

    @Option(
        help: ArgumentHelp("Write what the run did, in numbers, as JSON to this file when it ends.", valueName: "file"),
        completion: .file())
    var metrics: String?

    /// Makes the choice that of the process.
    func apply(environment: [String: String]) throws(CommandFailure) {
        var settings = LogSettings(environment: environment)
        if let logFile {
            settings.file = Environment.absolute(logFile)
            settings.level = settings.level ?? .info
        }
        if let logLevel {
            guard let level = Logger.Level(rawValue: logLevel.lowercased()) else {
                throw .usage(
                    "--log-level takes trace, debug, info, notice, warning, error or critical, not '\(logLevel)'",
                    hint: "for example --log-level debug")
            }
            settings.level = level
        }
        if let logFormat { settings.format = logFormat }
        LogSettings.use(settings)
        if let metrics { RunMetrics.write(to: Environment.absolute(metrics)) }
    }
}
