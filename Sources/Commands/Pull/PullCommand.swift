internal import ArgumentParser
internal import HubClient
internal import HubWire
internal import Terminal

struct PullCommand: AsyncParsableCommand, TokenSending, PatternTaking {
    static let configuration = CommandConfiguration(
        commandName: "pull",
        abstract: "Download a repository, or some of its files, every byte verified.",
        discussion: """
            Files go to the Hugging Face cache, where Python's libraries find them, or with --local-dir to a plain \
            folder. Prints the path of the snapshot, or of the file when exactly one is named. An interrupted pull \
            continues when it is run again.

            FILES are paths in the repository; a folder, with or without a slash at its end, means everything below. \
            A last word that is plainly a local path (./x, ../x, /x, ~/x) is the folder to fill, as --local-dir; \
            a last - writes the one named file to standard output, as 'shoal cat' does. Files named one by \
            one go before --include and --exclude.

            Patterns are those of Python's fnmatch: * also crosses /. Several may follow one flag: words with \
            wildcards always belong to it, other words only when REPO stands before the flag.

            Of a repository of GGUF files, --quant Q4_K_M (or REPO:Q4_K_M) takes one quantisation: its file or parts, one \
            projector (mmproj), README, licence, JSON, tokenizer and templates at the top. --include adds to that.

            With --peer, --tracker or --lan, files come from peers and the hub together. SHOAL_PEERS and SHOAL_TRACKERS \
            name some for every pull, SHOAL_P2P=1 means --lan for every pull, SHOAL_P2P=0 switches peers off.

            With HF_HUB_OFFLINE=1 only the cache is used, and the files that it lacks are listed.

            EXAMPLES:
              shoal pull org/model
              shoal pull org/model config.json tokenizer/
              shoal pull org/model ./model
              shoal pull org/model --include '*.safetensors' '*.json' --local-dir ./model
              shoal pull org/model-GGUF --quant Q4_K_M
              shoal pull datasets/org/data --revision v1.0 --dry-run
              shoal pull https://huggingface.co/org/model/blob/main/config.json
              shoal pull org/model config.json - | jq .architectures
            """,
        aliases: ["download"])

    static let argumentsBeforePlainPatterns = 1

    @OptionGroup var repository: RepoOptions

    @Argument(help: "Files to pull, all by default; then perhaps a local folder, or - for standard output.")
    var files: [String] = []

    @OptionGroup var filter: FilterOptions
    @OptionGroup var place: PlaceOptions

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp("Write the one named file to standard output, given as -.", valueName: "-"))
    var output: String?

    @Flag(inversion: .prefixedNo, help: "Only tell what would be downloaded.")
    var dryRun = false

    @Flag(help: "Only tell, file by file, what is here and what would come from where.")
    var plan = false

    @Option(help: ArgumentHelp("Pull one quantisation of a repository of GGUF files.", valueName: "quant"))
    var quant: String?

    @OptionGroup(title: "Peers") var swarm: SwarmOptions
    @OptionGroup var hub: HubOptions
    @OptionGroup var result: ResultOptions
    @OptionGroup var progress: ProgressOptions

    func validate() throws {
        if quant == "" { throw ValidationError("--quant is empty: name one, such as Q4_K_M") }
        if plan, dryRun { throw ValidationError("--plan and --dry-run exclude each other") }
        if let output, output != "-" {
            throw ValidationError("--output takes - only; for a folder there is --local-dir")
        }
    }

    func run() async throws {
        Interruption.install(wantsJSON: result.json, isResumable: true)
        let settings = try place.settings(hub)
        var repository = repository
        let quant = try QuantTag.take(from: &repository.repo, option: quant)
        let location = try repository.location(at: settings)
        var words = try PullWords(files, path: location.path)
        if output != nil { words.goesToOutput = true }
        try check(words)
        let filters = words.files.isEmpty ? filter : try ignoringPatterns()
        var request = PullRequest(
            repo: location.repo, files: words.files, include: filters.include, exclude: filters.exclude,
            localDirectory: (place.localDir ?? words.localDirectory).map(Environment.absolute),
            isForced: place.forceDownload, quant: quant)
        guard quant == nil || words.files.isEmpty else {
            throw CommandFailure.usage(
                "files are named, so no quantisation can be chosen", hint: "leave out the files, or --quant")
        }
        do {
            try await perform(request, settings: settings, words: words)
        } catch let error as HubError where error.code == .entryNotFound && place.isUnspecified {
            guard let folder = words.possibleDirectory(files, isFolder: Environment.isFolder) else { throw error }
            request.files = []
            request.localDirectory = Environment.absolute(folder)
            try await perform(request, settings: settings, words: words)
        }
    }

    private func perform(_ request: PullRequest, settings: HubSettings, words: PullWords) async throws {
        let run = PullRun(
            request: request, settings: settings, output: result, progress: progress.mode(for: result),
            swarm: try swarm.plan())
        guard run.swarm?.isExclusive != true || !words.goesToOutput || plan || dryRun else {
            throw CommandFailure.usage(
                "peers alone cannot bring what goes to standard output", hint: "pull into the cache, then 'shoal cat'")
        }
        if plan {
            try await run.planAndPrint()
        } else if dryRun {
            try await run.previewAndPrint()
        } else if words.goesToOutput {
            try await run.pullToOutput()
        } else {
            try await run.pullAndPrint()
        }
    }

    private func check(_ words: PullWords) throws {
        if words.localDirectory != nil, !place.isUnspecified {
            throw CommandFailure.usage("files go to one place: '\(files.last ?? "")', or --local-dir or --cache-dir")
        }
        guard words.goesToOutput else { return }
        guard !result.isForMachines, !dryRun, !plan else {
            throw CommandFailure.usage("standard output cannot have both a file and a report")
        }
        guard words.files.count == 1, place.localDir == nil, words.localDirectory == nil else {
            throw CommandFailure.usage(
                "one file can go to standard output, and nowhere else", hint: "see 'shoal cat --help'")
        }
    }

    /// Named files go before patterns, as in `hf`.
    private func ignoringPatterns() throws -> FilterOptions {
        if !(filter.include.isEmpty && filter.exclude.isEmpty) {
            TerminalStream.error.writeLine("warning: files are named, so --include and --exclude have no effect")
        }
        return try FilterOptions.parse([])
    }
}
