/// How a process ended and what it wrote.
public struct ProcessResult: Sendable {
    public enum Status: Hashable, Sendable {
        case exited(Int32)
        case killed(signal: Int32)
    }

    public let command: Command
    public let status: Status
    public let output: String
    public let errors: String
    /// From the start to the moment the system reported the end.
    public let duration: Duration
    /// Peak resident set, in bytes.
    public let peakMemory: Int
    /// User and system time.
    public let processorTime: Duration

    /// The exit code, nil where a signal ended the process.
    public var code: Int32? {
        if case .exited(let code) = status { code } else { nil }
    }

    /// Standard output without the white space around it.
    public var trimmed: String {
        var text = output[...]
        while text.last?.isWhitespace == true { text.removeLast() }
        while text.first?.isWhitespace == true { text.removeFirst() }
        return String(text)
    }

    /// The last line of standard output that is not empty, which is where a printed path stands.
    public var lastLine: String {
        output.split(whereSeparator: \.isNewline).last.map(String.init) ?? ""
    }

    /// Throws, with all that the process wrote, unless it exited with `code`.
    @discardableResult
    public func expecting(_ code: Int32 = 0) throws -> ProcessResult {
        guard self.code == code else {
            throw TestFailure(
                """
                expected exit code \(code), got \(status): \(command.label) \(command.arguments.joined(separator: " "))
                stdout: \(output.suffix(3000))
                stderr: \(errors.suffix(3000))
                """)
        }
        return self
    }
}
