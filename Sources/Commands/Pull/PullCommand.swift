internal import ArgumentParser
internal import HubClient
internal import Terminal

struct PullCommand: AsyncParsableCommand, TokenSending {
    static let configuration = CommandConfiguration(
        commandName: "pull",
        abstract: "Download a repository, or some of its files, every byte verified.",
        discussion: """
            Files go to the Hugging Face cache, where Python's libraries find them, or with --local-dir to a plain \
            folder. Prints the path of the snapshot, or of the file when exactly one is named. An interrupted pull \
            continues when it is run again.

            EXAMPLES:
              shoal pull org/model
              shoal pull org/model config.json
              shoal pull org/model --include '*.safetensors' '*.json' --local-dir ./model
              shoal pull datasets/org/data --revision v1.0
            """,
        aliases: ["download"])

    @OptionGroup var repository: RepoOptions

    @Argument(help: "Files to pull; all by default. A name that ends in / means everything below.")
    var files: [String] = []

    @OptionGroup var filter: FilterOptions

    @Option(help: ArgumentHelp("The cache folder; by default HF_HUB_CACHE.", valueName: "folder"))
    var cacheDir: String?

    @Option(help: ArgumentHelp("Put the files into this folder instead of the cache.", valueName: "folder"))
    var localDir: String?

    @Option(help: ArgumentHelp("Files in transfer at once.", valueName: "count"))
    var maxWorkers: Int?

    @OptionGroup var hub: HubOptions
    @OptionGroup var output: ResultOptions
    @OptionGroup var progress: ProgressOptions

    func validate() throws {
        if let maxWorkers, !(1...256).contains(maxWorkers) {
            throw ValidationError("--max-workers must be between 1 and 256.")
        }
        if localDir != nil, cacheDir != nil {
            throw ValidationError("--local-dir and --cache-dir exclude each other: files go to one place.")
        }
    }

    func run() async throws {
        Interruption.install(wantsJSON: output.json, isResumable: true)
        var settings = try hub.settings(cacheDirectory: cacheDir)
        if let maxWorkers { settings.maximumFilesAtOnce = maxWorkers }
        if !files.isEmpty, !(filter.include.isEmpty && filter.exclude.isEmpty) {
            TerminalStream.error.writeLine("warning: files are named, so --include and --exclude have no effect")
        }
        let reference = try repository.reference()
        let display = ProgressDisplay(mode: progress.mode(for: output))
        let request = PullRequest(
            repo: reference, files: files, include: files.isEmpty ? filter.include : [],
            exclude: files.isEmpty ? filter.exclude : [], localDirectory: localDir.map(Environment.absolute))
        let result = try await ClientSession.pull(
            request, settings: settings, display: display,
            title: "pulling \(repository.repo) from \(settings.endpoint)")
        display.close(PullReport.summary(result, elapsed: display.elapsed))
        if result.isOffline, !settings.isOffline {
            TerminalStream.error.writeLine(
                "warning: cannot reach \(settings.endpoint); using revision \(result.commit) from the cache")
        }
        if output.json {
            try JSONOutput.print(PullReport(result, elapsed: display.elapsed))
        } else {
            TerminalStream.output.writeLine(result.path)
        }
    }
}
