internal import Agent
internal import ArgumentParser
internal import Commands
internal import Publish
internal import PublishWire
internal import SwarmWire

/// Where the agent answers programs of this machine.
struct AgentOptions: ParsableArguments {
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Port of this machine for the control API, the local hub and the dashboard; 0 takes a free one. By default "
                + "SHOAL_HTTP_PORT, daemon.port of config.yaml, or 9847.", valueName: "port"))
    var httpPort: Int?

    @Option(
        help: ArgumentHelp(
            "Ask this peer for what programs pull through this agent (repeatable); by default those in SHOAL_PEERS.",
            valueName: "host:port"))
    var peer: [String] = []

    func port() throws(CommandFailure) -> Int {
        if let httpPort {
            guard (0...65535).contains(httpPort) else { throw .usage("--http-port lies between 0 and 65535") }
            return httpPort
        }
        if let port = try Environment.checked("SHOAL_HTTP_PORT").flatMap({ Int($0) }) { return port }
        return try Self.settledPort() ?? AgentSettings.defaultPort
    }

    /// What `config.yaml` says.
    private static func settledPort() throws(CommandFailure) -> Int? {
        do throws(PublishError) {
            return try PublishSettings.load(environment: Environment.variables, home: Environment.home).daemon.port
        } catch {
            throw CommandFailure(describing: error)
        }
    }

    func peers() throws(CommandFailure) -> [PeerAddress] {
        let named = (try Environment.checked("SHOAL_PEERS") ?? "").split { $0 == "," || $0.isWhitespace }.map(
            String.init)
        return try (peer.isEmpty ? named : peer).map { (text: String) throws(CommandFailure) -> PeerAddress in
            guard let address = PeerAddress(text) else {
                throw .usage(
                    "'\(text)' is no peer's address", hint: "write HOST:PORT, with an IPv6 address as [ADDRESS]:PORT")
            }
            return address
        }
    }
}

extension Environment {
    /// Where an agent keeps what is its own: `SHOAL_AGENT_DIR`, else below the program's state.
    static var agentFolder: AgentFolder {
        let own = self["SHOAL_AGENT_DIR"].flatMap { $0.isEmpty ? nil : absolute($0) }
        return AgentFolder(path: own ?? stateDirectory + "/agent")
    }
}
