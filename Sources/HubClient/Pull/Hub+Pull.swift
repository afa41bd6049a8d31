internal import ChunkStore
internal import HubWire
internal import Logging
public import Transfer
internal import Xet

extension Hub {
    /// Brings files of a repository to this machine, each verified before it becomes visible.
    ///
    /// What is there already is not fetched again; what an interrupted pull has left is continued. With a full commit
    /// as revision and everything in place no request is made.
    /// - Throws: ``HubError``; `no_match` when the selection is empty, `unsafe_path` when a listed path would leave the
    ///   destination (then nothing is written); `CancellationError`.
    public func pull(_ request: PullRequest, observer: any TransferObserver) async throws -> PullResult {
        let counting = CountingObserver(observer, .received, of: self)
        do {
            let result = try await PullOperation(hub: self, request: request, observer: counting).run()
            recorder.pulled(result, counted: counting.counted)
            logger.info(
                "pulled",
                metadata: [
                    "repo": "\(request.repo)", "commit": "\(result.commit)", "files": "\(result.files.count)",
                    "network_bytes": "\(result.statistics.networkBytes)",
                ])
            return result
        } catch {
            recorder.count { $0.failedPulls += 1 }
            throw HubError.unifying(error, endpoints: settings.endpoints)
        }
    }
}

extension Hub {
    /// What ``pull(_:observer:)`` would do with the same request. Costs the listing of the repository, unless the cache
    /// has it; makes no request per file and writes nothing.
    /// - Throws: ``HubError`` as ``pull(_:observer:)``.
    public func preview(_ request: PullRequest) async throws -> PullPreview {
        do {
            return try await PullOperation(hub: self, request: request, observer: SilentObserver()).preview()
        } catch {
            throw HubError.unifying(error, endpoints: settings.endpoints)
        }
    }
}

/// One run of ``Hub/pull(_:observer:)``.
struct PullOperation: Sendable {
    private let hub: Hub
    private let repo: RepoReference
    private let selection: FileSelection
    private let quant: String?
    private let cache: RepoCache
    private let destination: any PullDestination
    private let isLocalDirectory: Bool
    private let isForced: Bool
    private let peers: (any PeerSource)?
    private let observer: any TransferObserver

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

    private var keeping: TreeListing.Keeping { selection.exactPaths == nil ? .shared : .own }

