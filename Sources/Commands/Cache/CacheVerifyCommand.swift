internal import ArgumentParser
internal import HubClient
internal import HubWire
internal import Terminal

struct CacheVerifyCommand: AsyncParsableCommand, TokenSending {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Compare files on disk with what their repository says they are, and repair them.",
        discussion: """
            Needs no network where a pull has left its listing in the cache. With --repair only the damaged chunks of \
            large files travel; small files are fetched anew. The damaged file is replaced in one step.

            EXAMPLES:
              shoal cache verify org/model
              shoal cache verify org/model --repair
              shoal cache verify org/model --local-dir ./model --fail-on-extra-files
            """)

    @OptionGroup var repository: RepoOptions
    @OptionGroup var cache: CacheOptions

    @Option(help: ArgumentHelp("Check this folder instead of the cache.", valueName: "folder"))
    var localDir: String?

    @Flag(help: "Fail if the repository has files that are not here.")
    var failOnMissingFiles = false

    @Flag(help: "Fail if there are files here that the repository does not have.")
    var failOnExtraFiles = false

    @Flag(help: "Make damaged files right.")
    var repair = false

    @OptionGroup var hub: HubOptions
    @OptionGroup var output: ResultOptions
    @OptionGroup var progress: ProgressOptions

    func validate() throws {
        if localDir == "" { throw ValidationError("--local-dir is empty: name a folder") }
        if localDir != nil, cache.cacheDir != nil {
            throw ValidationError("--local-dir and --cache-dir exclude each other: files are in one place.")
        }
    }

    func run() async throws {
        Interruption.install(wantsJSON: output.json, isResumable: true)
        let settings = try hub.settings(cacheDirectory: cache.cacheDir)
        let display = ProgressDisplay(mode: progress.mode(for: output))
        let request = VerifyRequest(
            repo: try repository.reference(), localDirectory: localDir.map(Environment.absolute), repairs: repair)
        let result = try await display.run(title: "checking \(repository.repo)") {
            try await ClientSession.withHub(settings) { hub in
                try await hub.verify(request, observer: ProgressObserver(display: display))
            }
        }
        let isMissing = failOnMissingFiles && !result.missing.isEmpty
        let isExtra = failOnExtraFiles && !result.extra.isEmpty
        let report = CacheVerifyReport(result, repo: request.repo)
        let hasFailed = !result.unrepaired.isEmpty || isMissing || isExtra || report.hasNothing
        try output.print(report, quiet: []) {
            report.lines(listsMissing: isMissing, listsExtra: isExtra).map(TextWidth.printable)
        }
        report.warn(exceptMissing: isMissing, exceptExtra: isExtra)
        guard hasFailed else { return }
        FailureReport.emit(failure(result, report, repo: request.repo, listsMissing: isMissing), json: false)
        throw ExitCode(1)
    }

    private func failure(
        _ result: VerifyResult, _ report: CacheVerifyReport, repo: RepoReference, listsMissing: Bool
    ) -> CommandFailure {
        let pull =
            "shoal pull \(repo)" + (localDir.map { " --local-dir \($0)" } ?? "")
            + (cache.cacheDir.map { " --cache-dir \($0)" } ?? "")
        if report.hasNothing {
            return CommandFailure(
                code: HubError.Code.notCached.rawValue,
                message: "\(result.path) has none of the \(Plural.count(result.missing.count, "file")) of \(repo.id)",
                hint: "'\(pull)' fetches them")
        }
        let missing = listsMissing ? "; missing: " + result.missing.prefix(5).joined(separator: ", ") : ""
        let more = listsMissing && result.missing.count > 5 ? " and \(result.missing.count - 5) more" : ""
        return CommandFailure(
            code: "verification_failed",
            message: "\(repo.id) in \(result.path) is not what commit \(result.commit) says\(missing)\(more)",
            hint: !result.unrepaired.isEmpty
                ? "repair it with --repair" : listsMissing ? "'\(pull)' fetches what is missing" : nil)
    }
}
