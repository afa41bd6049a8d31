internal import Terminal

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The archive of `shoal doctor --bundle`: findings, machine, log, and what a watched command did.
struct BugReport {
    /// The findings of the doctor as JSON.
    var findings: String
    /// Words of a command line of this program; empty for none.
    var command: [String]

    private static let largestLog = 4 << 20

    func write(to path: String) async throws {
        var archive = TarArchive(modified: Int64(time(nil)))
        archive.add("doctor.json", LogLine.withoutSecrets(findings) + "\n")
        archive.add("machine.txt", Self.machine())
        let variables = EnvironmentCommand.harmless(Environment.ofProcess)
        archive.add(
            "environment.txt", variables.keys.sorted().map { "\($0)=\(variables[$0] ?? "")\n" }.joined())
        if let log = LogSettings.current.file { archive.add("log.txt", Self.end(of: log)) }
        if !command.isEmpty { try await watch(into: &archive) }
        do {
            try OutputFile.write(archive.finished, to: path)
        } catch {
            throw CommandFailure(
                code: "bundle", message: "the report cannot be written: \(error)",
                hint: "name another file with --bundle")
        }
    }

    /// Runs the command with a log of its own and notes what its threads do.
    private func watch(into archive: inout TarArchive) async throws {
        let folder = Environment[("TMPDIR")].flatMap { $0.isEmpty ? nil : $0 } ?? "/tmp"
        let base = "\(folder)/shoal-doctor-\(getpid())"
        let (log, errors, stacks) = (base + ".log", base + ".err", base + ".stacks")
        defer { for file in [log, errors, stacks] { unlink(file) } }
        guard let program = ServerSibling.ownPath() else { return }
        TerminalStream.error.writeLine("running: shoal \(command.joined(separator: " "))")
        let child = try WatchedProcess(
            program, command, variables: ["SHOAL_LOG_FILE": log, "SHOAL_LOG": "debug"], errors: errors, stacks: stacks)
        let status = try await child.watch()
        archive.add(
            "run/command.txt", LogLine.withoutSecrets("shoal " + command.joined(separator: " ")) + "\n\(status)\n")
        archive.add("run/errors.txt", Self.end(of: errors))
        archive.add("run/log.txt", Self.end(of: log))
        archive.add("run/threads.txt", child.samples)
        archive.add("run/stacks.txt", Self.end(of: stacks))
        TerminalStream.error.writeLine("it ended: \(status)")
    }

    /// The last part of a text file, without secrets.
    private static func end(of path: String) -> String {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return "(cannot be read: \(String(cString: strerror(errno))))\n" }
        defer { close(file) }
        let size = Int(lseek(file, 0, SEEK_END))
        let start = max(0, size - largestLog)
        var bytes = [UInt8](repeating: 0, count: size - start)
        let got = bytes.withUnsafeMutableBytes { pread(file, $0.baseAddress, $0.count, off_t(start)) }
        var text = String(decoding: bytes.prefix(max(0, got)), as: UTF8.self)
        if start > 0, let line = text.firstIndex(where: \.isNewline) { text = String(text[line...].dropFirst()) }
        return text.split(separator: "\n", omittingEmptySubsequences: false).map { LogLine.withoutSecrets(String($0)) }
            .joined(separator: "\n")
    }

    private static func machine() -> String {
        var names = utsname()
        uname(&names)
        func text<T>(_ field: T) -> String {
            withUnsafeBytes(of: field) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        }
        var lines = [
            "shoal \(ShoalVersion.current)", "time \(LogLine.timestamp())",
            "system \(text(names.sysname)) \(text(names.release)) \(text(names.machine))",
            "processors \(sysconf(Int32(_SC_NPROCESSORS_ONLN)))",
        ]
        let places: [(path: String, words: [String])] = [
            ("/etc/os-release", ["PRETTY_NAME"]), ("/proc/cpuinfo", ["model name", "flags"]),
            ("/proc/meminfo", ["MemTotal", "MemAvailable", "SwapFree"]), ("/proc/self/limits", ["Max open files"]),
            ("/sys/fs/cgroup/memory.max", [""]), ("/sys/fs/cgroup/cpu.max", [""]),
            ("/proc/sys/net/ipv4/tcp_rmem", [""]),
        ]
        for (path, words) in places {
            for word in words {
                guard let line = ProcFile.lines(path).first(where: { $0.hasPrefix(word) }) else { continue }
                lines.append("\(path): \(line)")
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }
}
