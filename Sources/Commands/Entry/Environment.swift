internal import HubClient

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The process's surroundings.
package enum Environment {
    /// The environment variables, and those that the settings file stands for where they are not set, empty, or cannot
    /// be used.
    package static var variables: [String: String] {
        let own = ofProcess
        return own.merging(ConfigFile.current.values(beside: own)) { $1 }
    }

    /// The settings that variables and the settings file ask for.
    /// - Throws: ``CommandFailure`` when the settings file cannot be used.
    static func settings() throws(CommandFailure) -> HubSettings {
        try requireSettings()
        return HubSettings(environment: variables, home: home)
    }

    /// - Throws: ``CommandFailure`` when the settings file cannot be used, for what does without most of it.
    package static func requireSettings() throws(CommandFailure) {
        if let failure = ConfigFile.current.failure { throw failure }
    }

    /// What the process was started with.
    static var ofProcess: [String: String] { ProcessSurroundings.variables }

    package static subscript(_ name: String) -> String? {
        guard ConfigFile.current.values[name] == nil else { return variables[name] }
        return getenv(name).map { String(cString: $0) }
    }

    /// The user's home folder.
    package static var home: String { ProcessSurroundings.home }

    /// The program's own state: `$XDG_STATE_HOME/shoal`, else `~/.local/state/shoal`. Never in the Hugging Face
    /// folders, which are often on a network or shared.
    package static var stateDirectory: String {
        if let folder = self["XDG_STATE_HOME"], folder.hasPrefix("/") { return folder + "/shoal" }
        return home + "/.local/state/shoal"
    }

    /// `SHOAL_INDEX_SIZE`: bytes on disk for what is remembered, with K, M or G for multiples of 1024; 0 remembers
    /// nothing. Nil when it is not set, or not such a number.
    static var indexBytes: Int? {
        self["SHOAL_INDEX_SIZE"].flatMap { ByteAmount.parse($0) }
    }

    /// Whether a push may ask the hub about chunks: not with `SHOAL_GLOBAL_DEDUP=0`, nor when Python's client is told
    /// not to.
    static var asksAboutChunks: Bool {
        ["SHOAL_GLOBAL_DEDUP", "HF_XET_DEDUPLICATION_GLOBAL_DEDUP_QUERY_ENABLED"].allSatisfy {
            !["0", "false", "no", "off"].contains(self[$0]?.lowercased() ?? "")
        }
    }

    /// `SHOAL_P2P`: whether peers are used. False: nothing may go to peers or come from them; nil: only what a command
    /// line names.
    /// - Throws: as ``checked(_:)``.
    package static func peerToPeer() throws(CommandFailure) -> Bool? {
        try checked("SHOAL_P2P").flatMap { SettingValue.truth(of: $0) }
    }

    /// Why a command that needs peers cannot go on.
    /// - Parameter alternative: what else helps, to follow the remedy.
    package static func peersAreOff(orElse alternative: String = "") -> CommandFailure {
        let isFixed = ConfigFile.current.fixed.contains("SHOAL_P2P")
        return CommandFailure(
            code: "p2p_off", message: "peers are switched off by \(ConfigFile.current.name(of: "SHOAL_P2P"))",
            hint: (isFixed ? "whoever runs this machine can allow them" : "set SHOAL_P2P=1 to allow them") + alternative
        )
    }

    /// Whether files that have a Xet hash may come from peers alone: `SHOAL_P2P_ONLY=1`.
    /// - Throws: as ``checked(_:)``.
    static func isPeerToPeerOnly() throws(CommandFailure) -> Bool {
        try checked("SHOAL_P2P_ONLY").flatMap { SettingValue.truth(of: $0) } == true
    }

    /// Seconds that are waited for somebody where peers are the only source: `SHOAL_P2P_WAIT`; nil when nothing says.
    /// - Throws: as ``checked(_:)``.
    static func peerToPeerWait() throws(CommandFailure) -> Int? { try checked("SHOAL_P2P_WAIT").flatMap { Int($0) } }

    /// The value of a variable, or of the key of the settings file that stands for it; nil when neither says anything.
    /// - Throws: ``CommandFailure`` when it cannot be used.
    package static func checked(_ variable: String) throws(CommandFailure) -> String? {
        guard let value = self[variable], !value.isEmpty else { return nil }
        if let expected = SettingValue.expected(of: variable, in: value) {
            throw .usage("\(ConfigFile.current.name(of: variable)) is '\(RunSecrets.byForm(value))', not \(expected)")
        }
        return value
    }

    /// The working folder.
    static var workingDirectory: String {
        guard let path = getcwd(nil, 0) else { return "/" }
        defer { free(path) }
        return String(cString: path)
    }

    /// Whether there is a folder at `path`.
    static func isFolder(_ path: String) -> Bool { kind(path) == .folder }

    /// What is at `path`: a folder, or anything else that can be named; nil when nothing is there.
    static func kind(_ path: String) -> PushWords.Kind? {
        var status = stat()
        guard stat(absolute(path), &status) == 0 else { return nil }
        return status.st_mode & S_IFMT == S_IFDIR ? .folder : .file
    }

    /// `path` made absolute, with a leading `~/` meaning the home folder.
    package static func absolute(_ path: String) -> String {
        if path.hasPrefix("/") { return path }
        if path == "~" { return home }
        if path.hasPrefix("~/") { return home + path.dropFirst() }
        var rest = path[...]
        while rest.hasPrefix("./") { rest = rest.dropFirst(2).drop { $0 == "/" } }
        return rest == "." ? workingDirectory : workingDirectory + "/" + rest
    }
}

extension StringProtocol {
    /// Without white space and line ends at both sides.
    func trimmingSpaces() -> String {
        String(drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
    }
}
