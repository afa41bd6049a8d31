internal import Agent
internal import Commands
import Foundation
internal import Processes
internal import Terminal

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The process of an agent in the background.
enum AgentProcess {
    /// How long an agent may take until it answers.
    private static let patience = Duration.seconds(30)
    /// A longer log is laid aside.
    private static let longestLog = 8 << 20

    /// Begins an agent and waits until it answers.
    /// - Throws: ``CommandFailure`` with the agent's own words when it does not come up.
    static func start(_ folder: AgentFolder, arguments: [String]) async throws {
        guard let program = ServerSibling.ownPath() else {
            throw CommandFailure(
                code: "server_unusable", message: "cannot tell where this program is", hint: "install it again")
        }
        let log = try openLog(folder)
        let before = lseek(log, 0, SEEK_END)
        defer { close(log) }
        let child = try spawn(program, arguments, output: log)
        let end = ContinuousClock.now + patience
        while ContinuousClock.now < end {
            var status: Int32 = 0
            if waitpid(child, &status, WNOHANG) == child { throw failure(folder, from: before) }
            if let client = AgentClient(folder), client.document.pid == child, await client.isHealthy() { return }
            try await Task.sleep(for: .milliseconds(50))
        }
        kill(child, SIGKILL)
        throw CommandFailure(
            code: "agent_silent", message: "the agent did not answer within 30 seconds",
            hint: "look into \(folder.logFile)")
    }

    private static func openLog(_ folder: AgentFolder) throws -> Int32 {
        var status = stat()
        if stat(folder.logFile, &status) == 0, status.st_size > longestLog {
            rename(folder.logFile, folder.logFile + ".1")
        }
        let log = open(folder.logFile, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard log >= 0 else {
            throw CommandFailure(
                code: "agent_folder", message: "cannot write \(folder.logFile): \(String(cString: strerror(errno)))",
                hint: "name a folder of your own with SHOAL_AGENT_DIR")
        }
        return log
    }

    /// Begins a process in a session of its own, so that it outlives the terminal.
    private static func spawn(_ program: String, _ arguments: [String], output: Int32) throws -> pid_t {
        var launch = Launch(program, arguments)
        launch.name = "shoal"
        (launch.output, launch.errors) = (.descriptor(output), .descriptor(output))
        launch.company = .ownSession
        do {
            return try launch.start()
        } catch {
            throw CommandFailure(code: "server_unusable", message: error.description, hint: "install it again")
        }
    }

    /// What the agent said before it ended.
    private static func failure(_ folder: AgentFolder, from start: off_t) -> CommandFailure {
        let bytes = FileManager.default.contents(atPath: folder.logFile).map { Array($0.dropFirst(Int(start))) } ?? []
        let lines = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline)
        func said(_ mark: String) -> String? {
            lines.last { $0.hasPrefix(mark) }.map { String($0.dropFirst(mark.count)) }
        }
        return CommandFailure(
            code: "agent_failed", message: said("error: ") ?? "the agent ended at once",
            hint: said("hint: ") ?? "look into \(folder.logFile)")
    }
}
