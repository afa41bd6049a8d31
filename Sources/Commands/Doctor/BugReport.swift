#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The archive of `shoal doctor --bundle`: findings, machine, log, and what a watched command did.
struct BugReport {
    struct Entry {
        var name: String
        var text: String

        init(_ name: String, _ text: String) { (self.name, self.text) = (name, text) }
    }

    private static let longestLog = 4 << 20

    /// Where the archive goes, absolute.
    var path: String
    /// The findings of the doctor as JSON.
    var findings = "{}"
    /// What tells of a watched command.
    var run: [Entry] = []

    /// Writes the archive, or puts it in the place of an earlier one.
    func write() throws(CommandFailure) {
        var archive = TarArchive(modified: Int64(time(nil)))
        archive.add("doctor.json", RunSecrets.hidden(in: findings) + "\n")
        archive.add("machine.txt", Self.machine())
        let variables = EnvironmentCommand.harmless(Environment.ofProcess)
        archive.add(
            "environment.txt",
            RunSecrets.hidden(in: variables.keys.sorted().map { "\($0)=\(variables[$0] ?? "")\n" }.joined()))
        if let log = LogSettings.current.file { archive.add("log.txt", Self.end(of: log, Self.longestLog)) }
        for entry in run { archive.add(entry.name, entry.text) }
        do throws(OutputFile.Failure) {
            try OutputFile.write(archive.finished, to: path)
        } catch {
            throw CommandFailure(
                code: "bundle", message: "the report cannot be written: \(error)",
                hint: "name another file with --bundle")
        }
    }

    /// The last part of a text file, without secrets.
    static func end(of path: String, _ longest: Int) -> String {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return "(cannot be read: \(String(cString: strerror(errno))))\n" }
        defer { close(file) }
        let size = Int(lseek(file, 0, SEEK_END))
        let start = max(0, size - longest)
        var bytes = [UInt8](repeating: 0, count: max(0, size - start))
        let got = bytes.withUnsafeMutableBytes { pread(file, $0.baseAddress, $0.count, off_t(start)) }
        var text = bytes.prefix(max(0, got))
        if start > 0, let line = text.firstIndex(of: UInt8(ascii: "\n")) { text = text[(line + 1)...] }
        return RunSecrets.hidden(in: String(decoding: text, as: UTF8.self))
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
