import Foundation

/// A program that ran to its end, and the operating system's account of it.
struct MeasuredProcess {
    /// Its exit code, or 128 and the signal that ended it.
    var status: Int32
    var cpuSeconds: Double
    var wallSeconds: Double
    /// Bytes.
    var peakMemory: Int

    /// Runs a program without input; its output is thrown away.
    /// - Parameter environment: all of it.
    static func run(
        _ path: String, _ arguments: [String], environment: [String: String], errors: URL
    ) throws -> MeasuredProcess {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 2, errors.path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        // This process ignores the signals that it handles itself; its child shall not.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var defaults = sigset_t()
        sigemptyset(&defaults)
        sigaddset(&defaults, SIGINT)
        sigaddset(&defaults, SIGTERM)
        posix_spawnattr_setsigdefault(&attributes, &defaults)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF))

        let variables = environment.map { "\($0.key)=\($0.value)" }
        var child = pid_t()
        let start = ContinuousClock.now
        let failure = withStrings([path] + arguments) { words in
            withStrings(variables) { posix_spawn(&child, path, &actions, &attributes, words, $0) }
        }
        guard failure == 0 else { throw DemoFailure("cannot run \(path): \(String(cString: strerror(failure)))") }
        var status: Int32 = 0
        var usage = rusage()
        while wait4(child, &status, 0, &usage) < 0 {
            guard errno == EINTR else {
                throw DemoFailure("cannot wait for \(path): \(String(cString: strerror(errno)))")
            }
        }
        let wall = (ContinuousClock.now - start) / .seconds(1)
        #if canImport(Darwin)
            let unit = 1
        #else
            let unit = 1024
        #endif
        let signal = status & 0x7F
        return MeasuredProcess(
            status: signal == 0 ? status >> 8 & 0xFF : 128 + signal,
            cpuSeconds: seconds(usage.ru_utime)
                + seconds(usage.ru_stime), wallSeconds: wall, peakMemory: Int(usage.ru_maxrss) * unit)
    }

    private static func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }

    private static func withStrings<R>(
        _ strings: [String], _ operation: ([UnsafeMutablePointer<CChar>?]) -> R
    ) -> R {
        let copies = strings.map { strdup($0) }
        defer { copies.forEach { free($0) } }
        return operation(copies + [nil])
    }
}
