internal import HubClient
internal import HubWire
internal import PublishWire

/// What the hub is asked before anything is fetched.
extension Mirrorer {
    /// What a hub has told about a revision.
    struct Told: Sendable {
        var commit: String?
        /// Seconds since 1970.
        var created: Int64?
    }

    /// Makes sure that everybody may read a repository, before any of it is fetched.
    /// - Returns: nil when the hub cannot be asked; the cache may know enough then.
    func requireOpen(_ repo: RepoReference) async throws -> Told? {
        guard !hub.settings.isOffline else { return nil }
        do {
            let info = try await hub.repoInfo(repo)
            if info.isPrivate == true { throw Self.refusal(repo, "is private") }
            if let gating = info.gated, gating != .open {
                throw Self.refusal(repo, "is gated: its owner decides who gets it")
            }
            return Told(commit: info.sha, created: info.lastModified.flatMap { UTCTime.seconds($0) })
        } catch let error as HubError where error.code.isAbsence {
            return nil
        }
    }

    private static func refusal(_ repo: RepoReference, _ reason: String) -> PublishError {
        PublishError(
            .notPublic, "\(repo.id) \(reason), so it is not mirrored",
            hint: "'shoal pull' fetches it for yourself; if you own it, make it public at the hub to share it")
    }

    /// The files that lie in git itself.
    func smallFiles(of repo: RepoReference) async throws -> [String] {
        let small: [String]
        if RepoReference.isCommit(repo.effectiveRevision), hub.settings.isOffline == false {
            small = try await hub.tree(repo, recursive: true)
                .filter { $0.type == .file && $0.lfs == nil && $0.xetHash == nil }.map(\.path)
        } else {
            // Nobody can be asked: the listing of an earlier pull tells.
            let cached = CachedContent(root: hub.settings.cacheDirectory, repo: repo)
            let listed = cached.commit(of: repo.effectiveRevision).flatMap { cached.files(at: $0) } ?? []
            small = listed.filter { $0.sha256 == nil }.map(\.path)
        }
        guard !small.isEmpty else {
            throw PublishError(
                .nothingToShare, "without its large files nothing of \(repo.id) is known here",
                hint: "leave out --skip-lfs")
        }
        return small
    }

    /// Takes files out that an earlier pull has brought.
    static func leaveOutLarge(_ model: CachedModel, _ content: inout ShareContent) {
        let large = model.listedHashes
        let before = content.files.count
        content.files.removeAll { large[$0.path.description] != nil }
        content.leftOut = []
        let count = max(large.count, before - content.files.count)
        if count > 0 { content.leftOut.append("large files are left out, as asked: \(count)") }
    }
}
