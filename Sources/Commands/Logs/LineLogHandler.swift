internal import Logging

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Where log lines go: a file that is appended to, or standard error. Each line is one write, so that lines of several
/// processes do not mix.
final class LogSink: Sendable {
    private let descriptor: Int32
    private let isOurs: Bool

    /// - Parameter path: the file, made if it is missing, for its owner alone; nil for standard error.
    init(path: String?) throws(CommandFailure) {
        guard let path else {
            (descriptor, isOurs) = (STDERR_FILENO, false)
            return
        }
        let file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard file >= 0 else {
            throw CommandFailure(
                code: "log_file", message: "cannot write the log \(path): \(String(cString: strerror(errno)))",
                hint: "name another file with --log-file")
        }
        (descriptor, isOurs) = (file, true)
    }

    deinit { if isOurs { close(descriptor) } }

    func write(_ line: String) {
        var line = line + "\n"
        line.withUTF8 { bytes in
            // A log that cannot be written must not end the run.
            _ = put(descriptor, bytes.baseAddress, bytes.count)
        }
    }
}

/// Outside of the type, whose own `write` would be found first.
private func put(_ descriptor: Int32, _ base: UnsafePointer<UInt8>?, _ count: Int) -> Int {
    write(descriptor, base, count)
}

/// Writes one line per event, for people or as JSON; tokens never pass.
struct LineLogHandler: LogHandler {
    let sink: LogSink
    let format: LogSettings.Format
    var logLevel = Logger.Level.info
    var metadata: Logger.Metadata = [:]

    init(sink: LogSink, format: LogSettings.Format) {
        self.sink = sink
        self.format = format
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let all = metadata.merging(event.metadata ?? [:]) { $1 }
        let fields = all.keys.sorted().map { (name: $0, value: all[$0].map { "\($0)" } ?? "") }
        let time = LogLine.timestamp()
        let line =
            switch format {
            case .text: LogLine.text(time: time, level: event.level.rawValue, "\(event.message)", fields)
            case .json: LogLine.json(time: time, level: event.level.rawValue, "\(event.message)", fields)
            }
        sink.write(RunSecrets.hidden(in: line))
    }
}
