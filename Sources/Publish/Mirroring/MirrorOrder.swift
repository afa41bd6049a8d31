package import HubClient
internal import HubWire
package import PublishWire

/// What somebody wants mirrored, and how.
package struct MirrorOrder: Sendable, Hashable {
    package var address: MirrorAddress
    /// What it is called here; nil is as at the hub.
    package var id: CatalogueID?
    /// Counts where the card names none.
    package var licence: String?
    /// Leaves out what the hub keeps in its large storage.
    package var skipsLarge = false
    /// Whether the DHT, PEX and the catalogue may know of it.
    package var isPublic = true
    /// Whether the agent gives it to others.
    package var seeds = true
    package var signs = true
    /// Nil is chosen by size.
    package var pieceLength: Int?
    /// Commits of git history that are published beside it; 0 for none.
    package var depth = 0

    package init(_ address: MirrorAddress) { self.address = address }

    /// - Throws: ``PublishError`` for what cannot be mirrored under any circumstances.
    package func check() throws(PublishError) {
        guard address.repo.type != .space else {
            throw PublishError(
                .unsupported, "\(address.repo) is a space, and only models and datasets are mirrored",
                hint: "its files can be had with 'shoal pull'")
        }
        guard depth >= 0 else {
            throw PublishError(.badName, "--depth is less than 0", hint: "0 takes no history, 1 the last commit")
        }
        guard depth == 0 || !RepoReference.isCommit(address.repo.effectiveRevision) else {
            throw PublishError(
                .unsupported, "git fetches history of branches and tags, not of a commit",
                hint: "name the branch with --revision, or leave out --depth")
        }
        _ = try name()
    }

    /// What it is called.
    package func name() throws(PublishError) -> CatalogueID {
        if let id { return id }
        let kind: CatalogueID.Kind = address.repo.type == .dataset ? .dataset : .model
        guard let id = CatalogueID(address.repo.id.description, kind: kind) else {
            throw PublishError(
                .badName, "\(address.repo.id) needs a name of two halves to be shared",
                hint: "give it one with --name org/name")
        }
        return id
    }

    /// What the version of a commit is called: a commit never changes, so neither does its torrent.
    package func version(of commit: String) -> String { commit + (skipsLarge ? Self.smallMark : "") }

    /// Behind the version of a mirror without its large files.
    package static let smallMark = "+small"
    /// The tag that says so.
    package static let smallTag = "without-large-files"
}

/// What a mirror run has done.
package struct MirrorResult: Sendable {
    package var share: ShareResult
    package var commit: String
    package var pull: PullResult
    /// The history beside it.
    package var history: ShareResult?
    /// What the user should know, one sentence each.
    package var notes: [String] = []

    package init(share: ShareResult, commit: String, pull: PullResult) {
        self.share = share
        self.commit = commit
        self.pull = pull
    }
}
