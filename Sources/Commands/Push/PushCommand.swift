internal import ArgumentParser
internal import HubClient
internal import HubWire
internal import Terminal
internal import Transfer

struct PushCommand: AsyncParsableCommand, TokenSending, PatternTaking {
    static let configuration = CommandConfiguration(
        commandName: "push",
        abstract: "Upload a file or folder; only what the hub does not have yet travels.",
        discussion: """
            Creates the repository and the branch if they are missing. Prints the commit's address and what was new, \
            deduplicated and sent. Folders with many files make several commits; an interrupted push continues when \
            it is run again. .git and .cache/huggingface are left out.

            Without LOCAL the file or folder with the repository's name is pushed. A LOCAL with wildcards that is no \
            file stands for . with --include. - is standard input, and then PATH_IN_REPO names the file.

            Patterns are those of Python's fnmatch on the path below LOCAL. Several may follow one flag: words with \
            wildcards always belong to it, other words only when REPO and LOCAL stand before the flag.

            EXAMPLES:
              shoal push org/model ./model
              shoal push org/model ./model.safetensors weights/model.safetensors
              shoal push org/model ./run --include '*.safetensors' --commit-message 'Step 4000'
              shoal push org/model ./model --delete '*.bin' --revision v2
              shoal push org/model ./fix --create-pr
              shoal push org/model ./checkpoints --every 10
              date | shoal push org/model - built.txt
            """,
        aliases: ["upload", "upload-large-folder"])

    static let argumentsBeforePlainPatterns = 2

    @OptionGroup var repository: RepoOptions

    @Argument(help: "The file or folder to upload; by default the one with the repository's name.", completion: .file())
    var local: String?

    @Argument(
        help: ArgumentHelp(
            "Where it goes in the repository: by default the file's name, or the root for a folder.",
            valueName: "path-in-repo"))
    var pathInRepo: String?

    @Flag(inversion: .prefixedNo, help: "Whether the repository is private, if it is created.")
    var `private`: Bool?

    @OptionGroup var filter: FilterOptions

    @Option(
        help: ArgumentHelp(
            "Delete files of the repository that match one of these patterns (repeatable).", valueName: "pattern"))
    var delete: [String] = []

    @Option(help: ArgumentHelp("The commit's first line.", valueName: "text"))
    var commitMessage: String?

    @Option(help: ArgumentHelp("The text below the commit's first line.", valueName: "text"))
    var commitDescription: String?

    @Flag(inversion: .prefixedNo, help: "Open a pull request instead of changing the branch.")
    var createPr = false

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Push again every so many minutes, until interrupted.", valueName: "minutes"))
    var every: Double?

    @OptionGroup var hub: HubOptions
    @OptionGroup var output: ResultOptions
    @OptionGroup var progress: ProgressOptions
    @OptionGroup(visibility: .hidden) var former: FormerUploadOptions

    func validate() throws {
        guard let every else { return }
        guard every > 0, every.isFinite, every < 1e6 else { throw ValidationError("--every must be more than 0") }
        if createPr { throw ValidationError("--every and --create-pr exclude each other") }
        if local == "-" { throw ValidationError("standard input comes once; --every cannot push it again") }
        if !delete.isEmpty { throw ValidationError("--every and --delete exclude each other") }
    }

    func run() async throws {
        Interruption.install(wantsJSON: output.json, isResumable: true)
        TransferEngine.allowFileWindows()
        let settings = try hub.settings()
        let location = try repository.location(at: settings)
        let words = try PushWords(
            local: local, pathInRepo: pathInRepo, include: filter.include, repository: location.repo.id.name,
            path: location.path, kind: Environment.kind)
        let request = PushRequest(
            repo: location.repo, localPath: Environment.absolute(words.local), pathInRepo: words.pathInRepo,
            isPrivate: `private`, include: words.include, exclude: filter.exclude, delete: delete,
            commitMessage: commitMessage, commitDescription: commitDescription, createsPullRequest: createPr)
        if words.local == "-" {
            try await StandardInputFile.with { path in
                var request = request
                request.localPath = path
                try await push(request, named: "standard input", settings: settings)
            }
            return
        }
        if Environment.kind(words.local) == .file, !(words.include + filter.exclude + delete).isEmpty {
            TerminalStream.error.writeLine(
                "warning: a single file is pushed, so --include, --exclude and --delete have no effect")
        }
        if let every {
            if !output.isForMachines {
                TerminalStream.error.writeLine("pushing \(words.local) to \(repository.repo) every \(every) minutes")
            }
            try await PushSchedule(request: request, settings: settings, output: output, minutes: every).run()
        }
        try await push(request, named: words.local, settings: settings)
    }

    private func push(_ request: PushRequest, named name: String, settings: HubSettings) async throws {
        let display = ProgressDisplay(mode: former.noBars ? .none : progress.mode(for: output))
        let result = try await ClientSession.push(
            request, settings: settings, display: display,
            title: "pushing \(name) to \(request.repo) at \(settings.endpoint)")
        for line in LeftOutWords.lines(result.leftOut) { TerminalStream.error.writeLine("warning: \(line)") }
        for pattern in result.unmatchedDeletions {
            TerminalStream.error.writeLine(
                "warning: no file of the repository matches --delete '\(TextWidth.printable(pattern))'")
        }
        try output.print(PushDocument(result, elapsed: display.elapsed), quiet: [result.commitURL]) {
            [result.commitURL] + PushDocument.lines(result, elapsed: display.elapsed)
        }
    }
}

/// Options of `huggingface-cli upload-large-folder` that scripts still pass; there is nothing to choose here any more.
struct FormerUploadOptions: ParsableArguments {
    @Option var numWorkers: Int?
    @Flag var noReport = false
    @Flag var noBars = false
}
