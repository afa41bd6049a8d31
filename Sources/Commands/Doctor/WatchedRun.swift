internal import Terminal

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A command of this program that is run for a bug report, with a log of its own.
struct WatchedRun {
    private static let longestOutput = 64 << 10
    private static let longestFile = 4 << 20

    private let command: [String]
    private let files: WatchedProcess.Files
    private let debugger: StackDebugger?
    private let process: WatchedProcess
    private var ending = WatchedProcess.Ending(words: "(still running)")

    /// Starts the command; its files are in a new folder below `TMPDIR`.
    init(_ command: [String]) throws(CommandFailure) {
        guard let program = ServerSibling.ownPath() else {
            throw CommandFailure(code: "bundle", message: "it cannot be found out where this program is")
        }
        let place = Environment["TMPDIR"].flatMap { $0.isEmpty ? nil : $0 } ?? "/tmp"
        var template = Array("\(place)/shoal-doctor-XXXXXX".utf8CString)
        guard let folder = mkdtemp(&template) else {
            throw CommandFailure(
                code: "bundle", message: "cannot make a folder in \(place): \(String(cString: strerror(errno)))",
                hint: "set TMPDIR to a folder that can be written")
        }
        self.command = command
        files = WatchedProcess.Files(folder: String(cString: folder))
        debugger = StackDebugger.find(in: Environment["PATH"] ?? "")
        do throws(CommandFailure) {
            process = try WatchedProcess(program, command, files: files, debugger: debugger)
        } catch {
            rmdir(files.folder)
            throw error
        }
    }

    /// Watches until the command has ended.
    /// - Parameter report: called now and then with what there is so far.
    mutating func watch(
        limit: Duration?, report: ([BugReport.Entry]) -> Void
    ) async -> WatchedProcess.Ending {
        let soFar = self
        ending = await process.watch(limit: limit) { report(soFar.entries) }
        return ending
    }

    /// Removes the folder.
    func cleanUp() {
        for file in files.all { unlink(file) }
        rmdir(files.folder)
    }

    /// The files of the archive that tell of the run.
    var entries: [BugReport.Entry] {
        var facts = stat()
        let isLong = stat(files.output, &facts) == 0 && facts.st_size > Self.longestOutput
        let told =
            debugger.map { "\($0.program), every 15 s; the command stands still while it looks\n" }
            ?? "no eu-stack and no gdb in PATH: stacks.txt has what the threads tell themselves\n"
        return [
            .init("run/command.txt", RunSecrets.hidden(inCommand: ["shoal"] + command) + "\n\(ending.words)\n"),
            // It may be the content of files, which is nobody's business.
            .init(
                "run/output.txt", isLong ? "(long, left out)\n" : BugReport.end(of: files.output, Self.longestOutput)),
            .init("run/errors.txt", BugReport.end(of: files.errors, Self.longestFile)),
            .init("run/log.txt", BugReport.end(of: files.log, Self.longestFile)),
            .init("run/threads.txt", process.samples),
            .init("run/stacks.txt", BugReport.end(of: files.stacks, Self.longestFile)),
            .init(
                "run/debugger.txt", told + (debugger == nil ? "" : BugReport.end(of: files.debugger, Self.longestFile))),
        ]
    }
}
