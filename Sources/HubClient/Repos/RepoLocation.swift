internal import HubWire

/// A repository and perhaps a path inside it: `hf://[type/]ns/name[@revision][/path]`.
public struct RepoLocation: Hashable, Sendable {
    public var repo: RepoReference
    /// The path inside the repository; a trailing slash means the folder. Nil for the repository itself.
    public var path: String?

    public init(repo: RepoReference, path: String? = nil) {
        self.repo = repo
        self.path = path
    }

    /// Parses a repository argument, with or without `hf://`.
    ///
    /// Revisions in `hf://` may be percent-encoded; `refs/pr/N` and `refs/convert/NAME` may be written as they are.
    public init(parsing text: String) throws(HubError) {
        let isURI = text.hasPrefix("hf://")
        var parts = (isURI ? text.dropFirst(5) : text[...])
            .split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        let namesFolder = parts.count > 1 && parts.last == ""
        if namesFolder { parts.removeLast() }

        var type = RepoType.model
        // `datasets/squad` could be a model of the user "datasets"; the Hub reserves these names, so it is not.
        if let first = parts.first, let named = RepoType(plural: first) {
            type = named
            parts.removeFirst()
        }
        var revision: String?
        var path: [String] = []
        if let marked = parts.indices.prefix(2).first(where: { parts[$0].contains("@") }) {
            let pieces = parts[marked].split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
            var behind = [String(pieces[1])] + parts[(marked + 1)...]
            parts = parts[..<marked] + [String(pieces[0])]
            let isSpecial = behind.count >= 3 && behind[0] == "refs" && (behind[1] == "pr" || behind[1] == "convert")
            let count = isSpecial ? 3 : 1
            let written = behind.prefix(count).joined(separator: "/")
            behind.removeFirst(count)
            guard let decoded = isURI ? PercentEncoding.decode(written) : written else {
                throw RepoLocation.unusable(text)
            }
            revision = decoded
            path = behind
        } else if parts.count > 2 {
            path = Array(parts[2...])
            parts = Array(parts[..<2])
        }
        guard (1...2).contains(parts.count), let id = RepoID(parts.joined(separator: "/")), isURI || path.isEmpty,
            path.allSatisfy({ !$0.isEmpty })
        else { throw RepoLocation.unusable(text) }
        if let revision { try RepoReference.validate(revision: revision) }
        repo = RepoReference(type: type, id: id, revision: revision)
        self.path = path.isEmpty ? nil : path.joined(separator: "/") + (namesFolder ? "/" : "")
    }

    private static func unusable(_ text: String) -> HubError {
        HubError(
            .badReference, "'\(text)' is not the name of a repository.",
            hint: "Write NAMESPACE/NAME, datasets/NAMESPACE/NAME, or hf://NAMESPACE/NAME@REVISION.")
    }
}
