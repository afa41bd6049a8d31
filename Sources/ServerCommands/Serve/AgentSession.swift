internal import Agent
internal import Commands
import Foundation
internal import HubClient
internal import Swarm
internal import SwarmWire
internal import Terminal
internal import Transport
internal import UnixSignals

/// One run of an agent, or of a seeder alone, in this process.
struct AgentSession {
    private let settings: AgentSettings
    /// Nil where peers are switched off.
    private let torrents: TorrentServices?

    /// - Parameters:
    ///   - repos: what is given; everything when there is none.
    ///   - agent: nil for a seeder alone, which has no use without peers.
    init(_ options: SeedOptions, hub: HubOptions, repos: [String] = [], agent: AgentOptions? = nil) throws {
        let httpPort = try agent?.port()
        var upstream = try hub.settings()
        if let httpPort { Self.leaveAgent(at: httpPort, &upstream) }
        let names = try SeedNames(repos)
        let caches = options.caches(default: upstream.cacheDirectory)
        var settings = AgentSettings(
            folder: Environment.agentFolder, hub: upstream, version: ShoalVersion.current,
            caches: caches.map { URL(fileURLWithPath: $0).resolvingSymlinksInPath().path })
        settings.httpPort = httpPort ?? 0
        var torrents: TorrentServices?
        if try Environment.peerToPeer() != false {
            settings.swarm = try options.swarmSettings(repos: names.patterns)
            settings.swarm?.peers = try agent?.peers() ?? []
            torrents = try TorrentServices(tellsModels: options.dht, hub: upstream)
        } else if httpPort == nil {
            throw Environment.peersAreOff()
        }
        options.warn(of: caches, usual: upstream.cacheDirectory)
        SeedNames.warn(of: names.unmatched(in: caches), in: caches)
        self.settings = settings
        self.torrents = torrents
    }

    /// Where programs are told to use the agent, the agent itself is told so too; it needs a hub behind it.
    static func leaveAgent(at port: Int, _ settings: inout HubSettings) {
        let names = ["127.0.0.1", "localhost", "[::1]"]
        func isAgent(_ address: String) -> Bool {
            Origin(address).map { $0.port == port && names.contains($0.host) } ?? false
        }
        let others = settings.endpoints.filter { !isAgent($0) }
        guard others != settings.endpoints else { return }
        settings.endpoint = others.first ?? HubSettings.defaultEndpoint
        settings.network.otherEndpoints = Array(others.dropFirst())
        TerminalStream.error.writeLine(
            "warning: HF_ENDPOINT is the agent itself; the hub behind it is \(settings.endpoint)")
    }

    func serve() async throws {
        let signals = await Self.signals()
        try await run { try await $0.run(report: Self.tell) { await Self.wait(for: signals) } }
    }

    func seed() async throws {
        let signals = await Self.signals()
        try await run { try await $0.seed(report: Self.tell) { await Self.wait(for: signals) } }
    }

    private func run(_ body: (Agent) async throws -> Void) async throws {
        do {
            try await ClientSession.withEngine(settings.hub) { transport, engine, logger in
                var settings = settings
                settings.torrents = torrents?.settings(
                    settings, transport: transport, engine: engine, logger: logger)
                try await body(Agent(settings, transport: transport, engine: engine, logger: logger))
            }
        } catch let error as AgentError {
            throw CommandFailure(code: error.code, message: error.message, hint: error.hint)
        }
    }

    /// From now on they are heard, before anything says that the agent is there.
    private static func signals() async -> UnixSignalsSequence {
        await UnixSignalsSequence(trapping: .sigterm, .sigint)
    }

    @Sendable private static func wait(for signals: UnixSignalsSequence) async {
        for await _ in signals { break }
    }

    @Sendable private static func tell(_ news: Agent.News) {
        let output = TerminalStream.output
        switch news {
        case .torrents(let port): output.writeLine("shoal giving torrents on port \(port)")
        case .listening(let address): output.writeLine("shoal listening for peers on \(address)")
        case .ready(let document): output.writeLine("shoal agent answering at \(document.url)")
        case .seeding(let progress):
            var line = "\(progress.files) files (\(ByteText.size(progress.bytes))) can be given to peers"
            if progress.unlisted > 0 { line += "; \(progress.unlisted) are being cut into chunks" }
            if progress.unknown > 0 { line += "; the hub is being asked about \(progress.unknown) revisions" }
            output.writeLine(line)
        case .trackerAway(let tracker, let reason):
            TerminalStream.error.writeLine(
                "warning: the tracker \(tracker) does not answer: \(TextWidth.printable(reason))")
        }
    }
}
