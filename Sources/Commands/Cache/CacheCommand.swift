internal import ArgumentParser
internal import HubClient

struct CacheCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cache",
        abstract: "List, check, repair and clear away what is in the cache.",
        discussion: """
            The cache is the one that Hugging Face's tools use.

            EXAMPLES:
              shoal cache ls --filter 'size>1GB' --sort accessed:asc
              shoal cache rm model/org/name --dry-run
              shoal cache prune
              shoal cache verify org/name --repair
            """,
        subcommands: [
            CacheListCommand.self, CacheRemoveCommand.self, CachePruneCommand.self, CacheVerifyCommand.self,
        ])
}

/// Which cache a command is about.
struct CacheOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The cache folder; by default HF_HUB_CACHE.", valueName: "folder"))
    var cacheDir: String?

    func validate() throws {
        if cacheDir == "" { throw ValidationError("--cache-dir is empty: name a folder") }
    }

    /// The cache folder, absolute.
    /// - Throws: ``CommandFailure`` when the settings file, which may name it, cannot be used.
    static func folder(_ cacheDir: String?) throws(CommandFailure) -> String {
        let settings = try Environment.settings()
        return cacheDir.map(Environment.absolute) ?? settings.cacheDirectory
    }

    func scan() throws -> CacheInventory {
        let folder = try Self.folder(cacheDir)
        return try CacheInventory(scanning: folder, logger: ClientSession.makeLogger())
    }

    func cleaner(_ inventory: CacheInventory) -> CacheCleaner {
        CacheCleaner(inventory, logger: ClientSession.makeLogger())
    }
}

/// How a command that deletes is confirmed.
struct DeletionOptions: ParsableArguments {
    @Flag(name: [.short, .long], help: "Do not ask.")
    var yes = false

    @Flag(help: "Only say what would be removed.")
    var dryRun = false
}
