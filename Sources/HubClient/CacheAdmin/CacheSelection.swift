internal import HubWire

/// What of a cache somebody wants to be rid of.
public struct CacheSelection: Sendable {
    /// Revisions of one repository.
    public struct Part: Sendable {
        public var repo: CachedRepo
        public var revisions: [CachedRevision]

        /// Whether nothing of the repository remains.
        public var isWholeRepo: Bool { revisions.count == repo.revisions.count }
    }

    /// One file of one revision.
    public struct File: Sendable {
        public var repo: CachedRepo
        public var commit: String
        public var file: CachedFile

        /// `type/id@commit/path`.
        public var label: String { "\(repo.cacheID)@\(commit)/\(file.path)" }
    }

    /// By cache id.
    public var parts: [Part] = []
    /// Sorted by ``File/label``; never together with ``parts``.
    public var files: [File] = []
    /// Targets that the cache does not have, as they were given.
    public var missing: [String] = []

    public var isEmpty: Bool { parts.isEmpty && files.isEmpty }
    public var revisionCount: Int { parts.reduce(0) { $0 + $1.revisions.count } }
    public var wholeRepoCount: Int { parts.count { $0.isWholeRepo } }
}

extension CacheInventory {
    /// Finds what targets name: `type/id`, an `hf://` address of a repository or of one file, or a commit.
    /// - Throws: ``HubError`` with code `bad_reference` for an `hf://` address that cannot be a target, and for files
    ///   mixed with other targets.
    public func select(_ targets: [String]) throws(HubError) -> CacheSelection {
        var seen: Set<String> = []
        let targets = targets.map(CacheInventory.trimmed).filter { !$0.isEmpty && seen.insert($0).inserted }
        var locations: [String: RepoLocation] = [:]
        for target in targets where target.hasPrefix("hf://") { locations[target] = try Self.location(target) }
        let files = locations.filter { $0.value.path != nil }
        guard files.isEmpty else {
            guard files.count == targets.count else {
                throw HubError(
                    .badReference, "Single files cannot be removed together with repositories or revisions.",
                    hint: "Remove them with a command of their own.")
            }
            return select(files: targets.map { ($0, locations[$0]) })
        }
        var chosen: [String: Set<String>] = [:]
        var selection = CacheSelection()
        for target in targets {
            let name = target.lowercased()
            if Hex.isLowercase(name, count: 40) {
                guard let repo = repos.first(where: { $0.revisions.contains { $0.commit.lowercased() == name } }) else {
                    selection.missing.append(target)
                    continue
                }
                let commits = repo.revisions.map(\.commit).filter { $0.lowercased() == name }
                chosen[repo.path, default: []].formUnion(commits)
            } else {
                let id = locations[target].map(Self.cacheID) ?? target
                guard let repo = repo(named: id) else {
                    selection.missing.append(target)
                    continue
                }
                chosen[repo.path, default: []].formUnion(repo.revisions.map(\.commit))
            }
        }
        selection.parts = parts { repo, revision in chosen[repo.path]?.contains(revision.commit) == true }
        return selection
    }

    /// The cache ids of repositories whose name without its type this is.
    package func cacheIDs(endingIn name: String) -> [String] {
        repos.map(\.cacheID).filter { $0.lowercased().hasSuffix("/" + name.lowercased()) && name.contains("/") }
    }

    /// The revisions that no ref stands for.
    public func detached() -> CacheSelection {
        var selection = CacheSelection()
        selection.parts = parts { _, revision in revision.refs.isEmpty }
        return selection
    }

    private func parts(where isChosen: (CachedRepo, CachedRevision) -> Bool) -> [CacheSelection.Part] {
        repos.compactMap { repo in
            let revisions = repo.revisions.filter { isChosen(repo, $0) }
            return revisions.isEmpty ? nil : CacheSelection.Part(repo: repo, revisions: revisions)
        }
    }

    private func select(files targets: [(target: String, location: RepoLocation?)]) -> CacheSelection {
        var selection = CacheSelection()
        for (target, location) in targets {
            let found = location.flatMap { repo(named: Self.cacheID($0)) }.map { repo in
                repo.revisions.flatMap { revision in
                    revision.files.filter { $0.path == location?.path }
                        .map { CacheSelection.File(repo: repo, commit: revision.commit, file: $0) }
                }
            }
            guard let found, !found.isEmpty else {
                selection.missing.append(target)
                continue
            }
            selection.files += found
        }
        selection.files.sort { CacheOrder.precedes($0.label, $1.label) }
        return selection
    }

    private func repo(named id: String) -> CachedRepo? {
        let id = id.lowercased()
        return repos.last { $0.cacheID.lowercased() == id }
    }

    private static func cacheID(_ location: RepoLocation) -> String {
        "\(location.repo.type.rawValue)/\(location.repo.id)"
    }

    private static func location(_ target: String) throws(HubError) -> RepoLocation {
        // The type of the address may be spelled out for models too.
        let isModel = target.hasPrefix("hf://models/")
        let location = try RepoLocation(parsing: isModel ? "hf://" + target.dropFirst(12) : target)
        guard location.repo.revision == nil else {
            throw HubError(
                .badReference, "'\(target)' names a revision, which does not work here.",
                hint: location.path == nil
                    ? "Give the commit itself; 'shoal cache ls --revisions' lists them."
                    : "Leave out '@REVISION' to remove the file from all revisions.")
        }
        return location
    }

    private static func trimmed(_ text: String) -> String {
        String(text.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
    }
}
