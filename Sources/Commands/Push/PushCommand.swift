internal import ArgumentParser
internal import HubClient
internal import Terminal

struct PushCommand: AsyncParsableCommand, TokenSending, PatternTaking {
    static let argumentsBeforePlainPatterns = 2

    static let configuration = CommandConfiguration(
        commandName: "push",
        abstract: "Upload a file or folder; only what the hub does not have yet travels.",
        discussion: """
            Creates the repository if it is missing and makes one commit. Prints the commit's address and what was \
            new, deduplicated and sent. --revision names the branch. One that is missing is created where the hub \
            can do that; Shoal's own hub cannot in this version.

            EXAMPLES:
              shoal push org/model ./model
              shoal push org/model ./model.safetensors weights/model.safetensors
              shoal push org/model ./run --include '*.safetensors' --commit-message 'Step 4000'
            """,
        aliases: ["upload"])

    @OptionGroup var repository: RepoOptions

    @Argument(help: "The file or folder to upload.")
    var path: String

    @Argument(help: "Where it goes in the repository: by default the file's name, or the root for a folder.")
    var pathInRepo: String?

    @Flag(help: "Make the repository private if it is created.")
    var `private` = false

    @OptionGroup var filter: FilterOptions

    @Option(help: ArgumentHelp("The commit's first line.", valueName: "text"))
    var commitMessage: String?

    @OptionGroup var hub: HubOptions
    @OptionGroup var output: ResultOptions
    @OptionGroup var progress: ProgressOptions

    func run() async throws {
        Interruption.install(wantsJSON: output.json, isResumable: true)
        let settings = try hub.settings()
        for left in SpecialFiles.find(
            in: Environment.absolute(path), include: filter.include, exclude: filter.exclude)
        {
            TerminalStream.error.writeLine(
                "warning: left out \(TextWidth.printable(left)): neither a file nor a folder")
        }
        let display = ProgressDisplay(mode: progress.mode(for: output))
        let request = PushRequest(
            repo: try repository.reference(), localPath: Environment.absolute(path), pathInRepo: pathInRepo,
            isPrivate: `private` ? true : nil, include: filter.include, exclude: filter.exclude,
            commitMessage: commitMessage)
        let result = try await ClientSession.push(
            request, settings: settings, display: display,
            title: "pushing \(path) to \(repository.repo) at \(settings.endpoint)")
        if output.json {
            try JSONOutput.print(PushDocument(result, elapsed: display.elapsed))
        } else {
            TerminalStream.output.writeLine(result.commitURL)
            guard !output.quiet else { return }
            for line in PushDocument.lines(result, elapsed: display.elapsed) { TerminalStream.output.writeLine(line) }
        }
    }
}
