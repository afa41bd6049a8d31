internal import PublishWire

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// One run of another program, without input, in a process group of its own.
struct ChildRun {
    let pid: pid_t
    private let errors: Int32

    /// Bytes of what it says that are kept.
    private static let mostWords = 64 << 10

    static func variable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

    /// - Parameter environment: all of it.
    init(_ program: String, _ arguments: [String], environment: [String: String]) throws(PublishError) {
        var pipe: [Int32] = [-1, -1]
        let outcome = pipe.withUnsafeMutableBufferPointer { ends in ends.baseAddress.map { openPipe($0) } ?? -1 }
        guard outcome == 0 else { throw .storage("open a pipe for", program, errno) }
        for end in pipe { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        _ = fcntl(pipe[0], F_SETFL, O_NONBLOCK)
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
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, pipe[1], STDERR_FILENO)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP))
        posix_spawnattr_setpgroup(&attributes, 0)
        var words: [UnsafeMutablePointer<CChar>?] = ([program] + arguments).map { strdup($0) } + [nil]
        var settings: [UnsafeMutablePointer<CChar>?] = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { (words + settings).forEach { free($0) } }
        var child: pid_t = 0
        let spawned = posix_spawnp(&child, program, &actions, &attributes, &words, &settings)
        close(pipe[1])
        guard spawned == 0 else {
            close(pipe[0])
            throw PublishError(
                .unsupported, "cannot run \(program): \(String(cString: strerror(spawned)))",
                hint: "install \(program), or leave out --depth")
        }
        (pid, errors) = (child, pipe[0])
    }

    /// Waits for its end; a cancelled task ends it.
    /// - Returns: what a shell would give as its exit code, and what it said on standard error.
    func end() async throws -> (status: Int32, words: String) {
        defer { close(errors) }
        var words: [UInt8] = []
        var raw: Int32 = 0
        while true {
            let ended = waitpid(pid, &raw, WNOHANG)
            drain(&words)
            if ended == pid { break }
            if ended < 0, errno != EINTR { return (-1, "it was lost") }
            if Task.isCancelled {
                kill(-pid, SIGKILL)
                while waitpid(pid, &raw, 0) < 0, errno == EINTR {}
                throw CancellationError()
            }
            try? await Task.sleep(for: .milliseconds(20))
        }
        let status = raw & 0x7F == 0 ? (raw >> 8) & 0xFF : 128 + raw & 0x7F
        return (status, String(decoding: words, as: UTF8.self))
    }

    private func drain(_ words: inout [UInt8]) {
        var part = [UInt8](repeating: 0, count: 4_096)
        while case let count = read(errors, &part, part.count), count > 0 {
            if words.count < Self.mostWords { words += part[..<count] }
        }
    }
}

/// Outside of the type, where the name is free.
private func openPipe(_ ends: UnsafeMutablePointer<Int32>) -> Int32 { pipe(ends) }
