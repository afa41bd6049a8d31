internal import Agent
internal import ArgumentParser
internal import Commands
internal import HubWire
internal import Terminal

/// Tells what the agent does.
struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Tell what the agent does.",
        discussion: """
            Exit code 1 when none is running. The address of the dashboard that is printed holds the agent's token: it \
            is meant for you alone.
            """)

    @Flag(help: "Print one JSON document on standard output.")
    var json = false

    func run() async throws {
        guard let client = AgentClient() else { throw AgentClient.notRunning }
        let status = try await client.get("/v1/status")
        guard case .object(var members) = status else { throw AgentClient.notRunning }
        if json {
            members["dashboard"] = .string(client.dashboard)
            return TerminalStream.output.writeLine(try JSONOutput.text(JSONValue.object(members)))
        }
        for line in Self.lines(status) + ["dashboard   \(client.dashboard)"] { TerminalStream.output.writeLine(line) }
    }

    private static func lines(_ status: JSONValue) -> [String] {
        func number(_ value: JSONValue?) -> UInt64 {
            switch value {
            case .integer(let number): UInt64(max(0, number))
            case .number(let number): UInt64(max(0, min(number, 1e18)))
            default: 0
            }
        }
        func size(_ group: String, _ name: String) -> String { ByteText.size(number(status[group]?[name])) }
        var upstream = status["upstream"]?.text ?? ""
        if case .bool(false) = status["upstream_reachable"] { upstream += " (away)" }
        let port = number(status["bt_port"])
        var lines = [
            "agent       \(status["endpoint"]?.text ?? "") (PID \(number(status["pid"])), up \(DurationText.elapsed(.seconds(Int64(number(status["uptime_seconds"]))))))",
            "upstream    \(upstream)",
            "peers       " + (port == 0 ? "switched off" : "\(number(status["bt_peers"])), port \(port)"),
            "seeding     \(number(status["seeding"]?["files"])) files of \(number(status["seeding"]?["repositories"])) repositories, \(size("seeding", "bytes"))",
            "received    \(size("bytes", "from_hub")) from the hub, \(size("bytes", "from_peers")) from peers, \(size("bytes", "from_disk")) were here",
            "sent        \(size("bytes", "to_clients")) to programs, \(size("bytes", "to_peers")) to peers",
        ]
        let limits = [("upload", "sent"), ("download", "received")].compactMap { name, word in
            status["limits"]?[name].flatMap { value in
                number(value) == 0 ? nil : "\(ByteText.size(number(value))) a second \(word)"
            }
        }
        if !limits.isEmpty { lines.append("limits      " + limits.joined(separator: ", ")) }
        if case .array(let transfers) = status["transfers"] {
            for transfer in transfers where transfer["state"]?.text == "running" {
                lines.append(
                    "transfer    \(TextWidth.printable(transfer["name"]?.text ?? "")) \(ByteText.size(number(transfer["done"]))) of \(ByteText.size(number(transfer["size"])))"
                )
            }
        }
        if case .array(let pulls) = status["pulls"] {
            for pull in pulls where pull["state"]?.text == "running" {
                lines.append(
                    "pull \(pull["id"]?.text ?? "")     \(TextWidth.printable(pull["repo"]?.text ?? "")) \(ByteText.size(number(pull["completed_bytes"]))) of \(ByteText.size(number(pull["total_bytes"])))"
                )
            }
        }
        return lines
    }
}
