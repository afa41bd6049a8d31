internal import ArgumentParser
internal import HubClient
internal import Terminal

struct DoctorCommand: AsyncParsableCommand, TokenSending {
    static let configuration = CommandConfiguration(
        commandName: "doctor", abstract: "Find out what keeps transfers from working; make a report for a bug.",
        discussion: """
            Shows what counts and where each value comes from, tries the disk, asks every endpoint, compares clocks, and \
            goes the way of a pull up to the first byte: hub, storage, data. Exit code 1 when a check has failed.

            --bundle writes one archive for a bug report: the same findings, the machine, the end of the log. With a \
            command behind --, that command is run with a log of its own, and every two seconds it is noted what its \
            threads do: state, place in the kernel, and the stack that each tells as addresses. Where eu-stack or gdb is \
            installed, it tells every 15 seconds the stacks with names. For transfers that hang: Ctrl-C or --stop-after \
            stops the command, and the archive is written all the same. Tokens are left out.

            EXAMPLES:
              shoal doctor
              shoal doctor org/model --json
              shoal doctor --bundle report.tar -- pull org/model
              shoal doctor --bundle report.tar --stop-after 10 -- push org/model .
            """)

    @Argument(help: "A repository whose storage is looked at; any of the hub by default.", completion: .cachedRepo)
    var repo: String?

    @Option(
        help: ArgumentHelp("Write an archive for a bug report to this file.", valueName: "file.tar"),
        completion: .file(extensions: ["tar"]))
    var bundle: String?

    @Option(help: ArgumentHelp("Stop the watched command after so many minutes.", valueName: "minutes"))
    var stopAfter: Double?

    @Argument(parsing: .postTerminator, help: "With --bundle: a command of shoal to run and to watch.")
    var command: [String] = []

    @OptionGroup var hub: HubOptions
    @OptionGroup var output: ResultOptions

    func validate() throws {
        if bundle == nil, !command.isEmpty { throw ValidationError("a command to watch needs --bundle") }
        guard let stopAfter else { return }
        if command.isEmpty { throw ValidationError("--stop-after is for a command to watch, behind --") }
        guard stopAfter > 0, stopAfter < 1e6 else { throw ValidationError("--stop-after takes minutes, more than 0") }
    }

    private struct Document: Encodable {
        var version: String
        var settings: [EffectiveSettings.Entry]
        var checks: [Examination.Check]
        /// How the watched command ended.
        var run: String?
        var bundle: String?
    }

    func run() async throws {
        Interruption.install(wantsJSON: output.json, isResumable: false)
        // A report is written whatever happens; only the second signal leaves without more.
        if bundle != nil { Interruption.holdFirst() }
        let settings = try hub.settings()
        let reference = try repo.map { try RepoReference(parsing: $0) }
        var document = Document(
            version: ShoalVersion.current, settings: EffectiveSettings(hub, settings).entries, checks: [])
        var report = bundle.map { BugReport(path: Environment.absolute($0)) }
        try report?.write()
        let examination = try await Self.examine(settings, reference)
        document.checks = examination.checks
        report?.findings = try JSONOutput.text(document, isPretty: true)
        try report?.write()
        if !command.isEmpty, Interruption.held == nil, var report {
            document.run = try await watch(&report)
            document.bundle = report.path
            report.findings = try JSONOutput.text(document, isPretty: true)
            try report.write()
        }
        document.bundle = report?.path
        try output.print(document, quiet: document.bundle.map { [$0] } ?? []) { Self.lines(document) }
        if let signal = Interruption.held { throw ExitCode(128 + signal) }
        if examination.hasFailed { throw ExitCode(1) }
    }

    /// Runs the command behind `--` and puts what it did into the report.
    private func watch(_ report: inout BugReport) async throws -> String {
        TerminalStream.error.writeLine("running: \(RunSecrets.hidden(inCommand: ["shoal"] + command))")
        var run = try WatchedRun(command)
        defer { run.cleanUp() }
        let base = report
        let status = await run.watch(limit: stopAfter.map { .milliseconds(Int64($0 * 60_000)) }) { entries in
            var report = base
            report.run = entries
            // The one at the end says what is wrong.
            try? report.write()
        }
        report.run = run.entries
        TerminalStream.error.writeLine("it ended: \(status)")
        return status
    }

    /// Examines until all is known or a signal is held; then what is known so far.
    private static func examine(_ settings: HubSettings, _ repo: RepoReference?) async throws -> Examination {
        // Each endpoint is asked for itself, and nothing is tried in its place.
        var direct = settings
        direct.network.otherEndpoints = []
        let (subject, alone) = (settings, direct)
        return try await withThrowingTaskGroup(of: Examination?.self) { group in
            group.addTask {
                var disk = Examination(subject)
                disk.examineDisk()
                let start = disk
                return try await ClientSession.withHub(alone) { hub in
                    var examination = start
                    await examination.examineHub(hub, repo: repo)
                    return examination
                }
            }
            group.addTask {
                while Interruption.held == nil { try await Task.sleep(for: .milliseconds(50)) }
                return nil
            }
            defer { group.cancelAll() }
            while let found = try await group.next() {
                if let found { return found }
                group.cancelAll()
            }
            throw CancellationError()
        }
    }

    private static func lines(_ document: Document) -> [String] {
        var table = TextTable([.init(), .init(), .init()])
        for entry in document.settings { table.append(entry.name, entry.value, entry.source) }
        var lines = ["shoal \(document.version)", ""] + table.lines() + [""]
        for check in document.checks {
            lines.append("\(check.finding.rawValue): \(check.name): \(TextWidth.printable(check.detail))")
            if let hint = check.hint { lines.append("  hint: \(hint)") }
        }
        if let run = document.run { lines += ["", "the command: \(run)"] }
        if let bundle = document.bundle { lines += ["", "written: \(bundle)"] }
        return lines
    }
}
