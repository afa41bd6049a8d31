internal import ArgumentParser
internal import HubClient
internal import Terminal

struct CatCommand: AsyncParsableCommand, TokenSending {
    static let configuration = CommandConfiguration(
        commandName: "cat", abstract: "Write a file of a repository, or a part of it, to standard output.",
        discussion: """
            No byte is written before it is verified. Where the hub tells a file's chunks (Shoal's own hub does), they \
            stream, and only those of --range travel; when something fails later, what came out is right but short, \
            and the exit code is 1. Otherwise the whole file is pulled into the cache first.

            EXAMPLES:
              shoal cat org/model config.json
              shoal cat org/model model.safetensors --range 0-7 | xxd
              shoal cat hf://datasets/org/data@v1.0/train.csv | head
            """)

    @OptionGroup var repository: RepoOptions

    @Argument(help: "The file's path in the repository, unless the address has it.")
    var file: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Bytes to write: 0-99, 100- or -100 for the last hundred.", valueName: "range"))
    var range: ByteRange?

    @Option(help: ArgumentHelp("The cache folder; by default HF_HUB_CACHE.", valueName: "folder"))
    var cacheDir: String?

    @OptionGroup var hub: HubOptions
    @OptionGroup var progress: ProgressOptions

    func run() async throws {
        Interruption.install(wantsJSON: false, isResumable: true)
        let settings = try hub.settings(cacheDirectory: cacheDir)
        let location = try repository.location(at: settings)
        guard let path = file ?? location.path, file == nil || location.path == nil else {
            throw CommandFailure.usage(
                "name one file of the repository", hint: "for example shoal cat org/model config.json")
        }
        let run = PullRun(
            request: PullRequest(repo: location.repo, files: [path]), settings: settings,
            output: try ResultOptions.parse([]), progress: try progress.modeBesideOutput())
        try await run.pullToOutput(range: range)
    }
}
