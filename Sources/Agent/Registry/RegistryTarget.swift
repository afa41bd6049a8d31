internal import HubWire

/// What a path of the registry's API names: `/v2/{namespace}/{name}/manifests/{tag}` or `…/blobs/sha256:{digest}`.
enum RegistryTarget: Sendable, Hashable {
    /// Whether there is a registry.
    case root
    case manifest(RepoID, tag: String)
    /// - Parameter digest: 64 lower-case hex digits.
    case blob(RepoID, digest: String)

    /// - Parameter segments: of the raw path.
    /// - Returns: nil for anything else.
    init?(_ segments: [Substring]) {
        guard segments.first == "v2" else { return nil }
        if segments.count == 1 || segments == ["v2", ""] {
            self = .root
            return
        }
        guard segments.count == 5, let id = RepoID("\(segments[1])/\(segments[2])"),
            let last = PercentEncoding.decode(segments[4])
        else { return nil }
        switch segments[3] {
        case "manifests":
            guard !last.isEmpty, !last.contains("/") else { return nil }
            self = .manifest(id, tag: last)
        case "blobs":
            let digest = last.dropFirst(7)
            guard last.hasPrefix("sha256:"), digest.utf8.count == 64,
                digest.utf8.allSatisfy({ (48...57).contains($0) || (97...102).contains($0) })
            else { return nil }
            self = .blob(id, digest: String(digest))
        default: return nil
        }
    }
}
