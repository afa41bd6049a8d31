internal import ArgumentParser
internal import HubClient
internal import Terminal

struct CatCommand: AsyncParsableCommand, TokenSending {
    static let configuration = CommandConfiguration(
        commandName: "cat", abstract: "Write a file of a repository, or a part of it, to standard output.",
        discussion: """
            Bytes stream, and only those of --range travel. Where the hub tells a file's chunks (Shoal's own hub does), no \
            byte is written before its chunk is verified: when something fails, what came out is right but short, and \
            the exit code is 1. Elsewhere a warning says so: a whole file is then verified when its last byte has been \
            written, and exit code 1 means that what came out must be thrown away; a part of it cannot be verified \
            ('shoal pull' verifies always).

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
    var range: String?

    @Option(help: ArgumentHelp("The cache folder; by default HF_HUB_CACHE.", valueName: "folder"))
    var cacheDir: String?

    @OptionGroup var hub: HubOptions
    @OptionGroup var progress: ProgressOptions

    func run() async throws {
        Interruption.install(wantsJSON: false, isResumable: true)
        let range = try range.map { try ByteRange(parsing: $0) }
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
