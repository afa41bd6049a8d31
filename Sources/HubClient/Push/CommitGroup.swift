internal import HubWire

/// What one commit of a push carries.
struct CommitGroup: Sendable {
    /// How the files were to travel, and what was at their paths then.
    private(set) var plans: [UploadPlan] = []
    private(set) var inline: [PushSource.File] = []
    /// Files that the hub's storage has by now.
    private(set) var stored: [(name: String, sha256: String, size: UInt64)] = []
    private(set) var deletions: [String]
    private var inlineBytes: UInt64 = 0

    /// Sums of the uploads that belong to the group.
    private(set) var newBytes: UInt64 = 0
    private(set) var dedupedBytes: UInt64 = 0
    private(set) var queriedBytes: UInt64 = 0
    private(set) var defragPreventedBytes: UInt64 = 0
    private(set) var sentBytes: UInt64 = 0
    private(set) var xorbs = 0

    init(deletions: [String]) { self.deletions = deletions }

    var count: Int { inline.count + stored.count + deletions.count }

    /// Deletions are cheap and do not count.
    func isFull(_ pacing: CommitPacing) -> Bool {
        inline.count + stored.count >= pacing.files || inlineBytes >= CommitPacing.inlineBytes
    }

    /// The next files to upload for this group: at least one, as long as there are any.
    func batch(from rest: ArraySlice<UploadPlan>, pacing: CommitPacing) -> ArraySlice<UploadPlan> {
        let room = max(pacing.files - inline.count - stored.count, 1)
        var inlineLeft = CommitPacing.inlineBytes - min(inlineBytes, CommitPacing.inlineBytes)
        var storedLeft = CommitPacing.storedBytes
        var end = rest.startIndex
        while end < rest.endIndex, end - rest.startIndex < room {
            let plan = rest[end]
            let size = plan.file.size
            let left = plan.mode == .regular ? inlineLeft : storedLeft
            if size > left, end > rest.startIndex { break }
            if plan.mode == .regular { inlineLeft -= min(size, left) } else { storedLeft -= min(size, left) }
            end += 1
        }
        return rest[rest.startIndex..<end]
    }

    /// Takes up a batch whose stored files are uploaded. Those that turned out to be in the repository already are in
    /// no commit.
    mutating func append(_ batch: [UploadPlan], report: UploadReport) {
        plans += batch.filter { !report.unchanged.contains($0.file.name) }
        let files = batch.filter { $0.mode == .regular }.map(\.file)
        let bytes = files.reduce(0) { $0 + $1.size }
        inline += files
        inlineBytes += bytes
        stored += report.files.map { (name: $0.name, sha256: $0.sha256, size: $0.size) }
        newBytes += report.newBytes + bytes
        dedupedBytes += report.dedupedBytes
        queriedBytes += report.queriedBytes
        defragPreventedBytes += report.defragPreventedBytes
        sentBytes += report.sentBytes
        xorbs += report.xorbs
    }

    /// The same in two commits of about one size; the first has the sums.
    func halves() -> [CommitGroup] {
        var room = (count + 1) / 2
        var first = self
        first.deletions = Array(deletions.prefix(room))
        room -= first.deletions.count
        first.inline = Array(inline.prefix(room))
        room -= first.inline.count
        first.stored = Array(stored.prefix(room))
        var second = CommitGroup(deletions: Array(deletions.dropFirst(first.deletions.count)))
        second.inline = Array(inline.dropFirst(first.inline.count))
        second.stored = Array(stored.dropFirst(first.stored.count))
        let names = Set(first.inline.map(\.name) + first.stored.map(\.name))
        first.plans = plans.filter { names.contains($0.file.name) }
        second.plans = plans.filter { !names.contains($0.file.name) }
        return [first, second]
    }
}

extension PushResult {
    /// Counts what a group brings.
    mutating func add(_ group: CommitGroup) {
        files += group.inline.count + group.stored.count
        newBytes += group.newBytes
        dedupedBytes += group.dedupedBytes
        queriedBytes += group.queriedBytes
        defragPreventedBytes += group.defragPreventedBytes
        sentBytes += group.sentBytes
        xorbs += group.xorbs
    }
}

/// Where the commits of a push go: the branch, or the pull request that the first of them opens.
struct CommitTarget: Sendable {
    private(set) var repo: RepoReference
    private(set) var opensPullRequest: Bool
    /// Whether this is still where the push began, and not the pull request that it has opened.
    private(set) var isInitial = true
    /// The commit that the next one must follow; nil for whatever is there.
    var head: String?

    init(repo: RepoReference, opensPullRequest: Bool, head: String?) {
        self.repo = repo
        self.opensPullRequest = opensPullRequest
        self.head = head
    }

    /// Follows a commit: the next one goes on top of it, in the pull request if it has opened one.
    mutating func advance(past reply: CommitReply, endpoint: String) throws(HubError) {
        head = RepoReference.isCommit(reply.commitOid) ? reply.commitOid : nil
        guard opensPullRequest else { return }
        guard let number = reply.pullRequestUrl?.split(separator: "/").last.flatMap({ Int($0) }), number > 0 else {
            throw HubError(
                .unsupported, "\(endpoint) did not open a pull request; the commit may have gone to the branch itself.",
                hint: "look at \(reply.commitUrl)")
        }
        repo.revision = "refs/pr/\(number)"
        opensPullRequest = false
        isInitial = false
    }
}
