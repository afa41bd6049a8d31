#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The second executable, which has the web server and the database that this one leaves out.
public enum ServerSibling {
    static let name = "shoal-server"

    /// Subcommands that the sibling answers.
    static let commands: Set<String> = [
        "hub", "tracker", "demo", "bench",
        "start", "stop", "status", "serve", "seed",
        "init", "share", "get", "discover", "mirror", "list", "registry", "trust",
    ]

    /// Whether the sibling answers a command line.
    static func answers(_ arguments: [String]) -> Bool {
        guard let first = arguments.first, commands.contains(first) else { return false }
        return first != "list" || !namesRepository(arguments.dropFirst())
    }

    /// The command line with `ls` in the place of `list`, where that is asked of a repository.
    static func withoutAmbiguity(_ arguments: [String]) -> [String] {
        guard arguments.first == "list", namesRepository(arguments.dropFirst()) else { return arguments }
        return ["ls"] + arguments.dropFirst()
    }

    /// Whether anything stands behind `list` that only `ls` takes.
    private static func namesRepository(_ words: ArraySlice<String>) -> Bool {
        var rest = words
        while let word = rest.popFirst() {
            if word == "--format" {
                rest = rest.dropFirst()
            } else if !listFlags.contains(word),
                !word.hasPrefix("--format=")
            {
                return true
            }
        }
        return false
    }

    private static let listFlags: Set<String> = ["--json", "-q", "--quiet", "-h", "--help"]

    /// Becomes the sibling with these arguments. Returns only when it cannot, with the reason.
    static func become(arguments: [String]) -> CommandFailure {
        guard let path = find() else {
            return CommandFailure(
                code: "server_missing", message: "\(name) was not found beside this program or in PATH",
                hint: "install both programs into one folder; `make install PREFIX=…` does")
        }
        // It calls itself by the name that the user typed.
        var strings: [UnsafeMutablePointer<CChar>?] = (["shoal"] + arguments).map { strdup($0) }
        strings.append(nil)
        execv(path, strings)
        let reason = String(cString: strerror(errno))
        strings.forEach { free($0) }
        return CommandFailure(
            code: "server_unusable", message: "cannot run \(path): \(reason)",
            hint: "install it again; `make install PREFIX=…` does")
    }

    /// What the sibling prints for these arguments; nil when it is not there, or fails.
    static func output(of arguments: [String]) -> String? {
        guard let path = find() else { return nil }
        let words = ([path] + arguments).map { "'" + $0.replacing("'", with: "'\\''") + "'" }
        guard let pipe = popen(words.joined(separator: " "), "r") else { return nil }
        var bytes: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 1 << 16)
        while case let count = fread(&part, 1, part.count, pipe), count > 0 { bytes += part[..<count] }
        return pclose(pipe) == 0 ? String(decoding: bytes, as: UTF8.self) : nil
    }

    /// Where the sibling is: beside the real file of this executable, else in PATH.
    static func find() -> String? {
        var folders: [String] = []
        if let own = ownPath(), let slash = own.lastIndex(of: "/") { folders.append(String(own[..<slash])) }
        folders += (Environment["PATH"] ?? "").split(separator: ":").map(String.init)
        return folders.lazy.map { $0 + "/" + name }.first { access($0, X_OK) == 0 && isFile($0) }
    }

    /// The real path of the running executable, links resolved.
    public static func ownPath() -> String? {
        #if canImport(Glibc)
            let start = "/proc/self/exe"
        #else
            let start = CommandLine.arguments.first ?? ""
        #endif
        guard let resolved = realpath(start, nil) else { return nil }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    private static func isFile(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
    }
}
