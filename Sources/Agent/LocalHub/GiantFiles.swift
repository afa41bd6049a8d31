internal import HubClient
internal import HubWire
internal import Synchronization

/// Files that `huggingface_hub` refuses to fetch by plain HTTP: it is told of the Xet storage, for those alone.
final class GiantFiles: Sendable {
    /// The largest file that clients fetch by plain HTTP.
    private static let largestPlain: UInt64 = 50_000_000_000
    private static let capacity = 4096

    /// Routes of the commits that have such files.
    private let routes = Mutex<Set<String>>([])

    /// The path where a token for the storage is given; nil for files that come by plain HTTP.
    func route(to facts: FileFacts, of target: ResolveTarget) -> String? {
        guard facts.metadata.size > Self.largestPlain else { return nil }
        let repo = target.repo
        let route = "/api/\(repo.type.plural)/\(repo.id)/xet-read-token/\(facts.metadata.commit)"
        routes.withLock { routes in
            if routes.count >= Self.capacity { routes = [] }
            routes.insert(route)
        }
        return route
    }

    /// Whether a token may be asked for here.
    /// - Parameter segments: of the raw path.
    func contains(_ segments: [Substring]) -> Bool {
        let path = "/" + segments.joined(separator: "/")
        return routes.withLock { $0.contains(path) }
    }
}
