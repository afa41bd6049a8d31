import Foundation
import Synchronization

/// A child process whose output goes to files of the fixture, and which does not outlive the fixture.
///
/// It is spawned directly rather than through `Foundation.Process`: files instead of pipes cannot fill up or be held
/// open by a sibling, and `wait4` tells peak memory and processor time.
public final class RunningProcess: Sendable {
    public let command: Command
    public let pid: Int32
    private let outputPath: String
    private let errorsPath: String
    private let started: ContinuousClock.Instant

    private struct State {
        var isReaped = false
        var result: ProcessResult?
        var hasTimedOut = false
        var waiters: [CheckedContinuation<ProcessResult, Never>] = []
    }
    private let state = Mutex(State())

    init(_ command: Command, fixture: Fixture) throws {
        self.command = command
        (outputPath, errorsPath) = fixture.nextLogPaths(label: command.label)
        started = .now
        pid = try Self.spawn(command, output: outputPath, errors: errorsPath)
        Thread.detachNewThread { self.awaitExit() }
        fixture.onCleanup { [self] in
            signal(SIGKILL)
            _ = await termination()
        }
    }

    /// What it has written to standard output so far.
    public var output: String { Self.text(outputPath) }
    /// What it has written to standard error so far.
    public var errors: String { Self.text(errorsPath) }
    public var isRunning: Bool { state.withLock { $0.result == nil } }

    /// Sends a signal, unless the process has ended already.
    public func signal(_ number: Int32) {
        state.withLock { state in
            guard !state.isReaped else { return }
            _ = kill(pid, number)
        }
    }

    /// Waits for the end. A process that takes longer than `timeout` is killed and counts as a failure.
    public func wait(timeout: Duration = .seconds(180)) async throws -> ProcessResult {
        // Cancelled below, as soon as the process has ended.
        let watchdog = Task {
            try await Task.sleep(for: timeout)
            state.withLock { $0.hasTimedOut = true }
            signal(SIGKILL)
        }
        let result = await termination()
        watchdog.cancel()
        if state.withLock({ $0.hasTimedOut }) {
            throw TestFailure(
                """
                still running after \(timeout): \(command.label) \(command.arguments.joined(separator: " "))
                stdout: \(result.output.suffix(2000))
                stderr: \(result.errors.suffix(2000))
                """)
        }
        return result
    }

