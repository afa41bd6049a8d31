#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The process's surroundings.
enum Environment {
    /// All environment variables.
    static var variables: [String: String] {
        var result: [String: String] = [:]
        var entry = environ
        while let text = entry.pointee {
            let pair = String(cString: text).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if pair.count == 2 { result[String(pair[0])] = String(pair[1]) }
            entry += 1
        }
        return result
    }

    static subscript(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

    /// The user's home folder: `HOME`, else the account's entry.
    static var home: String {
        if let home = self["HOME"], !home.isEmpty { return home }
        guard let account = getpwuid(getuid()), let folder = account.pointee.pw_dir else { return "/" }
        return String(cString: folder)
    }

    /// The program's own state: `$XDG_STATE_HOME/shoal`, else `~/.local/state/shoal`. Never in the Hugging Face
    /// folders, which are often on a network or shared.
    static var stateDirectory: String {
        if let folder = self["XDG_STATE_HOME"], folder.hasPrefix("/") { return folder + "/shoal" }
        return home + "/.local/state/shoal"
    }

    /// The working folder.
    static var workingDirectory: String {
        guard let path = getcwd(nil, 0) else { return "/" }
        defer { free(path) }
        return String(cString: path)
    }

    /// Whether there is a folder at `path`.
    static func isFolder(_ path: String) -> Bool {
        var status = stat()
        return stat(absolute(path), &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// `path` made absolute, with a leading `~/` meaning the home folder.
    static func absolute(_ path: String) -> String {
        if path.hasPrefix("/") { return path }
        if path == "~" { return home }
        if path.hasPrefix("~/") { return home + path.dropFirst() }
        return workingDirectory + "/" + path
    }
}

extension StringProtocol {
    /// Without white space and line ends at both sides.
    func trimmingSpaces() -> String {
        String(drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
    }
}
