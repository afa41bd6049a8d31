internal import Synchronization
internal import Terminal

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A run of this program whose threads are looked at every two seconds, until it ends or has to.
final class WatchedProcess: Sendable {
    /// Files that grow while it runs, all in one folder.
    struct Files: Sendable {
        var folder: String
        var output: String { folder + "/output" }
        var errors: String { folder + "/errors" }
        var log: String { folder + "/log" }
        /// What its threads tell.
        var stacks: String { folder + "/stacks" }
        /// What a debugger tells.
        var debugger: String { folder + "/debugger" }

        var all: [String] { [output, errors, log, stacks, debugger] }
    }

    /// How a run ended.
    struct Ending {
        var words: String
        /// Its own; nil when it had to be stopped.
        var exitCode: Int32?
    }

    private struct State {
        var notes = SampleNotes()
        var listens = false
        var debugger: (process: ChildProcess, since: ContinuousClock.Instant)?
    }

    /// How often it is looked at, by a debugger, and a report is written.
    private static let (pause, debuggerPause, reportPause) = (
        Duration.seconds(2), Duration.seconds(15), Duration.seconds(30)
    )
    private static let debuggerPatience = Duration.seconds(20)
    /// A file that has grown beyond is begun anew.
    private static let longestFile = 64 << 20

    private let child: ChildProcess
    private let files: Files
    private let debugger: StackDebugger?
    private let state = Mutex(State())

    /// What was seen, sample after sample.
    var samples: String { state.withLock { $0.notes.text } }

    init(
        _ program: String, _ arguments: [String], files: Files, debugger: StackDebugger?
    ) throws(CommandFailure) {
        let variables = ["SHOAL_LOG_FILE": files.log, "SHOAL_LOG": "debug", StackNotes.variable: files.stacks]
        child = try ChildProcess(
            program, arguments, environment: Environment.ofProcess.merging(variables) { $1 }, output: files.output,
            errors: files.errors)
        self.files = files
        self.debugger = debugger
        Interruption.take(along: child.pid)
    }

    /// Looks at the process until it ends, a signal is held, or it has run for `limit`; then it is stopped.
    /// - Parameter report: called now and then, so that something is there whatever becomes of this process.
    func watch(limit: Duration?, report: () -> Void) async -> Ending {
        let start = ContinuousClock.now
        var next = (sample: start + .milliseconds(500), debugger: start + .seconds(3), report: start + Self.reportPause)
        var why: String?
        while child.isRunning {
            let now = ContinuousClock.now
            if Interruption.held != nil || Task.isCancelled {
                why = "stopped by a signal"
            } else if let limit, now - start >= limit {
                why = "stopped after \(DurationText.milliseconds(of: now - start) / 1000) s"
            }
            guard why == nil else { break }
            if next.sample <= now {
                note()
                next.sample = .now + Self.pause
            }
            if next.debugger <= now, debug() { next.debugger = .now + Self.debuggerPause }
            if next.report <= now {
                for file in files.all { shorten(file) }
                report()
                next.report = .now + Self.reportPause
            }
            try? await Task.sleep(for: .milliseconds(50))
        }
        if why != nil {
            note()
            // Threads tell their stacks within this time, if they can.
            usleep(300_000)
        }
        endDebugger()
        await child.stop()
        Interruption.take(along: 0)
        return Ending(
            words: [why, child.ending ?? "lost"].compactMap { $0 }.joined(separator: ", "),
            exitCode: why == nil ? child.exitCode : nil)
    }

    /// Begins a file anew that has become very long.
    private func shorten(_ path: String) {
        var facts = stat()
        if stat(path, &facts) == 0, facts.st_size > Self.longestFile { truncate(path, 0) }
    }

    /// Starts the debugger, unless it still looks; one that takes very long is ended.
    /// - Returns: whether it was started, or never will be.
    private func debug() -> Bool {
        guard let debugger else { return true }
        if let running = state.withLock({ $0.debugger }), running.process.isRunning {
            if .now - running.since > Self.debuggerPatience { endDebugger() }
            return false
        }
        if let file = fopen(files.debugger, "a") {
            fputs("== \(LogLine.timestamp())\n", file)
            fclose(file)
        }
        let process = try? ChildProcess(
            debugger.program, debugger.arguments(for: child.pid), environment: Environment.ofProcess,
            output: files.debugger, errors: files.debugger)
        state.withLock { $0.debugger = process.map { ($0, .now) } }
        return true
    }

    /// A process that is looked at stands still, and must not stay so.
    private func endDebugger() {
        guard let running = state.withLock({ $0.debugger }), running.process.isRunning else { return }
        running.process.signal(SIGKILL)
        while running.process.isRunning { usleep(1_000) }
        child.signal(SIGCONT)
    }

    /// Notes state, place in the kernel and processor time of each thread, and asks for its stack.
    private func note() {
        var text = "== \(LogLine.timestamp())\n"
        let root = "/proc/\(child.pid)"
        for line in ProcFile.lines(root + "/status")
        where ["VmRSS", "VmHWM", "Threads", "FDSize"].contains(where: line.hasPrefix) {
            text += line + "\n"
        }
        text += ProcFile.lines(root + "/io").joined(separator: ", ") + "\n"
        for thread in ProcFile.names(root + "/task").sorted() {
            let place = "\(root)/task/\(thread)"
            let fields = ProcFile.lines(place + "/stat").first?.split(separator: ")").last?.split(separator: " ") ?? []
            let state = fields.first ?? "?"
            let ticks = fields.count > 12 ? "user \(fields[11]) system \(fields[12])" : ""
            text += "thread \(thread) \(ProcFile.lines(place + "/comm").first ?? "") \(state) \(ticks) "
            text += "wchan \(ProcFile.lines(place + "/wchan").first ?? "?") "
            text += "syscall \(ProcFile.lines(place + "/syscall").first ?? "?")\n"
        }
        text += ProcFile.lines("/proc/net/tcp").count.description + " IPv4 sockets on this machine\n"
        let listens = state.withLock { state in
            state.notes.append(text)
            state.listens = state.listens || StackNotes.isListening(files.stacks)
            return state.listens
        }
        if listens, child.isRunning { StackNotes.ask(child.pid) }
    }
}
