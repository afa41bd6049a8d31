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
        guard let client = try AgentClient.find() else { throw AgentClient.notRunning }
        let status = try await client.get("/v1/status")
        guard case .object(var members) = status else { throw AgentClient.notRunning }
        if json {
            members["dashboard"] = .string(client.dashboard)
            return TerminalStream.output.writeLine(try JSONOutput.text(JSONValue.object(members)))
        }
        for line in Self.lines(status) + ["dashboard   \(client.dashboard)"] { TerminalStream.output.writeLine(line) }
    }

    private static func lines(_ status: JSONValue) -> [String] {
        func size(_ group: String, _ name: String) -> String { ByteText.size(StatusNumber.whole(status[group]?[name])) }
        var upstream = status["upstream"]?.text ?? ""
        if case .bool(false) = status["upstream_reachable"] { upstream += " (away)" }
        let port = StatusNumber.whole(status["bt_port"])
        var lines = [
            "agent       \(status["endpoint"]?.text ?? "") (PID \(StatusNumber.whole(status["pid"])), up \(DurationText.elapsed(.seconds(Int64(StatusNumber.whole(status["uptime_seconds"]))))))",
            "upstream    \(upstream)",
            "peers       " + (port == 0 ? "switched off" : "\(StatusNumber.whole(status["bt_peers"])), port \(port)"),
            "seeding     \(StatusNumber.whole(status["seeding"]?["files"])) files of \(StatusNumber.whole(status["seeding"]?["repositories"])) repositories, \(size("seeding", "bytes"))",
            "received    \(size("bytes", "from_hub")) from the hub, \(size("bytes", "from_peers")) from peers, \(size("bytes", "from_disk")) were here",
            "sent        \(size("bytes", "to_clients")) to programs, \(size("bytes", "to_peers")) to peers",
        ]
        lines += TorrentLines.lines(status["torrents"])
        if case .array(let trackers) = status["trackers"] {
            for tracker in trackers where tracker["reachable"] == .bool(false) {
                lines.append(
                    "tracker     \(TextWidth.printable(tracker["url"]?.text ?? "")) does not answer: \(TextWidth.printable(tracker["error"]?.text ?? ""))"
                )
            }
        }
        let limits = [("upload", "sent"), ("download", "received")].compactMap { name, word in
            status["limits"]?[name].flatMap { value in
                StatusNumber.whole(value) == 0 ? nil : "\(ByteText.size(StatusNumber.whole(value))) a second \(word)"
            }
        }
        if !limits.isEmpty { lines.append("limits      " + limits.joined(separator: ", ")) }
        if case .array(let transfers) = status["transfers"] {
            for transfer in transfers where transfer["state"]?.text == "running" {
                lines.append(
                    "transfer    \(TextWidth.printable(transfer["name"]?.text ?? "")) \(ByteText.size(StatusNumber.whole(transfer["done"]))) of \(ByteText.size(StatusNumber.whole(transfer["size"])))"
                )
            }
        }
        if case .array(let pulls) = status["pulls"] {
            for pull in pulls where pull["state"]?.text == "running" {
                lines.append(
                    "pull \(pull["id"]?.text ?? "")     \(TextWidth.printable(pull["repo"]?.text ?? "")) \(ByteText.size(StatusNumber.whole(pull["completed_bytes"]))) of \(ByteText.size(StatusNumber.whole(pull["total_bytes"])))"
                )
            }
        }
        return lines
    }
}
