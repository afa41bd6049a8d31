internal import ArgumentParser
internal import HubClient
internal import Terminal

struct DedupCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dedup",
        abstract: "Make equal files share their storage.",
        discussion: """
            Where the file system can share blocks (Btrfs, XFS, bcachefs) the files stay apart and may change apart; \
            the kernel compares them itself. Elsewhere --link makes equal files names of one file: then a change to \
            one is a change to all. Files with other owners or modes are left alone, and so are files below 4 KiB.

            EXAMPLES:
              shoal dedup --cache --dry-run
              shoal dedup ~/models ./checkpoints
              shoal dedup --cache --link
            """)

    @Argument(help: "Files and folders.")
    var paths: [String] = []

    @Flag(help: "Look through the cache.")
    var cache = false

    @Option(help: ArgumentHelp("The cache folder; by default HF_HUB_CACHE.", valueName: "folder"))
    var cacheDir: String?

    @Flag(help: "Make hard links where blocks cannot be shared.")
    var link = false

    @Flag(help: "Only say what is equal.")
    var dryRun = false

    @OptionGroup var output: ResultOptions

    func validate() throws {
        guard !paths.isEmpty || cache || cacheDir != nil else {
            throw ValidationError("Name files or folders, or --cache.")
        }
        if paths.contains("") { throw ValidationError("a path is empty: name files or folders") }
        if cacheDir == "" { throw ValidationError("--cache-dir is empty: name a folder") }
    }

    func run() async throws {
        Interruption.install(wantsJSON: output.json, isResumable: true)
        var roots = paths.map(Environment.absolute)
        if cache || cacheDir != nil {
            roots.append(try CacheOptions.folder(cacheDir))
        }
        let outcome = try await FileDeduplicator(links: link, isDryRun: dryRun).run(roots)
        let report = DedupReport(outcome, isDryRun: dryRun)
        try output.print(report, quiet: report.duplicates.map { TextWidth.printable($0.path) }) { report.lines() }
        if !dryRun, outcome.bytes(.unsupported) > 0, !output.isForMachines {
            TerminalStream.error.writeLine(
                "hint: the file system cannot share blocks; with --link equal files become names of one file")
        }
    }
}
