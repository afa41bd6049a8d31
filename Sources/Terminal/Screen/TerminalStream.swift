#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// One of the process's standard streams, written without buffering.
public struct TerminalStream: Sendable {
    public let descriptor: Int32

    public static let output = TerminalStream(descriptor: STDOUT_FILENO)
    public static let error = TerminalStream(descriptor: STDERR_FILENO)

    init(descriptor: Int32) { self.descriptor = descriptor }

    /// Puts `/dev/null` where a standard stream is closed; otherwise the next file that is opened takes its number,
    /// and what is meant for the screen ends up in it.
    public static func fillGaps() {
        for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) == -1 {
            _ = open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY)
        }
    }

    /// Whether the stream is a terminal that understands cursor movement.
    public var isTerminal: Bool {
        guard isatty(descriptor) == 1 else { return false }
        return Self.environment("TERM") != "dumb"
    }

    /// Whether colour is welcome: a terminal, and `NO_COLOR` unset or empty.
    public var allowsColour: Bool { !carriesEvents && isTerminal && (Self.environment("NO_COLOR") ?? "").isEmpty }

    /// Columns and rows of the terminal; 80 × 24 when it does not tell.
    public var size: (columns: Int, rows: Int) {
        var window = winsize()
        guard ioctl(descriptor, UInt(TIOCGWINSZ), &window) == 0, window.ws_col > 0, window.ws_row > 0 else {
            return (80, 24)
        }
        return (Int(window.ws_col), Int(window.ws_row))
    }

    /// Writes all of `text`.
    ///
    /// When the reader of standard output has gone (`shoal ls | head -1`) the process ends quietly with 141, as one
    /// that dies of SIGPIPE; trouble on standard error is ignored, since there is nowhere to report it.
    public func write(_ text: String) {
        var text = text
        text.withUTF8 { write(UnsafeRawBufferPointer($0)) }
    }

    /// Writes all of `bytes`, as ``write(_:)-(String)`` does with text.
    public func write(_ bytes: UnsafeRawBufferPointer) {
        var rest = bytes
        while let base = rest.baseAddress, !rest.isEmpty {
            #if canImport(Glibc)
                let count = Glibc.write(descriptor, base, rest.count)
            #else
                let count = Darwin.write(descriptor, base, rest.count)
            #endif
            if count > 0 {
                rest = UnsafeRawBufferPointer(rebasing: rest[count...])
            } else if count < 0, errno == EAGAIN {
                var request = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                poll(&request, 1, -1)
            } else if count < 0, errno == EINTR {
                continue
            } else {
                if descriptor == STDOUT_FILENO { giveUp(errno) }
                return
            }
        }
    }

    /// Writes `text` to another process; one that has gone is no error.
    public static func write(_ text: String, to descriptor: Int32) {
        TerminalStream(descriptor: descriptor).write(text)
    }

    /// Writes `text` and a line end.
    public func writeLine(_ text: String) {
        guard carriesEvents else { return write(text + "\n") }
        write(text.split(whereSeparator: \.isNewline).map { EventLines.event($0) + "\n" }.joined())
    }

    private var carriesEvents: Bool { descriptor == STDERR_FILENO && EventLines.isOn }

    private func giveUp(_ code: Int32) -> Never {
        if code == EPIPE { _exit(128 + SIGPIPE) }
        TerminalStream.error.writeLine("error: cannot write to standard output: \(String(cString: strerror(code)))")
        _exit(1)
    }

    private static func environment(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }
}
