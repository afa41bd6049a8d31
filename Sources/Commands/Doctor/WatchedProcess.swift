internal import Synchronization

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A run of this program whose threads are looked at every two seconds.
final class WatchedProcess: Sendable {
    private static let pause = Duration.seconds(2)
    private static let mostSamples = 300

    private let pid: pid_t
    private let stacks: String
    private let notes = Mutex("")

    /// What was seen, sample after sample.
    var samples: String { notes.withLock { $0 } }

    /// Starts a program; its standard output stays ours.
    /// - Parameters:
    ///   - variables: added to the environment.
    ///   - errors: the file for its standard error.
    ///   - stacks: the file for what its threads tell.
    init(
        _ program: String, _ arguments: [String], variables: [String: String], errors: String, stacks: String
    ) throws(CommandFailure) {
        self.stacks = stacks
        #if canImport(Glibc)
            var actions = posix_spawn_file_actions_t()
        #else
            var actions: posix_spawn_file_actions_t?
        #endif
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, errors, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        var words: [UnsafeMutablePointer<CChar>?] = (["shoal"] + arguments).map { strdup($0) } + [nil]
        let environment = Environment.ofProcess.merging(variables.merging([StackNotes.variable: stacks]) { $1 }) { $1 }
        var settings: [UnsafeMutablePointer<CChar>?] = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { (words + settings).forEach { free($0) } }
        var child: pid_t = 0
        let outcome = posix_spawn(&child, program, &actions, nil, &words, &settings)
        guard outcome == 0 else {
            throw CommandFailure(
                code: "bundle", message: "cannot run \(program): \(String(cString: strerror(outcome)))")
        }
        pid = child
    }

    /// Looks at the process until it ends.
    /// - Returns: how it ended, in words.
    func watch() async throws -> String {
        var status: Int32 = 0
        var next = ContinuousClock.now + .milliseconds(500)
        var count = 0
        while true {
            let ended = waitpid(pid, &status, WNOHANG)
            if ended == pid { break }
            if ended < 0, errno != EINTR { return "lost" }
            if next <= .now, count < Self.mostSamples {
                note()
                count += 1
                next = .now + Self.pause
            }
            do {
                try await Task.sleep(for: .milliseconds(50))
            } catch {
                kill(pid, SIGTERM)
                throw error
            }
        }
        return status & 0x7F == 0 ? "exit code \((status >> 8) & 0xFF)" : "signal \(status & 0x7F)"
    }

    /// Notes state, place in the kernel and processor time of each thread, and asks for its stack.
    private func note() {
        var text = "== \(LogLine.timestamp())\n"
        let root = "/proc/\(pid)"
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
        notes.withLock { $0 += text }
        StackNotes.ask(pid, file: stacks)
    }
}

/// Small files of the kernel, which have no size to go by.
enum ProcFile {
    static func lines(_ path: String) -> [String] {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return [] }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: 256 << 10)
        var filled = 0
        while filled < bytes.count {
            let got = bytes.withUnsafeMutableBytes { buffer in
                buffer.baseAddress.map { load(file, $0 + filled, buffer.count - filled) } ?? 0
            }
            guard got > 0 else { break }
            filled += got
        }
        return String(decoding: bytes[..<filled], as: UTF8.self).split(separator: "\n").map(String.init)
    }

    static func names(_ folder: String) -> [String] {
        guard let handle = opendir(folder) else { return [] }
        defer { closedir(handle) }
        var names: [String] = []
        while let entry = readdir(handle) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if !name.hasPrefix(".") { names.append(name) }
        }
        return names
    }
}

/// Outside of the type, whose own `read` would be found first.
private func load(_ file: Int32, _ base: UnsafeMutableRawPointer, _ count: Int) -> Int { read(file, base, count) }
