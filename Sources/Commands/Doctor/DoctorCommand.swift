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
            stops the command, and the archive is written all the same. Tokens are left out, and \
            the exit code is the command's.

            EXAMPLES:
              shoal doctor
              shoal doctor org/model --json
              shoal doctor --bundle report.tar -- pull org/model
              shoal doctor --bundle report.tar --stop-after 10 -- push org/model .
            """)

    @Argument(
        help: "A repository, or a page of it, whose storage is looked at; any of the hub by default.",
        completion: .cachedRepo)
    var repo: String?

    @Option(
        help: ArgumentHelp("Write an archive for a bug report to this file.", valueName: "file.tar"),
        completion: .file(extensions: ["tar"]))
    var bundle: String?

    @Flag(help: "Replace a file that is there already with the archive.")
    var force = false

    @Option(help: ArgumentHelp("Stop the watched command after so many minutes.", valueName: "minutes"))
    var stopAfter: Double?

    @Argument(parsing: .postTerminator, help: "With --bundle: a command of shoal to run and to watch.")
    var command: [String] = []

    @OptionGroup var hub: HubOptions
    @OptionGroup var output: ResultOptions

    func validate() throws {
        if bundle == "" { throw ValidationError("--bundle is empty: name a file") }
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
        let settings = try hub.settings()
        let reference = try repo.map { try RepoLocation(parsing: $0, endpoint: settings.endpoint).repo }
        if let bundle, !force, Environment.kind(bundle) != nil {
            throw CommandFailure.usage("\(bundle) is there already", hint: "name another file, or add --force")
        }
        // What is known is said whatever happens, and written; only the second signal leaves without more.
        Interruption.holdFirst()
        var document = Document(
            version: ShoalVersion.current, settings: EffectiveSettings(hub, settings).entries, checks: [])
        var report = bundle.map { BugReport(path: Environment.absolute($0)) }
        try report?.write()
        let isTold = !output.isForMachines
        if isTold { Self.say(Self.settingLines(document)) }
        let examination = try await Self.examine(settings, reference) { check in
            if isTold { Self.say(Self.lines(check)) }
        }
        document.checks = examination.checks
        report?.findings = try JSONOutput.text(document, isPretty: true)
        try report?.write()
        var code: Int32?
        if !command.isEmpty, Interruption.held == nil, var report {
            let ending = try await watch(&report)
            (document.run, code) = (ending.words, ending.exitCode)
            document.bundle = report.path
            report.findings = try JSONOutput.text(document, isPretty: true)
            try report.write()
        }
        document.bundle = report?.path
        let failures = document.checks.filter { $0.finding == .failed }.flatMap(Self.lines)
        try output.print(document, quiet: failures + (document.bundle.map { [$0] } ?? [])) {
            [document.run.map { "the command: \($0)" }, document.bundle.map { "written: \($0)" }].compactMap { $0 }
        }
        if let signal = Interruption.held { throw ExitCode(128 + signal) }
        if let code { throw ExitCode(code) }
        if examination.hasFailed { throw ExitCode(1) }
    }

    /// Runs the command behind `--` and puts what it did into the report.
    private func watch(_ report: inout BugReport) async throws -> WatchedProcess.Ending {
        // As it is typed.
        let command = command.first == "shoal" ? Array(command.dropFirst()) : command
        TerminalStream.error.writeLine("running: \(RunSecrets.hidden(inCommand: ["shoal"] + command))")
        var run = try WatchedRun(command)
        defer { run.cleanUp() }
        let base = report
        let ending = await run.watch(limit: stopAfter.map { .milliseconds(Int64($0 * 60_000)) }) { entries in
            var report = base
            report.run = entries
            // The one at the end says what is wrong.
            try? report.write()
        }
        report.run = run.entries
        TerminalStream.error.writeLine("it ended: \(ending.words)")
        return ending
    }

    /// Examines until all is known or a signal is held; then what is known so far.
    private static func examine(
        _ settings: HubSettings, _ repo: RepoReference?, report: @escaping @Sendable (Examination.Check) -> Void
    ) async throws -> Examination {
        // Each endpoint is asked for itself, and nothing is tried in its place.
        var direct = settings
        direct.network.otherEndpoints = []
        let (subject, alone) = (settings, direct)
        return try await withThrowingTaskGroup(of: Examination?.self) { group in
            group.addTask {
                var disk = Examination(subject, report: report)
                disk.examineDisk()
                let start = disk
                let asked = try await ClientSession.withHub(alone) { hub in
                    var examination = start
                    await examination.examineEndpoints(hub)
                    return examination
                }
                return try await ClientSession.withHub(subject) { hub in
                    var examination = asked
                    await examination.examineWay(hub, repo: repo)
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

    private static func say(_ lines: [String]) { TerminalStream.output.write(lines.map { $0 + "\n" }.joined()) }

    private static func settingLines(_ document: Document) -> [String] {
        var table = TextTable([.init(), .init(), .init()])
        for entry in document.settings { table.append(entry.name, entry.value, entry.source) }
        return ["shoal \(document.version)", ""] + table.lines() + [""]
    }

    private static func lines(_ check: Examination.Check) -> [String] {
        ["\(check.finding.rawValue): \(check.name): \(TextWidth.printable(check.detail))"]
            + (check.hint.map { ["  hint: \($0)"] } ?? [])
    }
}
