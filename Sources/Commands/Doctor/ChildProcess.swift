internal import Synchronization

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A program that runs beside this one, in a process group of its own: Ctrl-C is for whoever watches it.
final class ChildProcess: Sendable {
    let pid: pid_t
    private let end = Mutex<Int32?>(nil)

    /// Starts a program without input.
    /// - Parameters:
    ///   - environment: all of it.
    ///   - output: the file that its standard output is appended to; `errors` likewise.
    init(
        _ program: String, _ arguments: [String], environment: [String: String], output: String, errors: String
    ) throws(CommandFailure) {
        #if canImport(Glibc)
            var actions = posix_spawn_file_actions_t()
            var attributes = posix_spawnattr_t()
        #else
            var actions: posix_spawn_file_actions_t?
            var attributes: posix_spawnattr_t?
        #endif
        posix_spawn_file_actions_init(&actions)
        posix_spawnattr_init(&attributes)
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        let flags = O_WRONLY | O_CREAT | O_APPEND
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, output, flags, 0o600)
        posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, errors, flags, 0o600)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP))
        posix_spawnattr_setpgroup(&attributes, 0)
        let name = program.split(separator: "/").last.map(String.init) ?? program
        var words: [UnsafeMutablePointer<CChar>?] = ([name] + arguments).map { strdup($0) } + [nil]
        var settings: [UnsafeMutablePointer<CChar>?] = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { (words + settings).forEach { free($0) } }
        var child: pid_t = 0
        let outcome = posix_spawn(&child, program, &actions, &attributes, &words, &settings)
        guard outcome == 0 else {
            throw CommandFailure(
                code: "bundle", message: "cannot run \(program): \(String(cString: strerror(outcome)))")
        }
        pid = child
    }

    /// Whether it still runs. One that has ended is taken off the system's list by this question.
    var isRunning: Bool {
        end.withLock { end in
            guard end == nil else { return false }
            var status: Int32 = 0
            let ended = waitpid(pid, &status, WNOHANG)
            // Nobody else asks, so an error other than a signal means that nothing more will be heard of it.
            if ended == pid { end = status } else if ended < 0, errno != EINTR { end = -1 }
            return end == nil
        }
    }

    /// How it ended, in words; nil while it runs.
    var ending: String? {
        guard !isRunning, let status = end.withLock({ $0 }) else { return nil }
        if status < 0 { return "lost" }
        return status & 0x7F == 0 ? "exit code \((status >> 8) & 0xFF)" : "signal \(status & 0x7F)"
    }

    /// What a shell would give as its exit code; nil while it runs, and when that got lost.
    var exitCode: Int32? {
        guard !isRunning, let status = end.withLock({ $0 }), status >= 0 else { return nil }
        return status & 0x7F == 0 ? (status >> 8) & 0xFF : 128 + status & 0x7F
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
