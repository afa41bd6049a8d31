internal import HubWire

extension RepoLocation {
    /// Parses what users type or paste: every form of ``init(parsing:)``, and the address of a page of a hub such as
    /// `https://huggingface.co/ns/name/blob/main/config.json`.
    ///
    /// `tree` pages name a folder, so their path gets a trailing slash; `blob`, `resolve` and `raw` pages name a file.
    /// - Parameter endpoint: the hub that is asked. Addresses of huggingface.co are fine for every endpoint, which may
    ///   be a mirror of it.
    /// - Throws: ``HubError`` with code `bad_reference`.
    public init(parsing text: String, endpoint: String) throws(HubError) {
        guard let rest = try RepoLocation.pathOfPage(text, endpoint: endpoint) else {
            self = try RepoLocation(parsing: text)
            return
        }
        var parts = rest.prefix { $0 != "?" && $0 != "#" }.split(separator: "/").map(String.init)
        var type = RepoType.model
        if let first = parts.first, let named = RepoType(plural: first) {
            type = named
            parts.removeFirst()
        }
        let verbs: Set<String> = ["tree", "blob", "resolve", "raw", "commit"]
        let nameLength = parts.count > 1 && !verbs.contains(parts[1]) ? 2 : 1
        var name = parts.prefix(nameLength).joined(separator: "/")
        if name.hasSuffix(".git") { name.removeLast(4) }
        parts.removeFirst(min(nameLength, parts.count))
        guard let id = RepoID(name) else { throw RepoLocation.unknownPage(text) }
        guard let verb = parts.first else {
            self.init(repo: RepoReference(type: type, id: id), path: nil)
            return
        }
        parts.removeFirst()
        guard verbs.contains(verb), !parts.isEmpty else { throw RepoLocation.unknownPage(text) }
        let isSpecial = parts.count >= 3 && parts[0] == "refs" && (parts[1] == "pr" || parts[1] == "convert")
        let revisionParts = parts.prefix(isSpecial ? 3 : 1)
        let decoded = (
            revisionParts.joined(separator: "/"), parts.dropFirst(revisionParts.count).joined(separator: "/")
        )
        guard let revision = PercentEncoding.decode(decoded.0), let path = PercentEncoding.decode(decoded.1),
            path.isEmpty || verb != "commit", !path.isEmpty || verb == "tree" || verb == "commit"
        else { throw RepoLocation.unknownPage(text) }
        try RepoReference.validate(revision: revision)
        self.init(
            repo: RepoReference(type: type, id: id, revision: revision),
            path: path.isEmpty ? nil : path + (verb == "tree" ? "/" : ""))
    }

    /// What stands behind the hub's address; nil when the text is no web address at all.
    private static func pathOfPage(_ text: String, endpoint: String) throws(HubError) -> Substring? {
        let base = HubSettings.trimmingSlashes(endpoint)
        let known = [
            base, "https://huggingface.co", "https://hf.co", "https://www.huggingface.co", "http://huggingface.co",
        ]
        for prefix in known + ["huggingface.co", "hf.co"] where text.hasPrefix(prefix + "/") {
            return text.dropFirst(prefix.count + 1)
        }
        guard text.hasPrefix("http://") || text.hasPrefix("https://") else { return nil }
        let scheme = text.prefix { $0 != ":" }
        let host = text.dropFirst(scheme.count + 3).prefix { $0 != "/" }
        throw HubError(
            .badReference, "'\(text)' is a page of another hub than \(base).",
            hint: "Name that hub with --endpoint \(scheme)://\(host)")
    }

    private static func unknownPage(_ text: String) -> HubError {
        HubError(
            .badReference, "'\(text)' is not the page of a repository, a folder or a file.",
            hint: "Copy the address of the repository, or of one of its files.")
    }
}
