internal import Agent
internal import ArgumentParser
internal import Commands
internal import HubClient
internal import Publish
internal import PublishWire
internal import Terminal

/// Makes the folders and the settings file, or removes them.
struct InitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init", abstract: "Set up, or clean up, the folder of published models.",
        discussion: """
            Makes the folders for models, registry, torrents, catalogue and keys, and a commented config.yaml. What is \
            there is left as it is. Other commands do the same when they need it; 'init' is for another place (--path) \
            and for the file of settings.

            --cleanup shows what it would delete, and asks. It touches nothing that Shoal has not made, and never a \
            Hugging Face cache.

            EXAMPLES:
              shoal init
              shoal init --path /data/shoal
              shoal init --cleanup
            """)

    @Option(
        help: ArgumentHelp(
            "The folder; it is noted in config.yaml. By default SHOAL_HOME or the usual one.",
            valueName: "folder"), completion: .directory)
    var path: String?

    @Flag(help: "Delete what Shoal keeps: fetched models, registry, keys, settings.")
    var cleanup = false

    @Flag(help: "Write config.yaml anew although there is one.")
    var force = false

    @Flag(name: .shortAndLong, help: "Do not ask before deleting.")
    var yes = false

    @OptionGroup var output: ResultOptions

    private struct Document: Encodable {
        var path: String
        var config: String
        /// Folders that are new.
        var made: [String]
        /// Whether the settings file was written.
        var wroteConfig: Bool

        enum CodingKeys: String, CodingKey {
            case path, config, made
            case wroteConfig = "wrote_config"
        }
    }

    private struct CleanupDocument: Encodable {
        struct Item: Encodable {
            var path: String
            var bytes: Int64
            var files: Int
        }

        var deleted: [Item]
        var bytes: Int64
        var spared: [String]
    }

    func validate() throws {
        guard !cleanup || !force else { throw ValidationError("--cleanup and --force exclude each other") }
        guard path != "" else { throw ValidationError("--path is empty: name a folder") }
    }

    func run() async throws {
        Interruption.install(wantsJSON: output.json, isResumable: false)
        if cleanup { return try clean() }
        let environment = Environment.variables
        let config = PublishSettings.usualPath(environment: environment, home: Environment.home)
        let named = path.map { FolderPath.absolute($0, home: Environment.home) }
        let isThere = FileFacts(config, followingLinks: false) != nil
        // A file that is to be replaced need not be readable.
        var settings =
            force
            ? PublishSettings()
            : try PublishSettings.load(
                environment: environment, home: Environment.home)
        if let named {
            if isThere, !force, PublishFolder(settings, environment: [:], home: Environment.home).path != named {
                let names = settings.storage.baseFolder == nil ? "names no folder" : "names another folder"
                throw CommandFailure(
                    code: "config_exists", message: "\(config) is there already and \(names)",
                    hint: "set base_dir: \(named) below storage: there; --force writes the file anew, as if it were new"
                )
            }
            settings.storage.baseFolder = named
        }
        let place = named == nil ? environment : environment.filter { $0.key != "SHOAL_HOME" }
        let folder = PublishFolder(settings, environment: place, home: Environment.home)
        let made = try folder.prepare()
        let readme = folder.models + "/README.txt"
        if FileFacts(readme, followingLinks: false) == nil {
            try PlacedFile.write(Array(ConfigText.readme.utf8), to: readme)
        }
        let isWritten = !isThere || force
        if isWritten {
            try PlacedFile.write(Array(ConfigText.make(path: named).utf8), to: config)
        }
        let document = Document(path: folder.path, config: config, made: made, wroteConfig: isWritten)
        try output.print(document, quiet: [folder.path]) {
            folder.parts.map { part in
                "\(made.contains(part.path) ? "made      " : "was there ") \(part.path)"
            } + ["\(isWritten ? "wrote     " : "was there ") \(config)"]
        }
        if !isWritten, !output.isForMachines {
            TerminalStream.error.writeLine("the settings were left as they are; --force writes them anew")
        }
        if named != nil, let home = Environment["SHOAL_HOME"], !home.isEmpty,
            FolderPath.absolute(home, home: Environment.home) != folder.path
        {
            TerminalStream.error.writeLine("warning: SHOAL_HOME goes before the settings, and names \(home)")
        }
    }

    private func clean() throws {
        let environment = Environment.variables
        let config = PublishSettings.usualPath(environment: environment, home: Environment.home)
        // One that cannot be read is deleted all the same; it then says nothing about places.
        var settings =
            (try? PublishSettings.load(environment: environment, home: Environment.home)) ?? PublishSettings()
        if let path { settings.storage.baseFolder = FolderPath.absolute(path, home: Environment.home) }
        let place = path == nil ? environment : environment.filter { $0.key != "SHOAL_HOME" }
        let folder = PublishFolder(settings, environment: place, home: Environment.home)
        let hub = HubSettings(environment: environment, home: Environment.home)
        let cleanup = try Cleanup(
            folder, configPath: config,
            caches: [hub.cacheDirectory, FolderPath.folder(of: hub.cacheDirectory)], home: Environment.home)
        for line in cleanup.spared { TerminalStream.error.writeLine("left alone: \(TextWidth.printable(line))") }
        let items = cleanup.items.map { CleanupDocument.Item(path: $0.path, bytes: $0.size, files: $0.files) }
        let document = CleanupDocument(deleted: items, bytes: cleanup.size, spared: cleanup.spared)
        guard !cleanup.items.isEmpty else {
            return try output.print(document, quiet: []) { ["nothing to delete"] }
        }
        guard !AgentLock.isHeld(Environment.agentFolder) else {
            throw CommandFailure(
                code: "agent_running", message: "the agent is running and gives these files to others",
                hint: "end it with 'shoal stop' first")
        }
        let size = ByteText.size(UInt64(max(0, cleanup.size)))
        Confirmation.announce(
            "\(Plural.count(cleanup.items.count, "place")), \(size)",
            cleanup.items.map {
                "  - \($0.path) (\($0.purpose), \(Plural.count($0.files, "file")), \(ByteText.size(UInt64(max(0, $0.size)))))"
            }
                + (cleanup.items.contains { $0.path == folder.keys && $0.files > 0 }
                    ? ["private keys among them cannot be made again"] : []),
            as: output)
        try Confirmation.require(yes, as: output)
        try cleanup.run(folder)
        try output.print(document, quiet: cleanup.items.map(\.path)) { ["deleted \(size)"] }
    }
}