    /// Polls until `condition` holds, and throws when the process ends before or the time is up.
    public func wait(
        until what: String, timeout: Duration = .seconds(60), _ condition: (RunningProcess) throws -> Bool
    ) async throws {
        let deadline = ContinuousClock.now + timeout
        while try !condition(self) {
            guard isRunning else {
                throw TestFailure("\(command.label) ended before \(what)\nstdout: \(output)\nstderr: \(errors)")
            }
            guard ContinuousClock.now < deadline else {
                throw TestFailure(
                    "\(command.label): no \(what) within \(timeout)\nstdout: \(output)\nstderr: \(errors)")
            }
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    private func termination() async -> ProcessResult {
        await withCheckedContinuation { continuation in
            let result = state.withLock { state in
                if state.result == nil { state.waiters.append(continuation) }
                return state.result
            }
            if let result { continuation.resume(returning: result) }
        }
    }

    private func awaitExit() {
        var raw: Int32 = 0
        var usage = rusage()
        // Wait first and reap under the lock, so that no signal goes to a process number that was given away again.
        let peak = watchMemory()
        state.withLock { state in
            wait4(pid, &raw, 0, &usage)
            state.isReaped = true
        }
        let signal = raw & 0x7f
        let result = ProcessResult(
            command: command,
            status: signal == 0 ? .exited((raw >> 8) & 0xff) : .killed(signal: signal),
            output: output, errors: errors,
            duration: ContinuousClock.now - started,
            peakMemory: peak ?? usage.ru_maxrss * 1024,
            processorTime: Duration(usage.ru_utime) + Duration(usage.ru_stime))
        let waiters = state.withLock { state in
            state.result = result
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters {
            waiter.resume(returning: result)
        }
    }

    /// Returns when the process has ended, with the most memory it held. The system's own figure (`ru_maxrss`) begins
    /// with what the spawning process held, so the process's own mark is read while it lives, up to its last
    /// hundredth of a second. Nil where there is no `/proc`.
    private func watchMemory() -> Int? {
        var peak: Int?
        var info = siginfo_t()
        var pause: UInt32 = 250
        while true {
            let status = waitid(P_PID, id_t(pid), &info, WEXITED | WNOWAIT | WNOHANG)
            if status == 0 && info.si_signo == SIGCHLD || status < 0 && errno != EINTR { return peak }
            if let mark = Self.memoryMark(of: pid) { peak = mark }
            usleep(pause)
            pause = min(pause * 2, 10_000)
        }
    }

    private static func memoryMark(of pid: Int32) -> Int? {
        guard let file = fopen("/proc/\(pid)/status", "r") else { return nil }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 256)
        while fgets(&line, Int32(line.count), file) != nil {
            guard strncmp(line, "VmHWM:", 6) == 0 else { continue }
            return line.withUnsafeBufferPointer { $0.baseAddress.map { atol($0 + 6) << 10 } }
        }
        return nil
    }

    private static func text(_ path: String) -> String {
        String(decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self)
    }

    private static func spawn(_ command: Command, output: String, errors: String) throws -> pid_t {
        guard access(command.program, X_OK) == 0 else {
            throw TestFailure("\(command.program) is not an executable file; run `make build` and `make test` first")
        }
        var files = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&files)
        defer { posix_spawn_file_actions_destroy(&files) }
        posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&files, 1, output, O_WRONLY | O_CREAT | O_APPEND, 0o644)
        posix_spawn_file_actions_addopen(&files, 2, errors, O_WRONLY | O_CREAT | O_APPEND, 0o644)
        // A socket of this test that a child held open would never look closed to its peer.
        for descriptor: Int32 in 3..<512 { posix_spawn_file_actions_addclose(&files, descriptor) }

        // A test run in the background ignores SIGINT; what it starts must not inherit that.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var defaults = sigset_t()
        sigemptyset(&defaults)
        for number in [SIGINT, SIGTERM, SIGPIPE, SIGHUP] { sigaddset(&defaults, number) }
        var unblocked = sigset_t()
        sigemptyset(&unblocked)
        posix_spawnattr_setsigdefault(&attributes, &defaults)
        posix_spawnattr_setsigmask(&attributes, &unblocked)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK))

        let environment = command.environment.map { "\($0.key)=\($0.value)" }
        var pid: pid_t = 0
        let failure = withCStrings([command.program] + command.arguments) { arguments in
            withCStrings(environment) { variables in
                posix_spawn(&pid, command.program, &files, &attributes, arguments, variables)
            }
        }
        guard failure == 0 else {
            throw TestFailure("cannot start \(command.program): \(String(cString: strerror(failure)))")
        }
        return pid
    }

    private static func withCStrings<Value>(
        _ strings: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> Value
    ) -> Value {
        var pointers: [UnsafeMutablePointer<CChar>?] = strings.map { strdup($0) }
        pointers.append(nil)
        defer { for pointer in pointers { free(pointer) } }
        return body(pointers)
    }
}

extension Duration {
    fileprivate init(_ time: timeval) {
        self = .seconds(time.tv_sec) + .microseconds(time.tv_usec)
    }
}

extension Fixture {
    /// Starts a process that ends with the fixture at the latest.
    public func start(_ command: Command) throws -> RunningProcess {
        try RunningProcess(command, fixture: self)
    }

    /// Runs a command to its end, whatever its exit code.
    public func run(_ command: Command, timeout: Duration = .seconds(180)) async throws -> ProcessResult {
        try await start(command).wait(timeout: timeout)
    }
}
