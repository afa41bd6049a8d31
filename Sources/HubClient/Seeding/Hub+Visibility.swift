internal import ChunkStore
internal import HubWire

extension Hub {
    /// What became of the question whether strangers can read a commit.
    public enum VisibilityAnswer: Sendable, Hashable {
        /// They can; the files and their hashes are known now.
        case `public`
        /// They cannot, for all this hub says.
        case notPublic
        /// The hub could not be asked.
        case unknown
    }

    /// How hubs answer strangers who may not see something.
    private static let refusals: Set<HubError.Code> = [
        .repoNotFound, .revisionNotFound, .entryNotFound, .gated, .notLoggedIn, .forbidden, .disabled,
    ]

    /// A hub that is asked as strangers ask it: the same endpoint, no token.
    package func anonymous() -> Hub {
        var settings = settings
        settings.token = nil
        settings.isTokenExplicit = true
        return Hub(settings: settings, transport: transport, engine: engine, logger: logger)
    }

    /// Whether strangers are told of a commit by the hub, which says that it is neither private nor gated.
    /// - Throws: ``HubError`` when the hub does not answer, or refuses.
    package func tellsStrangers(of repo: RepoReference) async throws -> Bool {
        ContentVisibility(try await anonymous().repoInfo(repo), isAnonymous: true) == .public
    }

    /// Asks the hub, without a token, whether everybody can read a commit that is in the cache, and keeps the answer
    /// with the files: the hub must call the repository neither private nor gated, list the commit, and be ready to
    /// deliver one of its files.
    /// - Parameters:
    ///   - commit: of the repository in `folder`.
    ///   - folder: the repository's folder in a cache.
    /// - Throws: `CancellationError`.
    public func lookUpVisibility(of commit: String, in folder: String) async throws -> VisibilityAnswer {
        guard let reference = CachedRepos.reference(folder: LocalPath.name(of: folder)), !settings.isOffline else {
            return .unknown
        }
        let repo = RepoReference(type: reference.type, id: reference.id, revision: commit)
        do {
            let visibility = try await anonymous().visibility(of: repo, commit: commit, folder: folder)
            VisibilityRecord.note(visibility, of: commit, by: settings.endpoint, at: .unixNow, in: folder)
            return visibility == .public ? .public : .notPublic
        } catch let error as HubError {
            guard Self.refusals.contains(error.code) else { return .unknown }
            // What was public once and is refused now is not given on.
            if VisibilityRecord(folder: folder).lastTold(of: commit, by: settings.endpoint) != nil {
                VisibilityRecord.note(.private, of: commit, by: settings.endpoint, at: .unixNow, in: folder)
            }
            return .notPublic
        }
    }

    /// - Throws: ``HubError``.
    private func visibility(
        of repo: RepoReference, commit: String, folder: String
    ) async throws -> ContentVisibility {
        let info = try await repoInfo(repo)
        let told = ContentVisibility(info, isAnonymous: true) ?? .private
        guard told == .public else { return told }
        let listing = try TreeListing(try await tree(repo, recursive: true))
        for file in listing.files { try RepoPath.validate(file.path) }
        if let file = listing.files.first(where: { $0.xetHash != nil }) {
            // Hubs list what they do not deliver; this they must.
            let facts = try await metadata(of: file.path, in: repo)
            guard facts.xetHash == nil || facts.xetHash == file.xetHash, facts.etag == file.etag else {
                return .private
            }
        }
        if TreeListing.read(folder, commit: commit) != listing {
            try listing.write(folder, commit: commit)
        }
        return .public
    }
}

extension Int64 {
    /// The present time in Unix seconds.
    static var unixNow: Int64 { FileIdentity.now / 1_000_000_000 }
}
