internal import Processes
internal import Synchronization

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A program that runs beside this one, in a process group of its own: Ctrl-C is for whoever watches it.
final class ChildProcess: Sendable {
    let pid: pid_t
    private let end = Mutex<End?>(nil)

    private enum End {
        case known(ProcessStatus)
        case lost
    }

    /// Starts a program without input.
    /// - Parameters:
    ///   - environment: all of it.
    ///   - output: the file that its standard output is appended to; `errors` likewise.
    init(
        _ program: String, _ arguments: [String], environment: [String: String], output: String, errors: String
    ) throws(CommandFailure) {
        var launch = Launch(program, arguments)
        launch.name = program.split(separator: "/").last.map(String.init)
        launch.environment = environment
        (launch.output, launch.errors) = (.appended(output), .appended(errors))
        launch.company = .ownGroup
        do {
            pid = try launch.start()
        } catch {
            throw CommandFailure(code: "bundle", message: error.description)
        }
    }

    /// Whether it still runs. One that has ended is taken off the system's list by this question.
    var isRunning: Bool {
        end.withLock { end in
            guard end == nil else { return false }
            var status: Int32 = 0
            let ended = waitpid(pid, &status, WNOHANG)
            // Nobody else asks, so an error other than a signal means that nothing more will be heard of it.
            if ended == pid {
                end = .known(ProcessStatus(raw: status))
            } else if ended < 0, errno != EINTR {
                end = .lost
            }
            return end == nil
        }
    }

    /// How it ended, in words; nil while it runs.
    var ending: String? {
        guard !isRunning, let end = end.withLock({ $0 }) else { return nil }
        guard case .known(let status) = end else { return "lost" }
        return status.signal.map { "signal \($0)" } ?? "exit code \(status.code)"
    }

    /// What a shell would give as its exit code; nil while it runs, and when that got lost.
    var exitCode: Int32? {
        guard !isRunning, case .known(let status) = end.withLock({ $0 }) else { return nil }
        return status.code
    }

    /// Sends a signal to its group, unless it has ended.
    func signal(_ number: Int32) { if isRunning { kill(-pid, number) } }

    /// Asks it to leave as a user would, and ends it when it has not left after some time.
    func stop(patience: Duration = .seconds(3)) async {
        signal(SIGINT)
        let end = ContinuousClock.now + patience
        // Whoever waits here has been told to stop already: a cancelled sleep must not turn into a busy loop.
        while isRunning, .now < end, (try? await Task.sleep(for: .milliseconds(20))) != nil {}
        signal(SIGKILL)
        while isRunning { usleep(1_000) }
    }
}
