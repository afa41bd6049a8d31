internal import HubClient
internal import PublishWire

/// Finds out which repositories of Hugging Face caches files belong to, whatever way led to them.
enum CacheFolders {
    /// The folders of the repositories, without those of no repository.
    /// - Parameter caches: folders whose first level holds repositories; others are known by how they are made.
    static func repositories(of files: [ShareContent.File], caches: [String]) -> [String] {
        let roots = caches.compactMap { FolderPath.real($0) }
        var found: Set<String> = []
        for file in files {
            guard let real = FolderPath.real(file.source) else { continue }
            if let cache = roots.first(where: { FolderPath.contains($0, real) && $0 != real }),
                let name = real.dropFirst(cache.count + 1).split(separator: "/").first
            {
                found.insert("\(cache)/\(name)")
            }
            if let folder = repository(real) { found.insert(folder) }
        }
        return found.sorted()
    }

    /// `…/models--ORG--NAME` of a path with `blobs` or `snapshots` behind it.
    private static func repository(_ path: String) -> String? {
        let parts = path.split(separator: "/")
        for (index, next) in parts.indices.dropFirst().enumerated()
        where ["blobs", "snapshots"].contains(parts[next]) {
            let folder = "/" + parts[...index].joined(separator: "/")
            if SeedableRepo.reference(folder: folder) != nil { return folder }
        }
        return nil
    }
}

extension ShareContent {
    /// The folders of the repositories in caches that its files belong to.
    package func repositories(caches: [String]) -> [String] { CacheFolders.repositories(of: files, caches: caches) }
}
