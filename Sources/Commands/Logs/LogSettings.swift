internal import Logging
internal import Synchronization

/// Where the log of this process goes: flags over `SHOAL_LOG`, `SHOAL_LOG_FILE` and `SHOAL_LOG_FORMAT`.
struct LogSettings: Sendable, Equatable {
    enum Format: String, CaseIterable, Sendable { case text, json }

    /// Nil logs nothing.
    var level: Logger.Level?
    /// Nil means standard error.
    var file: String?
    var format = Format.text

    /// What the flags of this process say; one process runs one command.
    private static let chosen = Mutex<LogSettings?>(nil)

    static func use(_ settings: LogSettings) { chosen.withLock { $0 = settings } }

    static var current: LogSettings { chosen.withLock { $0 } ?? LogSettings(environment: Environment.variables) }

    init(environment: [String: String]) {
        let isDebugging = ["1", "ON", "YES", "TRUE"].contains(environment["HF_DEBUG"]?.uppercased() ?? "")
        let name = environment["SHOAL_LOG"] ?? (isDebugging ? "debug" : environment["HF_HUB_VERBOSITY"])
        file = environment["SHOAL_LOG_FILE"].flatMap { $0.isEmpty ? nil : Environment.absolute($0) }
        format = environment["SHOAL_LOG_FORMAT"].flatMap { Format(rawValue: $0.lowercased()) } ?? .text
        level = name.flatMap { Logger.Level(rawValue: $0.lowercased()) } ?? (file == nil ? nil : .info)
    }

    /// Makes the logger of a run.
    /// - Throws: ``CommandFailure`` with code `log_file` when the file cannot be written.
    func makeLogger() throws -> Logger {
        guard let level else { return Logger(label: "shoal", factory: { _ in SwiftLogNoOpLogHandler() }) }
        let sink = try LogSink(path: file)
        let format = format
        var logger = Logger(label: "shoal", factory: { _ in LineLogHandler(sink: sink, format: format) })
        logger.logLevel = level
        return logger
    }
}
