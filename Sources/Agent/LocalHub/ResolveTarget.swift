internal import HubClient
internal import HubWire

/// A file of a repository as a URL names it: `/{prefix}{repo}/resolve/{revision}/{path}` (hub-api §1.3).
struct ResolveTarget: Sendable, Hashable {
    /// With the revision.
    var repo: RepoReference
    /// The path inside the repository.
    var path: String

    /// - Parameter segments: of the raw path.
    /// - Returns: nil for anything else.
    init?(_ segments: [Substring]) {
        var rest = segments[...]
        var type = RepoType.model
        if let first = rest.first, let other = RepoType(plural: first), other != .model, rest.count > 4 {
            type = other
            rest = rest.dropFirst()
        }
        guard let mark = rest.prefix(3).firstIndex(of: "resolve"), mark > rest.startIndex,
            let id = RepoID(rest[..<mark].joined(separator: "/"))
        else { return nil }
        rest = rest[(mark + 1)...]
        guard let revision = rest.first.flatMap({ PercentEncoding.decode($0) }), !revision.isEmpty else { return nil }
        let parts = rest.dropFirst().map { PercentEncoding.decode($0) }
        guard !parts.isEmpty, parts.allSatisfy({ $0?.isEmpty == false && $0 != "." && $0 != ".." }) else { return nil }
        repo = RepoReference(type: type, id: id, revision: revision)
        path = parts.compactMap(\.self).joined(separator: "/")
    }

    /// The repository at a commit.
    func pinned(to commit: String) -> RepoReference { RepoReference(type: repo.type, id: repo.id, revision: commit) }
}
