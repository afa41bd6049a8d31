import HubWire

/// A path that git or git-lfs asks for: `{repository}[.git]/info/…`, `…/git-upload-pack`, `…/git-receive-pack`.
struct GitDoor: Sendable {
    var type: RepoType
    var name: RepoName
    /// Decoded segments after the repository's name.
    var rest: [String]

    var isLFS: Bool { rest.starts(with: ["info", "lfs"]) }

    /// Nil when the raw path segments lead elsewhere.
    init?(_ segments: [Substring]) throws(HubFailure) {
        let type = segments.first.flatMap { RepoType(plural: $0) }
        let path = type == nil ? segments[...] : segments.dropFirst()
        guard path.count >= 3 else { return nil }
        let parts = Array(path)
        let isOurs =
            switch (parts[2], parts.count) {
            case ("info", 4): parts[3] == "refs"
            case ("info", 5...): parts[3] == "lfs"
            case ("git-upload-pack", 3), ("git-receive-pack", 3): true
            default: false
            }
        guard isOurs else { return nil }
        let name = parts[1].hasSuffix(".git") ? parts[1].dropLast(4) : parts[1]
        self.type = type ?? .model
        self.name = try RepoName(parts[0], name)
        rest = []
        for part in parts[2...] { rest.append(try PathSegment.decode(part)) }
    }
}
