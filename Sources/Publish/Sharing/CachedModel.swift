package import HubClient
internal import HubWire
package import PublishWire

/// A commit of a repository in a Hugging Face cache, as it can be shared: from where it lies.
package struct CachedModel: Sendable {
    package let repo: RepoReference
    package let commit: String
    /// The cache, links resolved.
    package let cache: String
    /// The repository's folder in it.
    package let folder: String

    package var snapshot: String { "\(folder)/snapshots/\(commit)" }

    package var id: CatalogueID? {
        CatalogueID(repo.id.description, kind: repo.type == .dataset ? .dataset : .model)
    }

    /// Finds a repository in the caches.
    /// - Returns: nil when none has anything of it.
    /// - Throws: ``PublishError`` when the repository is there, and the revision is not.
    package static func find(_ repo: RepoReference, in caches: [String]) throws(PublishError) -> CachedModel? {
        for cache in caches {
            guard let cache = FolderPath.real(cache) else { continue }
            let content = CachedContent(root: cache, repo: repo)
            guard content.exists else { continue }
            let folder = "\(cache)/\(repo.id.cacheFolder(repo.type))"
            let commit = content.commit(of: repo.effectiveRevision) ?? onlySnapshot(folder, unless: repo.revision)
            guard let commit, FileFacts("\(folder)/snapshots/\(commit)")?.isFolder == true else {
                throw PublishError(
                    .unknownModel, "the cache has \(repo.id), but not its revision '\(repo.effectiveRevision)'",
                    hint: "fetch it with 'shoal pull \(repo)'")
            }
            return CachedModel(repo: repo, commit: commit, cache: cache, folder: folder)
        }
        return nil
    }

    /// The commit that a folder is the snapshot of, when it lies in one of the caches.
    package static func of(folder path: String, in caches: [String]) -> CachedModel? {
        guard let real = FolderPath.real(path) else { return nil }
        for cache in caches.compactMap({ FolderPath.real($0) }) where FolderPath.contains(cache, real) {
            let parts = real.dropFirst(cache.count).split(separator: "/").map(String.init)
            guard parts.count == 3, parts[1] == "snapshots", RepoReference.isCommit(parts[2]),
                let repo = SeedableRepo.reference(folder: cache + "/" + parts[0])
            else { continue }
            return CachedModel(repo: repo, commit: parts[2], cache: cache, folder: cache + "/" + parts[0])
        }
        return nil
    }

    /// Without a named revision the only snapshot is meant.
    private static func onlySnapshot(_ folder: String, unless revision: String?) -> String? {
        guard revision == nil, let names = try? PlacedFile.names(in: folder + "/snapshots") else { return nil }
        let commits = names.filter { RepoReference.isCommit($0) }
        return commits.count == 1 ? commits[0] : nil
    }

    private init(repo: RepoReference, commit: String, cache: String, folder: String) {
        self.repo = repo
        self.commit = commit
        self.cache = cache
        self.folder = folder
    }

    /// The files that are here; what of the repository is not is said in ``ShareContent/leftOut``.
    package func content(hub: Hub) throws(PublishError) -> ShareContent {
        var content = try FolderWalk.look(at: snapshot, caches: [cache], takesDotFiles: true).content
        let here = Set(content.files.map(\.path.description))
        let listed = CachedContent(root: cache, repo: repo).files(at: commit) ?? []
        let ids = Dictionary(listed.filter { $0.sha256 == nil }.map { ($0.path, $0.blobID) }) { first, _ in first }
        for index in content.files.indices {
            let id = ids[content.files[index].path.description].flatMap { Hexadecimal.decode($0) }
            content.files[index].gitOID = id?.count == 20 ? id : nil
        }
        let missing = listed.filter { !here.contains($0.path) && !$0.path.hasPrefix(".git") }
        if !missing.isEmpty {
            content.leftOut.append(
                "\(missing.count) of the repository's \(listed.count) files are not in the cache and left out")
        }
        content.source = RegistryEntry.Source(hub: hub.settings.endpoint, repo: repo.id.description, commit: commit)
        return content
    }

    /// The hash that the hub told for each file that has one, by path.
    package var listedHashes: [String: String] {
        let files = CachedContent(root: cache, repo: repo).files(at: commit) ?? []
        return Dictionary(files.compactMap { file in file.sha256.map { (file.path, $0) } }) { first, _ in first }
    }
}

/// Whether strangers may have what lies in a cache.
package struct CachePrivacy: Sendable {
    private let hub: Hub

    package init(_ hub: Hub) { self.hub = hub }

    /// Makes sure that everybody can read a commit: by what was noted when it came, else by asking the hub without a
    /// token.
    /// - Throws: ``PublishError`` with code `not_public`, and `CancellationError`.
    package func require(_ model: CachedModel) async throws {
        let told = CachedContent(root: model.cache, repo: model.repo).visibility(of: model.commit)
        switch told {
        case .public: return
        case .gated: throw Self.refusal(model.repo, "is gated: its owner decides who gets it")
        case .private: throw Self.refusal(model.repo, "is private")
        case nil: break
        }
        switch try await hub.lookUpVisibility(of: model.commit, in: model.folder) {
        case .public: return
        case .notPublic: throw Self.refusal(model.repo, "is not shown to strangers by \(hub.settings.endpoint)")
        case .unknown:
            throw PublishError(
                .notPublic,
                "nobody knows whether \(model.repo.id) is public: \(hub.settings.endpoint) could not be asked",
                hint: "try again when the hub can be reached; what may be private is not given away")
        }
    }

    /// The same for all commits of repositories that links of a folder lead into.
    package func require(repositories: [String]) async throws {
        for folder in repositories {
            guard let seedable = SeedableRepo(folder: folder) else {
                throw PublishError(
                    .notPublic, "a link leads to \(folder), of which nobody knows whether it is public",
                    hint: "copy the files into the folder, if you may publish them")
            }
            let cache = FolderPath.folder(of: folder)
            var isKnown = false
            for commit in try PlacedFile.names(in: folder + "/snapshots") ?? [] where RepoReference.isCommit(commit) {
                let repo = RepoReference(type: seedable.repo.type, id: seedable.repo.id, revision: commit)
                guard let model = try CachedModel.find(repo, in: [cache]) else { continue }
                try await require(model)
                isKnown = true
            }
            guard isKnown else {
                throw PublishError(
                    .notPublic, "\(folder) has no commit of which it could be known whether it is public",
                    hint: "fetch the repository again with 'shoal pull \(seedable.repo.id)'")
            }
        }
    }

    private static func refusal(_ repo: RepoReference, _ reason: String) -> PublishError {
        PublishError(
            .notPublic, "\(repo.id) \(reason), so it is not shared",
            hint: "if you own it, make it public at the hub, or share a folder of your own with --name")
    }
}