    /// The peers of the request, if they may learn of the files of this commit.
    private func admittedPeers(
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
    private func note(_ visibility: ContentVisibility, of commit: String) {
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

    private enum ResolvedRevision {
        case commit(String, ContentVisibility?)
        /// The hub does not answer for this reason, but the cache knows the revision.
        case cached(String, HubError)
    }

    private func resolveRevision(isDownload: Bool) async throws -> ResolvedRevision {
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

    private func listing(of commit: String) async throws -> (listing: TreeListing, isNew: Bool) {
        if let known = destination.knownListing(of: commit) { return (known, false) }
        let pinned = RepoReference(type: repo.type, id: repo.id, revision: commit)
        return (try TreeListing(try await hub.tree(pinned, recursive: true)), true)
    }

    private func pick(from files: [TreeListing.File]) throws(HubError) -> FileSelection.Outcome {
        if let quant { return try selection.choose(quant: quant, from: files) }
        return selection.choose(from: files.map(\.path))
    }

    /// Applies the selection; an empty one is an error, and so is a named file that does not exist.
    private func choose(from listing: TreeListing, commit: String) throws -> FileSelection.Outcome {
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

    /// The result of a pull that finds everything in place; nil when anything is missing or not known.
    private func presentFiles(at commit: String) throws -> PullResult? {
        guard !isForced else { return nil }
        let files: [TreeListing.File]
        let single: TreeListing.File?
        var unmatched: [String] = []
        if let listing = destination.knownListing(of: commit) {
            let choice = try pick(from: listing.files)
            guard choice.missing.isEmpty, !choice.chosen.isEmpty else { return nil }
            files = choice.chosen.map { listing.files[$0] }
            single = choice.single.map { listing.files[$0] }
            unmatched = choice.unmatched
            try destination.validate(files, commit: commit)
            guard files.allSatisfy({ destination.holds($0, commit: commit) }) else { return nil }
        } else if !isLocalDirectory, let paths = selection.exactPaths {
            // A cache of another client may have no listing; files named by their paths need none.
            files = paths.compactMap { path in
                guard (try? RepoPath.validate(path)) != nil, let status = Disk.status(cache.pointer(commit, path)),
                    status.isRegular
                else { return nil }
                return TreeListing.File(path: path, size: status.size, blobID: "")
            }
            guard files.count == paths.count else { return nil }
            single = files.count == 1 ? files[0] : nil
        } else {
            return nil
        }
        for file in files {
            observer.began(TransferItem(name: file.path, totalBytes: file.size))
            observer.finished(file.path, outcome: .alreadyPresent)
        }
        var result = result(files.map { ($0, .alreadyPresent) }, single: single, commit: commit)
        result.unmatchedPatterns = unmatched
        return result
    }

    private func commitOffline() throws(HubError) -> String {
        if let commit = cache.commit(of: repo.effectiveRevision) { return commit }
        throw HubError(
            .offline,
            "Revision '\(repo.effectiveRevision)' of \(repo.id) is not in the cache, and the network is off.",
            hint: "Unset \(hub.settings.offlineSetting) to ask the hub.")
    }

    private func runOffline() async throws -> PullResult {
        guard !isForced else {
            throw HubError(
                .offline, "Files cannot be fetched again while the network is off.",
                hint: "Unset \(hub.settings.offlineSetting) to ask the hub.")
        }
        let commit = try commitOffline()
        if let result = try presentFiles(at: commit) { return result }
        guard let listing = destination.knownListing(of: commit) else { return try offlineSnapshot(commit) }
        let choice = try choose(from: listing, commit: commit)
        let files = choice.chosen.map { listing.files[$0] }
        try destination.validate(files, commit: commit)
        // A blob may be there without its link, and a plain folder may be filled from the cache.
        try destination.prepare(
            commit: commit, revision: repo.effectiveRevision, listing: nil, keeping: keeping)
        return try await place(files, choice: choice, from: listing, commit: commit)
    }

    /// A snapshot that another client left without a listing: whether it is complete is not known, as with Python.
    private func offlineSnapshot(_ commit: String) throws -> PullResult {
        let found = isLocalDirectory ? [] : (try? cache.filesOnDisk(commit)) ?? []
        let choice = try pick(from: found)
        guard choice.missing.isEmpty, !choice.chosen.isEmpty else {
            throw offlineError(missing: choice.missing, of: max(selection.files.count, 1))
        }
        return result(
            choice.chosen.map { (found[$0], .alreadyPresent) }, single: choice.single.map { found[$0] }, commit: commit)
    }

    /// What to say when the network is off and files are wanted that the disk does not have.
    private func offlineError(missing: [String], of wanted: Int) -> HubError {
        let named = missing.prefix(20).joined(separator: ", ")
        let more = missing.count > 20 ? " and \(missing.count - 20) more" : ""
        return HubError(
            .offline,
            missing.isEmpty
                ? "The wanted files of \(repo.id) are not in the cache, and the network is off."
                : "\(missing.count) of \(wanted) wanted files of \(repo.id) are not in the cache, and the network is "
                    + "off: \(named)\(more).",
            hint: "Unset \(hub.settings.offlineSetting) to ask the hub.")
    }

    /// Places all files, some at once, large ones first so that none of them is left alone at the end.
    private func place(
        _ files: [TreeListing.File], choice: FileSelection.Outcome, from listing: TreeListing, commit: String,
        peers: (any PeerSource)? = nil
    ) async throws -> PullResult {
        try destination.requireSpace(for: files, commit: commit)
        let copies = isForced ? nil : LocalCopies(cache: cache, engine: hub.engine)
        // Small ones in the order of the listing, in which their pusher packed them: neighbours travel together.
        let ranks = files.map { $0.size > TransferEngine.largestSmallFile ? $0.size : 0 }
        let order = files.indices.sorted { (ranks[$0], $1) > (ranks[$1], $0) }
        let wanted = order.lazy.map { files[$0] }.filter { isForced || !destination.holds($0, commit: commit) }
        let fetcher = FileFetcher(
            hub: hub, repo: repo, commit: commit, files: Array(wanted), copies: copies, peers: peers,
            observer: observer)
        defer { fetcher.close() }
        for file in files { observer.began(TransferItem(name: file.path, totalBytes: file.size)) }
        let placements = try await withThrowingTaskGroup(of: (Int, Placement?).self) { group in
            var placements = [Placement?](repeating: nil, count: files.count)
            var missing: [Int] = []
            var pending = order.makeIterator()
            func startNext() {
                guard let index = pending.next() else { return }
                group.addTask { (index, try await placeOne(files[index], commit: commit, fetcher: fetcher)) }
            }
            for _ in 0..<max(1, hub.settings.maximumFilesAtOnce) { startNext() }
            while let (index, placement) = try await group.next() {
                if placement == nil { missing.append(index) }
                placements[index] = placement
                startNext()
            }
            guard missing.isEmpty else {
                throw offlineError(missing: missing.sorted().map { files[$0].path }, of: files.count)
            }
            return placements
        }
        var result = result(
            zip(files, placements).map { ($0, $1 ?? .alreadyPresent) },
            single: choice.single.map { listing.files[$0] }, commit: commit)
        result.unmatchedPatterns = choice.unmatched
        return result
    }

    /// Files outside of the cache are found again by what is remembered of them.
    private func remember(_ file: TreeListing.File, _ placement: Placement, commit: String) async {
        guard placement.outcome == .transferred, file.size >= ManifestShelf.smallestFile,
            let hash = file.xetHash.flatMap({ FileHash($0) })
        else { return }
        // The SHA-256 is the hub's word; only the Xet hash was verified.
        await hub.engine.remember([(destination.path(of: file, commit: commit), hash, nil)])
    }

    /// - Returns: nil when the network is off and the file is not on this machine.
    private func placeOne(_ file: TreeListing.File, commit: String, fetcher: FileFetcher) async throws -> Placement? {
        do {
            let placement = try await destination.place(file, commit: commit, fetcher: fetcher)
            // At once: whoever edits the file later must not be taken for the one who pulled it.
            if isLocalDirectory { await remember(file, placement, commit: commit) }
            observer.finished(file.path, outcome: placement.outcome)
            return placement
        } catch let error as HubError where error.code == .offline && hub.settings.isOffline {
            observer.finished(file.path, outcome: .failed)
            return nil
        } catch {
            observer.finished(file.path, outcome: .failed)
            throw error
        }
    }

    private func result(
        _ placed: [(file: TreeListing.File, placement: Placement)], single: TreeListing.File?, commit: String
    ) -> PullResult {
        var statistics = PullResult.Statistics()
        for (file, placement) in placed {
            statistics.networkBytes += placement.statistics.networkBytes
            statistics.peerBytes += placement.statistics.peerBytes
            statistics.resumedBytes += placement.statistics.resumedBytes
            statistics.reusedBytes += placement.statistics.reusedBytes
            statistics.verifiedChunks += placement.statistics.verifiedChunks
            if let trust = placement.statistics.trust { statistics.trust[trust, default: 0] += 1 }
            if placement.outcome == .alreadyPresent { statistics.reusedBytes += file.size }
        }
        return PullResult(
            path: destination.path(of: single, commit: commit), commit: commit,
            files: placed.map { PulledFile(path: $0.file.path, size: $0.file.size, outcome: $0.placement.outcome) },
            statistics: statistics, isOffline: hub.settings.isOffline)
    }
}
