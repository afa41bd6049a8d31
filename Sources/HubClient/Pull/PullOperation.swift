internal import HubWire
internal import Logging
internal import Transfer

/// One run of ``Hub/pull(_:observer:)``.
struct PullOperation: Sendable {
    let hub: Hub
    let repo: RepoReference
    let selection: FileSelection
    let quant: String?
    let cache: RepoCache
    let destination: any PullDestination
    let isLocalDirectory: Bool
    let isForced: Bool
    let peers: (any PeerSource)?
    let observer: any TransferObserver

    init(hub: Hub, request: PullRequest, observer: any TransferObserver) throws(HubError) {
        self.hub = hub
        repo = request.repo
        try RepoReference.validate(revision: request.repo.effectiveRevision)
        selection = FileSelection(
            files: request.files, areLiteral: request.areFilesLiteral, include: request.include,
            exclude: request.exclude)
        quant = request.files.isEmpty ? request.quant : nil
        cache = RepoCache(root: LocalPath.resolved(hub.settings.cacheDirectory), repo: request.repo)
        isLocalDirectory = request.localDirectory != nil
        isForced = request.isForced
        peers = request.peers
        if let folder = request.localDirectory {
            destination = LocalDirectoryDestination(
                directory: LocalDirectory(root: LocalPath.resolved(folder)), cache: cache, isForced: isForced,
                logger: hub.logger)
        } else {
            destination = CacheDestination(
                cache: cache, settings: hub.settings, isForced: isForced, logger: hub.logger)
        }
        self.observer = observer
    }

    func run() async throws -> PullResult {
        let revision = repo.effectiveRevision
        if RepoReference.isCommit(revision), let result = try presentFiles(at: revision) { return result }
        if hub.settings.isOffline { return try await runOffline() }
        let commit: String
        let visibility: ContentVisibility?
        switch try await resolveRevision(isDownload: true) {
        case .commit(let id, let told): (commit, visibility) = (id, told)
        case .cached(let known, let failure):
            guard var result = try presentFiles(at: known) else { throw failure }
            result.isOffline = true
            return result
        }
        let (listing, isNew) = try await listing(of: commit)
        let choice = try choose(from: listing, commit: commit)
        let files = choice.chosen.map { listing.files[$0] }
        try destination.validate(files, commit: commit)
        // A listing is only kept, and read by other programs, when all of its paths are harmless.
        let isHarmless = isNew && listing.files.allSatisfy { (try? RepoPath.validate($0.path)) != nil }
        try destination.prepare(
            commit: commit, revision: revision, listing: isHarmless ? listing : nil, keeping: keeping)
        if let visibility { note(visibility, of: commit) }
        let peers = try await admittedPeers(visibility, commit: commit)
        return try await place(files, choice: choice, from: listing, commit: commit, peers: peers)
    }

    var keeping: TreeListing.Keeping { selection.exactPaths == nil ? .shared : .own }

    /// The peers of the request, if they may learn of the files of this commit.
    func admittedPeers(
        _ told: ContentVisibility?, commit: String
    ) async throws -> (any PeerSource)? {
        guard let peers else { return nil }
        var visibility = told ?? VisibilityRecord(folder: cache.folder).visibility(of: commit)
        if visibility == nil {
            // The commit itself was named, so the hub has not been asked about the repository yet.
            let info = try await hub.repoInfo(RepoReference(type: repo.type, id: repo.id, revision: commit))
            visibility = ContentVisibility(info, isAnonymous: !hub.hasToken)
        }
        if visibility == .public { return peers }
        if let members = peers.forPrivateFiles { return members }
        guard !peers.isExclusive else {
            throw HubError(
                .forbidden,
                "not everybody may read \(repo.id), so its files do not come from peers that anybody can be",
                hint: "leave out --p2p-only, or name a secret that peers share with --secret-file")
        }
        return nil
    }

    /// Keeps with the files in a cache who may read them.
    func note(_ visibility: ContentVisibility, of commit: String) {
        guard !isLocalDirectory else { return }
        VisibilityRecord.note(
            visibility, of: commit, by: hub.settings.endpoint, at: .unixNow, in: cache.folder)
    }

