import GRDB
import HTTPTypes
import HubWire

/// Where a caller's commit goes: a branch or a pull request of a repository, when the caller may put it there.
///
/// Whoever writes to the repository commits anywhere. Whoever may read its files and speak proposes changes: opens a
/// pull request, or adds to one of their own.
struct CommitPlace: Sendable {
    var repo: Repo
    var user: Caller.User
    /// The full name of the ref that the caller has named.
    var ref: String
    var head: GitObjectID
    /// The open pull request that `ref` belongs to.
    var pullRequest: Discussion?
    /// Whether the caller may write to the repository itself.
    var isWriter: Bool

    /// Finds the place that a request names, and checks the caller's rights.
    init(
        _ request: HubRequest, _ type: RepoType, _ name: RepoName, _ revision: String, in db: Database
    ) throws {
        try self.init(request, request.repo(type, name, in: db), revision, in: db)
    }

    /// The same place later on, wherever the repository has been moved to.
    func again(_ request: HubRequest, _ revision: String, in db: Database) throws -> CommitPlace {
        guard let repo = try Repo.find(id: repo.id, in: db), request.caller.canRead(repo) else {
            throw HubFailure.repoNotFound(for: request.caller)
        }
        guard !repo.isDisabled else { throw HubFailure.disabled }
        return try CommitPlace(request, repo, revision, in: db)
    }

    private init(_ request: HubRequest, _ repo: Repo, _ revision: String, in db: Database) throws {
        // Python names no revision as `None` when it is about to open a pull request.
        let opens = request.query.flag("create_pr") || revision == "None"
        user = try request.user("Log in with a token that may write to \(repo.fullName)")
        self.repo = repo
        isWriter = request.caller.canWrite(repo)
        if !isWriter {
            guard user.maySpeak, opens || Discussion.number(ofRef: revision) != nil else {
                throw HubFailure(.forbidden, "The token of \(user.name) may not write to \(repo.fullName)")
            }
            try GateKeeper.check(request.caller, at: repo, baseURL: request.baseURL, in: db)
        }
        let store = GitStore(repo: repo.id, db: db)
        guard let branch = try store.branch(revision) ?? (revision == "None" ? store.branch("main") : nil) else {
            throw HubFailure.revisionNotFound(revision)
        }
        ref = branch.name
        head = branch.head
        guard let number = Discussion.number(ofRef: ref) else { return }
        pullRequest = try Discussion.find(number, repo: repo.id, in: db)
        guard !opens, pullRequest?.isOpen ?? isWriter else {
            throw HubFailure(.forbidden, "Pull request \(number) takes no more commits")
        }
        guard isWriter || pullRequest?.author == user.name else {
            throw HubFailure(.forbidden, "Pull request \(number) is somebody else's")
        }
    }
}
