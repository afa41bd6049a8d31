internal import Processes
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
        guard let pipe = ProcessPipe() else { throw .storage("open a pipe for", program, errno) }
        _ = fcntl(pipe.reading, F_SETFL, O_NONBLOCK)
        var launch = Launch(program, arguments)
        launch.environment = environment
        launch.errors = .descriptor(pipe.writing)
        launch.company = .ownGroup
        let child = Result { () throws(LaunchFailure) in try launch.start() }
        close(pipe.writing)
        do {
            (pid, errors) = (try child.get(), pipe.reading)
        } catch {
            close(pipe.reading)
            throw PublishError(
                .unsupported, error.description, hint: "install \(program), or leave out --depth")
        }
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
        return (ProcessStatus(raw: raw).code, String(decoding: words, as: UTF8.self))
    }

    private func drain(_ words: inout [UInt8]) {
        var part = [UInt8](repeating: 0, count: 4_096)
        while case let count = read(errors, &part, part.count), count > 0 {
            if words.count < Self.mostWords { words += part[..<count] }
        }
    }
}