    /// What a run would do, without doing it: one listing, no request per file, nothing written.
    func preview() async throws -> PullPreview {
        var isOffline = hub.settings.isOffline
        var commit = RepoReference.isCommit(repo.effectiveRevision) ? repo.effectiveRevision : nil
        if commit == nil, isOffline { commit = try commitOffline() }
        if commit == nil {
            switch try await resolveRevision(isDownload: false) {
            case .commit(let id, _): commit = id
            case .cached(let known, let failure):
                guard destination.knownListing(of: known) != nil else { throw failure }
                commit = known
                isOffline = true
            }
        }
        guard let commit else { throw HubError(.revisionNotFound, "\(repo) has no commit.") }
        guard !isOffline || destination.knownListing(of: commit) != nil else {
            throw HubError(
                .offline, "The cache has no listing of \(repo.id) at this revision, and the network is off.",
                hint: "Unset \(hub.settings.offlineSetting) to ask the hub.")
        }
        let (listing, _) = try await listing(of: commit)
        let choice = try choose(from: listing, commit: commit)
        let files = choice.chosen.map { listing.files[$0] }
        try destination.validate(files, commit: commit)
        return PullPreview(
            commit: commit,
            files: files.map {
                .init(path: $0.path, size: $0.size, parts: destination.parts(of: $0, commit: commit))
            },
            isOffline: isOffline, unmatchedPatterns: choice.unmatched)
    }

    enum ResolvedRevision {
        case commit(String, ContentVisibility?)
        /// The hub does not answer for this reason, but the cache knows the revision.
        case cached(String, HubError)
    }

    func resolveRevision(isDownload: Bool) async throws -> ResolvedRevision {
        do {
            let (commit, visibility) = try await hub.resolve(repo, isDownload: isDownload)
            return .commit(commit, visibility)
        } catch let error as HubError where error.code.isAbsence {
            guard let known = cache.commit(of: repo.effectiveRevision) else { throw error }
            hub.logger.warning(
                "the hub does not answer; using the cached files",
                metadata: ["repo": "\(repo.id)", "commit": "\(known)"])
            return .cached(known, error)
        }
    }

    func listing(of commit: String) async throws -> (listing: TreeListing, isNew: Bool) {
        if let known = destination.knownListing(of: commit) { return (known, false) }
        let pinned = RepoReference(type: repo.type, id: repo.id, revision: commit)
        return (try TreeListing(try await hub.tree(pinned, recursive: true)), true)
    }

    func pick(from files: [TreeListing.File]) throws(HubError) -> FileSelection.Outcome {
        if let quant { return try selection.choose(quant: quant, from: files) }
        return selection.choose(from: files.map(\.path))
    }

    /// Applies the selection; an empty one is an error, and so is a named file that does not exist.
    func choose(from listing: TreeListing, commit: String) throws -> FileSelection.Outcome {
        let choice = try pick(from: listing.files)
        if let missing = choice.missing.first {
            for path in choice.missing where !isLocalDirectory && (try? RepoPath.validate(path)) != nil {
                // Best effort: the note only saves requests.
                try? cache.remember(commit, as: repo.effectiveRevision)
                try? cache.rememberMissing(path, at: commit)
            }
            throw HubError(
                .entryNotFound,
                "the \(repo.type.rawValue) \(repo.id) has no '\(missing)' at revision '\(repo.effectiveRevision)'",
                hint: NearNames.hint(
                    NearNames.paths(like: missing, in: listing.files.map(\.path)),
                    else: "list its files with 'shoal ls \(repo.type.urlPrefix)\(repo.id)'"))
        }
        guard !choice.chosen.isEmpty else {
            throw HubError(
                .noMatch,
                listing.files.isEmpty
                    ? "the \(repo.type.rawValue) \(repo.id) has no files at revision '\(repo.effectiveRevision)'"
                    : "none of the \(listing.files.count) files of \(repo.id) matches",
                hint: listing.files.isEmpty
                    ? nil
                    : "there are files of the kinds \(NearNames.kinds(of: listing.files.map(\.path))); quote patterns, "
                        + "so that the shell leaves them alone")
        }
        return choice
    }
}
