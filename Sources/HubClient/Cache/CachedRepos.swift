internal import HubWire

/// What repositories a cache has, by the names of its folders alone.
public enum CachedRepos {
    /// `ns/name`, with `datasets/` or `spaces/` in front, sorted; nothing when there is no cache.
    public static func references(in cacheDirectory: String) -> [String] {
        let names = (try? Disk.names(in: cacheDirectory)) ?? []
        return names.compactMap { reference(folder: $0).map(\.description) }
    }

    /// The repository that a folder of a cache is called after; nil for other folders.
    static func reference(folder name: String) -> RepoReference? {
        for type in RepoType.allCases where name.hasPrefix(type.plural + "--") {
            // Names have no `--`, so that every one of them stands for a slash.
            let parts = name.dropFirst(type.plural.count + 2).split(separator: "-", omittingEmptySubsequences: false)
            var id = ""
            var index = 0
            while index < parts.count {
                if index > 0, parts[index].isEmpty, index + 1 < parts.count {
                    id += "/" + parts[index + 1]
                    index += 2
                } else {
                    id += (index > 0 ? "-" : "") + parts[index]
                    index += 1
                }
            }
            return RepoID(id).map { RepoReference(type: type, id: $0) }
        }
        return nil
    }
}
