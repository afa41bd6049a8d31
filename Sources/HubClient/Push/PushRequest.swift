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
    public var commitMessage: String?

    public init(
        repo: RepoReference, localPath: String, pathInRepo: String? = nil, isPrivate: Bool? = nil,
        include: [String] = [], exclude: [String] = [], commitMessage: String? = nil
    ) {
        self.repo = repo
        self.localPath = localPath
        self.pathInRepo = pathInRepo
        self.isPrivate = isPrivate
        self.include = include
        self.exclude = exclude
        self.commitMessage = commitMessage
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
    /// Files that the hub asked to leave out, by its `.gitignore` rules.
    public var ignoredFiles: Int
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

    init(commitURL: String, commit: String, isUnchanged: Bool) {
        self.commitURL = commitURL
        self.commit = commit
        self.isUnchanged = isUnchanged
        files = 0
        unchangedFiles = 0
        ignoredFiles = 0
        totalBytes = 0
        newBytes = 0
        dedupedBytes = 0
        queriedBytes = 0
        defragPreventedBytes = 0
        sentBytes = 0
        xorbs = 0
    }
}
