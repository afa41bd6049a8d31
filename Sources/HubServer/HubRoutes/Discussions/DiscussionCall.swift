import GRDB
import HTTPTypes
import HubWire

/// A request about one discussion.
struct DiscussionCall: Sendable {
    let request: HubRequest
    let type: RepoType
    let name: RepoName
    let number: Int64

    init(_ request: HubRequest, _ type: RepoType, _ name: RepoName, _ number: Int64) {
        self.request = request
        self.type = type
        self.name = name
        self.number = number
    }

    func find(in db: Database) throws -> (repo: Repo, discussion: Discussion) {
        let repo = try request.repo(type, name, in: db)
        guard let discussion = try Discussion.find(number, repo: repo.id, in: db) else {
            throw HubFailure(.notFound, "There is no discussion \(number)")
        }
        return (repo, discussion)
    }

    /// The discussion, when the caller may add to it.
    func forSpeaker(in db: Database) throws -> (user: Caller.User, discussion: Discussion) {
        let (repo, discussion) = try find(in: db)
        return (try request.speaker(at: repo, in: db), discussion)
    }

    /// The discussion, when it is the caller's own or the caller may write to the repository.
    func forManager(in db: Database) throws -> (user: Caller.User, discussion: Discussion) {
        let (repo, discussion) = try find(in: db)
        let user = try request.speaker(at: repo, in: db)
        guard discussion.author == user.name || request.caller.canWrite(repo) else {
            throw HubFailure(.forbidden, "Discussion \(number) is somebody else's")
        }
        return (user, discussion)
    }
}

extension HubRequest {
    /// The caller, when they may open and join discussions of a repository.
    func speaker(at repo: Repo, in db: Database) throws -> Caller.User {
        let user = try user("Log in with a token that may write to take part in discussions")
        guard user.maySpeak || caller.canWrite(repo) else {
            throw HubFailure(.forbidden, "The token of \(user.name) may not take part in discussions")
        }
        try GateKeeper.check(caller, at: repo, baseURL: baseURL, in: db)
        return user
    }
}
