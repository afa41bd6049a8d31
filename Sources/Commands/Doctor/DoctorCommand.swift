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
            command behind --, that command is run with a log of its own, and what its threads do is noted every two \
            seconds, with their stacks: for transfers that hang. Tokens are left out.

            EXAMPLES:
              shoal doctor
              shoal doctor org/model --json
              shoal doctor --bundle report.tar -- pull org/model
            """)

    @Argument(help: "A repository whose storage is looked at; any of the hub by default.", completion: .cachedRepo)
    var repo: String?

    @Option(
        help: ArgumentHelp("Write an archive for a bug report to this file.", valueName: "file.tar"),
        completion: .file(extensions: ["tar"]))
    var bundle: String?

    @Argument(parsing: .postTerminator, help: "With --bundle: a command of shoal to run and to watch.")
    var command: [String] = []

    @OptionGroup var hub: HubOptions
    @OptionGroup var output: ResultOptions

    func validate() throws {
        if bundle == nil, !command.isEmpty { throw ValidationError("a command to watch needs --bundle") }
    }

    private struct Document: Encodable {
        var version: String
        var settings: [EffectiveSettings.Entry]
        var checks: [Examination.Check]
        var bundle: String?
    }

    func run() async throws {
        Interruption.install(wantsJSON: output.json, isResumable: false)
        let settings = try hub.settings()
        let reference = try repo.map { try RepoReference(parsing: $0) }
        let effective = EffectiveSettings(hub, settings)
        var examination = Examination(settings)
        examination.examineDisk()
        // Each endpoint is asked for itself, and nothing is tried in its place.
        var direct = settings
        direct.network.otherEndpoints = []
        let disk = examination
        examination = try await ClientSession.withHub(direct) { hub in
            var examination = disk
            await examination.examineHub(hub, repo: reference)
            return examination
        }
        var document = Document(version: ShoalVersion.current, settings: effective.entries, checks: examination.checks)
        if let bundle {
            let path = Environment.absolute(bundle)
            try await BugReport(findings: try JSONOutput.text(document, isPretty: true), command: command).write(
                to: path)
            document.bundle = path
        }
        try output.print(document, quiet: document.bundle.map { [$0] } ?? []) { Self.lines(document) }
        if examination.hasFailed { throw ExitCode(1) }
    }

    private static func lines(_ document: Document) -> [String] {
        var table = TextTable([.init(), .init(), .init()])
        for entry in document.settings { table.append(entry.name, entry.value, entry.source) }
        var lines = ["shoal \(document.version)", ""] + table.lines() + [""]
        for check in document.checks {
            lines.append("\(check.finding.rawValue): \(check.name): \(TextWidth.printable(check.detail))")
            if let hint = check.hint { lines.append("  hint: \(hint)") }
        }
        if let bundle = document.bundle { lines += ["", "written: \(bundle)"] }
        return lines
    }
}
