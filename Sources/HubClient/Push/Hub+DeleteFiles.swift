internal import HubWire
internal import NIOHTTP1

/// Files to delete from a repository with one commit.
public struct DeleteFilesRequest: Sendable {
    /// Its revision is the branch to commit to.
    public var repo: RepoReference
    /// Patterns as of ``Glob``; one that ends in `/` means everything below.
    public var patterns: [String]
    public var commitMessage: String?
    public var commitDescription: String?
    /// Open a pull request against the revision instead of changing it.
    public var createsPullRequest: Bool

    public init(
        repo: RepoReference, patterns: [String], commitMessage: String? = nil, commitDescription: String? = nil,
        createsPullRequest: Bool = false
    ) {
        self.repo = repo
        self.patterns = patterns
        self.commitMessage = commitMessage
        self.commitDescription = commitDescription
        self.createsPullRequest = createsPullRequest
    }
}

/// What a deletion did.
public struct DeleteFilesResult: Sendable, Hashable {
    /// The deleted paths.
    public var files: [String]
    /// The address of the commit's page.
    public var commitURL: String
    public var commit: String
    public var pullRequestURL: String?
}

extension Hub {
    /// Deletes the files that match any of the patterns; `.gitattributes` stays, since large files need it.
    /// - Throws: ``HubError``; `no_match` when nothing matches, and then nothing is committed.
    public func deleteFiles(_ request: DeleteFilesRequest) async throws -> DeleteFilesResult {
        let repo = request.repo
        let filter = PatternFilter(include: request.patterns, exclude: [])
        let head = try await resolveCommit(repo)
        let state = RepoReference(type: repo.type, id: repo.id, revision: head)
        let files = try await tree(state, recursive: true)
            .filter { $0.type == .file && $0.path != ".gitattributes" && filter.keeps($0.path) }.map(\.path)
        guard !files.isEmpty else {
            throw HubError(
                .noMatch, "No file of \(repo.id) matches \(request.patterns.joined(separator: ", ")).",
                hint: "List its files with 'shoal ls \(repo.type.urlPrefix)\(repo.id) -R'.")
        }
        let body = try CommitBody(
            summary: request.commitMessage
                ?? "Delete \(files.count == 1 ? files[0] : "\(files.count) files") with shoal",
            description: request.commitDescription ?? "", parent: head, deletions: files)
        let reply = try await send(
            HubRequest(
                method: .POST,
                target: "\(repo.apiPath)/commit/\(repo.revisionSegment)"
                    + (request.createsPullRequest ? "?create_pr=1" : ""),
                headers: ["Content-Type": "application/x-ndjson"], body: body.requestBody,
                subject: subject(repo, isWrite: true))
        ).decoded(CommitReply.self)
        return DeleteFilesResult(
            files: files, commitURL: reply.commitUrl, commit: reply.commitOid, pullRequestURL: reply.pullRequestUrl)
    }
}
