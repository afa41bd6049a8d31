/// What to put into a repository.
public struct PushRequest: Sendable {
    /// Its revision is the branch to commit to; one that is missing is created.
    public var repo: RepoReference
    /// A file or a folder.
    public var localPath: String
    /// Where it goes: a file's path, or the folder that a local folder's content goes into. Nil means the file's own
    /// name, or the root.
    public var pathInRepo: String?
    /// Visibility of a repository that is created; nil leaves the choice to the hub.
    public var isPrivate: Bool?
    /// Patterns as of ``Glob`` on paths relative to the local folder.
    public var include: [String]
    public var exclude: [String]
    /// Patterns of files to delete from the repository with the first commit, on paths relative to ``pathInRepo``.
    /// Files that are pushed stay, and so does `.gitattributes`. Only for folders: beside a single file nothing is
    /// deleted.
    public var delete: [String]
    /// The commit's first line.
    public var commitMessage: String?
    /// The text below the first line.
    public var commitDescription: String?
    /// Open a pull request against the revision instead of changing it.
    public var createsPullRequest: Bool

    public init(
        repo: RepoReference, localPath: String, pathInRepo: String? = nil, isPrivate: Bool? = nil,
        include: [String] = [], exclude: [String] = [], delete: [String] = [], commitMessage: String? = nil,
        commitDescription: String? = nil, createsPullRequest: Bool = false
    ) {
        self.repo = repo
        self.localPath = localPath
        self.pathInRepo = pathInRepo
        self.isPrivate = isPrivate
        self.include = include
        self.exclude = exclude
        self.delete = delete
        self.commitMessage = commitMessage
        self.commitDescription = commitDescription
        self.createsPullRequest = createsPullRequest
    }

    /// A number that changes when a wanted file appears, vanishes, or changes its size or time.
    /// - Throws: ``HubError`` as a push does before it asks the hub anything; `no_match` when nothing is there.
    public func sourceFingerprint() throws(HubError) -> Int {
        var hasher = Hasher()
        for file in try PushSource(self).files {
            hasher.combine(file.name)
            hasher.combine(file.size)
            hasher.combine(Disk.status(file.localPath)?.modified)
        }
        return hasher.finalize()
    }
}

/// What a push did.
public struct PushResult: Sendable, Hashable {
    /// The address of the commit's page.
    public var commitURL: String
    /// The commit, 40 hex digits; the head of the branch when nothing changed.
    public var commit: String
    /// Whether the repository had everything already, so that no commit was made.
    public var isUnchanged: Bool
    /// Files in the commit.
    public var files: Int
    /// Files that the repository had already, with the same content.
    public var unchangedFiles: Int
    /// Bytes of all files that were looked at.
    public var totalBytes: UInt64
    /// Bytes of chunks that the hub did not have.
    public var newBytes: UInt64
    /// Bytes of chunks that it had, or that occurred before in this push.
    public var dedupedBytes: UInt64
    /// Of these, bytes that only the hub's answers about chunks found.
    public var queriedBytes: UInt64
    /// Bytes that the hub had and that were stored again, so that no file comes apart into too many pieces.
    public var defragPreventedBytes: UInt64
    /// Bytes that crossed the network: xorbs, shards and inline files.
    public var sentBytes: UInt64
    /// Xorbs that were uploaded.
    public var xorbs: Int
    /// Commits that were made; large pushes make several.
    public var commits: Int
    /// Files that were deleted from the repository.
    public var deletedFiles: Int
    /// The page of the pull request, when one was opened.
    public var pullRequestURL: String?
    /// What was not pushed although it was asked for.
    public var leftOut: [LeftOut]
    /// Patterns of files to delete that no file of the repository matches.
    public var unmatchedDeletions: [String] = []

    /// Something that a push does not carry.
    public struct LeftOut: Sendable, Hashable {
        public enum Reason: Sendable, Hashable {
            /// A pipe, socket or device, or a link to one.
            case special
            /// A link to a folder: following it could lead anywhere.
            case folderLink
            /// The repository's `.gitignore` names it.
            case ignored
        }

        /// Relative to the pushed folder.
        public var path: String
        public var reason: Reason
    }

    init(commitURL: String, commit: String, isUnchanged: Bool) {
        self.commitURL = commitURL
        self.commit = commit
        self.isUnchanged = isUnchanged
        files = 0
        unchangedFiles = 0
        totalBytes = 0
        newBytes = 0
        dedupedBytes = 0
        queriedBytes = 0
        defragPreventedBytes = 0
        sentBytes = 0
        xorbs = 0
        commits = 0
        deletedFiles = 0
        leftOut = []
    }
}
