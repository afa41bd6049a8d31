#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// Where an agent keeps what is its own, and where others find out about it (docs/agent.md, "Where it is found").
package struct AgentFolder: Sendable, Hashable {
    package let path: String

    package init(path: String) { self.path = path }

    /// What secures the control API.
    package var tokenFile: String { path + "/token" }
    /// What a running agent says about itself.
    package var documentFile: String { path + "/agent.json" }
    package var lockFile: String { path + "/agent.lock" }
    package var logFile: String { path + "/agent.log" }
    /// What is remembered of torrents: what was paused, given, begun.
    package var torrentsFile: String { path + "/torrents.json" }
    /// What the engine of torrents knows of the DHT.
    package var tableFile: String { path + "/dht" }
    /// Files on their way to clients.
    package var filesFolder: String { path + "/files" }
    /// Who has read what that is not public.
    package var readersFolder: String { path + "/readers" }

    /// Makes the folders that are missing, for the user alone.
    package func prepare() throws(AgentError) {
        var prefix = ""
        for part in path.split(separator: "/") {
            prefix += "/" + part
            try Self.create(prefix)
        }
        try Self.create(filesFolder)
        try Self.create(readersFolder)
        // It may have been made by somebody with other habits.
        guard chmod(path, 0o700) == 0 else { throw .storage("cannot protect \(path)", errno) }
    }

    private static func create(_ folder: String) throws(AgentError) {
        guard mkdir(folder, 0o700) != 0, errno != EEXIST else { return }
        let code = errno
        var status = stat()
        guard stat(folder, &status) != 0 else { return }
        throw .storage("cannot make the folder \(folder)", code)
    }

    /// The token that is there.
    package func token() -> String? {
        guard let bytes = SmallFile.read(tokenFile) else { return nil }
        let text = String(decoding: bytes.prefix { $0 != 10 && $0 != 13 }, as: UTF8.self)
        return AgentToken.isUsable(text) ? text : nil
    }

    /// The token that is there, or a new one where there is none.
    package func makeToken() throws(AgentError) -> String {
        if let known = token() { return known }
        let token = AgentToken.make()
        try SmallFile.write(Array((token + "\n").utf8), to: tokenFile)
        return token
    }
}
