internal import Agent
internal import Commands
internal import HubClient
internal import Publish
internal import PublishWire
internal import Terminal
internal import Torrents

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

extension PublishError: FailureWords {
    package var failureCode: String { code.rawValue }
}

extension TorrentError: FailureWords {
    package var failureCode: String { code.rawValue }
}

/// Where this user publishes, and by which settings.
struct PublishSession {
    let settings: PublishSettings
    let folder: PublishFolder
    let configPath: String

    var registry: Registry { Registry(folder) }

    /// Reads the settings; what they ask for in vain is said once.
    init() throws {
        try Environment.requireSettings()
        let environment = Environment.variables
        configPath = PublishSettings.usualPath(environment: environment, home: Environment.home)
        settings = try PublishSettings.load(environment: environment, home: Environment.home)
        folder = PublishFolder(settings, environment: environment, home: Environment.home)
        if let facts = FileFacts(folder.path), !facts.isFolder {
            throw CommandFailure(
                code: "local_file", message: "\(folder.path) is a file, and models are kept in a folder",
                hint: "name another with SHOAL_HOME, or storage.base_dir in \(configPath)")
        }
        for refusal in settings.refusals {
            TerminalStream.error.writeLine("warning: \(configPath): \(TextWidth.printable(refusal))")
        }
        if !settings.interface.usesColour { setenv("NO_COLOR", "1", 0) }
    }

    /// The hub's settings; `ui.verbose` asks for a log where nothing else does.
    func hubSettings(_ hub: HubOptions) throws -> HubSettings {
        var environment = Environment.variables
        if settings.interface.isVerbose, environment["SHOAL_LOG"] == nil { environment["SHOAL_LOG"] = "info" }
        return try hub.settings(environment: environment)
    }

    /// How the result is printed: `ui.output_format` counts where the command line says nothing.
    func output(_ options: ResultOptions) -> ResultOptions {
        settings.interface.printsJSON ? options.orJSON() : options
    }

    func progressMode(_ options: ProgressOptions, for output: ResultOptions) -> ProgressMode {
        options.mode(for: output, isShown: settings.interface.showsProgress)
    }

    /// The caches that hold models, as the agent sees them.
    func caches(_ hub: HubSettings) -> [String] {
        let named = (Environment["SHOAL_SEED_CACHES"] ?? "").split(separator: ",").map(String.init)
        return named.isEmpty ? [hub.cacheDirectory] : named.map(Environment.absolute)
    }

    /// An engine that makes torrents and speaks with nobody.
    static func withQuietEngine<Result>(_ body: (any TorrentEngine) async throws -> Result) async throws -> Result {
        let engine = try await Libtorrent(PublishSettings.quietEngine)
        do {
            let result = try await body(engine)
            await engine.close(grace: .zero)
            return result
        } catch {
            await engine.close(grace: .zero)
            throw error
        }
    }

    /// Has the agent look at the registry, and starts it where the settings say so.
    /// - Returns: whether an agent knows now.
    func tellAgent() async -> Bool {
        let folder = Environment.agentFolder
        do {
            guard let client = try AgentClient.find(folder) else {
                guard settings.daemon.startsByItself, try Environment.peerToPeer() != false else { return false }
                try folder.prepare()
                try await AgentProcess.start(folder, arguments: ["serve"])
                // One that begins reads the registry by itself.
                return AgentClient(folder) != nil
            }
            _ = try await client.post("/v1/registry/rescan")
            return true
        } catch {
            let failure = CommandFailure(describing: error)
            TerminalStream.error.writeLine("warning: the agent does not know of it yet: \(failure.message)")
            if let hint = failure.hint { TerminalStream.error.writeLine("hint: \(hint)") }
            return false
        }
    }
}
