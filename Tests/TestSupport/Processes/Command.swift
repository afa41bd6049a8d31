/// A program to run, with everything it sees: nothing is inherited from the test process.
public struct Command: Sendable {
    /// Absolute path of the executable.
    public var program: String
    public var arguments: [String]
    /// The whole environment.
    public var environment: [String: String]
    /// Names the process in log files and error texts.
    public var label: String

    public init(
        _ program: String, _ arguments: [String] = [], environment: [String: String] = [:], label: String? = nil
    ) {
        self.program = program
        self.arguments = arguments
        self.environment = environment
        self.label = label ?? program.split(separator: "/").last.map(String.init) ?? "process"
    }
}
