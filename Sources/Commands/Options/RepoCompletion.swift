internal import ArgumentParser
internal import HubClient

extension CompletionKind {
    /// The repositories that the cache has.
    static var cachedRepo: CompletionKind {
        .custom { _, _, prefix in
            guard let settings = try? Environment.settings() else { return [] }
            return CachedRepos.references(in: settings.cacheDirectory).filter { $0.hasPrefix(prefix) }
        }
    }
}
