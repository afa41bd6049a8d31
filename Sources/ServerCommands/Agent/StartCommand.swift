internal import Agent
internal import ArgumentParser
internal import Commands
import Foundation
internal import Terminal

/// Begins an agent behind the terminal.
struct StartCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "start", abstract: "Run the agent in the background.",
        discussion: """
            Does what 'shoal serve' does, behind the terminal, and returns when the agent answers. Its output goes to \
            agent.log in its folder. An agent that runs already is left alone.

            EXAMPLES:
              shoal start
              shoal start --endpoint http://hub.local:8080 --tracker http://tracker.local:6969/announce
              shoal start --install
              HF_ENDPOINT=http://127.0.0.1:9847 python train.py
            """)

    @Flag(help: "Print one JSON document on standard output.")
    var json = false

    @Flag(help: "Have the system run the agent with these options whenever you are logged in (systemd, launchd).")
    var install = false

    @Flag(help: "Undo --install.")
    var uninstall = false

    @OptionGroup(title: "Agent") var agent: AgentOptions
    @OptionGroup(title: "Peers") var seed: SeedOptions
    @OptionGroup(title: "Hub") var hub: HubOptions

    func validate() throws {
        guard !install || !uninstall else { throw ValidationError("--install and --uninstall exclude each other") }
        guard !json || !(install || uninstall) else { throw ValidationError("--json is for starting alone") }
    }

    func run() async throws {
        if uninstall { return try ServiceInstaller().uninstall() }
        // What is wrong with the options is told here and not in a log.
        _ = try AgentSession(seed, hub: hub, agent: agent)
        let folder = Environment.agentFolder
        if install {
            return try ServiceInstaller().install(folder, arguments: Self.serveArguments(CommandLine.arguments))
        }
        var isNew = false
        if AgentLock.isHeld(folder) {
            // Its health would be told to everybody; this asks whether it takes the token too.
            _ = try await AgentClient.find(folder)?.get("/v1/status")
            if Self.serveArguments(CommandLine.arguments).count > 1 {
                TerminalStream.error.writeLine(
                    "warning: the agent that runs keeps its own options; for those named here end it with 'shoal stop' first"
                )
            }
        } else {
            do {
                try folder.prepare()
            } catch {
                throw CommandFailure(code: error.code, message: error.message, hint: error.hint)
            }
            try await AgentProcess.start(folder, arguments: Self.serveArguments(CommandLine.arguments))
            isNew = true
        }
        guard let client = try AgentClient.find(folder) else { throw AgentClient.notRunning }
        try AgentReport(client, isNew: isNew).print(json: json)
    }

    /// The command line of the same agent in the foreground.
    static func serveArguments(_ arguments: [String]) -> [String] {
        ["serve"] + arguments.dropFirst(2).filter { !["--json", "--install"].contains($0) }
    }
}

/// What `shoal start` tells.
private struct AgentReport {
    private let client: AgentClient
    private let isNew: Bool

    init(_ client: AgentClient, isNew: Bool) {
        self.client = client
        self.isNew = isNew
    }

    private struct Document: Encodable {
        var pid: Int32
        var url: String
        var started: Bool
        var dashboard: String
        var tokenFile: String

        enum CodingKeys: String, CodingKey {
            case pid, url, started, dashboard
            case tokenFile = "token_file"
        }
    }

    func print(json: Bool) throws {
        let document = client.document
        guard !json else {
            let report = Document(
                pid: document.pid, url: document.url, started: isNew, dashboard: client.dashboard,
                tokenFile: client.folder.tokenFile)
            return TerminalStream.output.writeLine(try JSONOutput.text(report))
        }
        TerminalStream.output.writeLine(
            "the agent \(isNew ? "answers" : "was running already") at \(document.url) (PID \(document.pid))")
        TerminalStream.error.writeLine("programs use it with HF_ENDPOINT=\(document.url)")
        TerminalStream.error.writeLine("dashboard: \(client.dashboard)")
    }
}
