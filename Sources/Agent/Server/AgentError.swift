#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// Why the agent cannot begin.
package struct AgentError: Error, Sendable, Hashable, CustomStringConvertible {
    /// Stable; appears in `--json` output.
    package var code: String
    package var message: String
    package var hint: String

    package var description: String { message }

    static func storage(_ what: String, _ code: Int32) -> AgentError {
        AgentError(
            code: "agent_folder", message: "\(what): \(String(cString: strerror(code)))",
            hint: "name a folder of your own with SHOAL_AGENT_DIR")
    }

    static func port(_ port: Int, _ code: Int32) -> AgentError {
        AgentError(
            code: "port_unusable",
            message: "cannot answer on port \(port) of this machine: \(String(cString: strerror(code)))",
            hint: "choose another with --http-port; 0 takes a free one")
    }
}
