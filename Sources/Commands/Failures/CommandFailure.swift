/// A failure as the user gets it: a stable code, one sentence, what to try, and the exit code of the process.
public struct CommandFailure: Error, Sendable, Equatable {
    /// Stable; appears in `--json` output.
    public var code: String
    public var message: String
    public var hint: String?
    public var exitCode: Int32
    /// The HTTP status of the reply that is at fault.
    public var status: Int?
    /// The address that was asked, without its query.
    public var url: String?
    /// What the server calls the request, for its operator.
    public var requestID: String?

    public init(code: String, message: String, hint: String? = nil, exitCode: Int32 = 1) {
        self.code = code
        self.message = message
        self.hint = hint
        self.exitCode = exitCode
    }

    /// The command was called in a way that cannot work: exit code 2.
    public static func usage(_ message: String, hint: String? = nil) -> CommandFailure {
        CommandFailure(code: "usage", message: message, hint: hint, exitCode: 2)
    }

    /// Stopped by the user: exit code 130.
    static let interrupted = CommandFailure(
        code: "interrupted", message: "interrupted",
        hint: "run the same command again; it continues where this one stopped", exitCode: 130)
}
