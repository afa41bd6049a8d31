#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// The token files of the Hugging Face tools: `token` holds the active token, `stored_tokens` beside it all named
/// ones (hub-api §2.8). Both are readable by their owner only.
public struct TokenStore: Sendable {
    private let tokenPath: String
    private let storedPath: String

    public init(settings: HubSettings) { self.init(tokenPath: settings.tokenPath) }

    init(tokenPath: String) {
        self.tokenPath = tokenPath
        storedPath = LocalPath.join(LocalPath.folder(of: tokenPath), "stored_tokens")
    }

    /// The active token, without blanks and line ends; nil when nobody is logged in.
    public func current() -> String? { Disk.text(tokenPath, upTo: 1 << 16).flatMap { HubSettings.cleaned(token: $0) } }

    /// The names of the stored tokens.
    public func names() -> [String] { stored().map(\.name) }

    /// The stored tokens by their names.
    public func tokens() -> [(name: String, token: String)] {
        stored().compactMap { entry in
            entry.fields.first { $0.key == "hf_token" }.map { (name: entry.name, token: $0.value) }
        }
    }

    /// Makes a stored token the active one.
    /// - Throws: ``HubError`` with code `token_not_found` when none has that name.
    public func activate(name: String) throws(HubError) {
        let known = tokens()
        guard let entry = known.first(where: { $0.name == name }), !entry.token.isEmpty else {
            throw HubError(
                .tokenNotFound, "No token is stored under the name '\(name)'.",
                hint: known.isEmpty
                    ? "Run 'shoal login'." : "Stored are: \(known.map(\.name).joined(separator: ", ")).")
        }
        try Disk.write(entry.token, to: tokenPath, mode: 0o600)
    }

    /// Stores a token under a name and makes it the active one.
    /// - Parameter name: the token's display name at the hub; brackets and control characters are taken out.
    public func save(token: String, name: String = "default") throws(HubError) {
        guard let token = HubSettings.cleaned(token: token) else {
            throw HubError(.badToken, "The token is empty.", hint: "Paste the whole token; it starts with 'hf_'.")
        }
        let folder = LocalPath.folder(of: tokenPath)
        let isNew = !Disk.exists(folder)
        try Disk.createFolder(folder)
        if isNew { try? Disk.setPermissions(0o700, folder) }
        let usable = String(
            String.UnicodeScalarView(name.unicodeScalars.filter { $0.value >= 0x20 && $0 != "[" && $0 != "]" }))
        var entries = stored()
        let entry = StoredToken(name: usable.isEmpty ? "default" : usable, fields: [("hf_token", token)])
        entries.removeAll { $0.name == entry.name }
        entries.append(entry)
        try write(entries)
        try Disk.write(token, to: tokenPath, mode: 0o600)
    }

    /// Forgets one token, or all of them.
    /// - Returns: whether there was anything to forget.
    @discardableResult
    public func remove(name: String? = nil) throws(HubError) -> Bool {
        let entries = stored()
        guard let name else {
            let hadAny = Disk.exists(tokenPath) || Disk.exists(storedPath)
            try Disk.remove(tokenPath)
            try Disk.remove(storedPath)
            return hadAny
        }
        guard let gone = entries.first(where: { $0.name == name }) else { return false }
        try write(entries.filter { $0.name != name })
        if gone.fields.contains(where: { $0.key == "hf_token" && $0.value == current() }) { try Disk.remove(tokenPath) }
        return true
    }

    private struct StoredToken {
        var name: String
        var fields: [(key: String, value: String)]
    }

    /// Reads the INI file as Python's `configparser` does, as far as these files need it.
    private func stored() -> [StoredToken] {
        var entries: [StoredToken] = []
        for line in (Disk.text(storedPath) ?? "").split(whereSeparator: \.isNewline) {
            if line.hasPrefix("#") || line.hasPrefix(";") { continue }
            if line.hasPrefix("["), let close = line.lastIndex(of: "]") {
                entries.append(StoredToken(name: String(line[line.index(after: line.startIndex)..<close]), fields: []))
            } else if let mark = line.firstIndex(where: { $0 == "=" || $0 == ":" }), !entries.isEmpty {
                let key = HubSettings.cleaned(token: String(line[..<mark])) ?? ""
                let value = HubSettings.cleaned(token: String(line[line.index(after: mark)...])) ?? ""
                entries[entries.count - 1].fields.append((key.lowercased(), value))
            }
        }
        return entries
    }

    private func write(_ entries: [StoredToken]) throws(HubError) {
        let sorted = entries.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
        let text = sorted.map { entry in
            "[\(entry.name)]\n" + entry.fields.map { "\($0.key) = \($0.value)\n" }.joined() + "\n"
        }
        try Disk.write(text.joined(), to: storedPath, mode: 0o600)
    }
}
