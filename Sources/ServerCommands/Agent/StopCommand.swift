internal import Agent
internal import ArgumentParser
internal import Commands
internal import Terminal

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Ends the agent.
struct StopCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stop", abstract: "End the agent.",
        discussion: "Returns when it has ended; what it was fetching is continued the next time.")

    @Flag(help: "Print one JSON document on standard output.")
    var json = false

    private struct Document: Encodable {
        /// Whether an agent was running.
        var stopped: Bool
    }

    func run() async throws {
        try Environment.requireSettings()
        let folder = Environment.agentFolder
        let wasRunning = AgentLock.isHeld(folder)
        if wasRunning { try await end(folder) }
        TerminalStream.output.writeLine(
            json
                ? try JSONOutput.text(Document(stopped: wasRunning))
                : wasRunning ? "the agent has ended" : "no agent was running")
    }

    private func end(_ folder: AgentFolder) async throws {
        let client = AgentClient(folder)
        // What stands in agent.json may be anything; the lock's holder is a process that lives.
        let process = AgentLock.holder(folder)
        let isTold = (try? await client?.post("/v1/stop")) != nil
        // One that cannot be asked, or does not answer, is told by a signal.
        if !isTold, let process { kill(process, SIGTERM) }
        guard try await hasEnded(folder, within: .seconds(20)) else {
            throw CommandFailure(
                code: "agent_silent", message: "the agent\(AgentClient.process(folder)) does not end",
                hint: process.map { "end it with 'kill -9 \($0)'" }
                    ?? "end the process 'shoal' that holds \(folder.lockFile)")
        }
    }

    private func hasEnded(_ folder: AgentFolder, within limit: Duration) async throws -> Bool {
        let end = ContinuousClock.now + limit
        while AgentLock.isHeld(folder) {
            guard ContinuousClock.now < end else { return false }
            try await Task.sleep(for: .milliseconds(30))
        }
        return true
    }
}
