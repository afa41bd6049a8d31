import GRDB
import HTTPTypes
import HubWire
import Hummingbird
import Logging

/// Commits (hub-api §1.7, §1.10).
struct CommitRoutes: Sendable {
    let services: ServerServices

    private struct Made: Sendable {
        var place: CommitPlace
        var commit: GitObjectID
        var pullRequest: Discussion?
    }

    func commit(_ request: HubRequest, _ type: RepoType, _ name: RepoName, _ revision: String) async throws -> Response
    {
        let database = services.database
        let (place, area) = try await database.pool.read { db in
            let place = try CommitPlace(request, type, name, revision, in: db)
            return (place, try UploadArea.find(for: place.user, of: place.repo, isWriter: place.isWriter, in: db))
        }
        var reader = CommitReader(place: place, area: area, services: services)
        do {
            if request.request.headers[.contentType]?.lowercased().hasPrefix("application/json") == true {
                try await reader.read(request.json(LegacyCommit.self))
            } else {
                try await reader.read(request.request.body)
            }
        } catch is RepositoryGone {
            throw HubFailure.repoNotFound(for: request.caller)
        }
        let draft = reader.draft
        let made = try await database.pool.write { [content = services.content] db in
            // The body may have taken long: the rights, the name and the branch are looked at again.
            let place = try place.again(request, revision, in: db)
            return try Self.apply(draft, at: place, opensPullRequest: request.query.flag("create_pr"), content, in: db)
        }
        services.logger.debug(
            "committed",
            metadata: [
                "repo": "\(made.place.repo.fullName)", "revision": "\(revision)", "commit": "\(made.commit)",
            ])
        let page = "\(request.baseURL)/\(made.place.repo.urlPath)"
        var reply = CommitReply(
            success: true, commitOid: "\(made.commit)", commitUrl: "\(page)/commit/\(made.commit)")
        reply.pullRequestUrl = made.pullRequest.map { "\(page)/discussions/\($0.number)" }
        return try .json(reply)
    }

    private static func apply(
        _ draft: CommitDraft, at place: CommitPlace, opensPullRequest: Bool, _ content: ContentStore, in db: Database
    ) throws -> Made {
        let now = HubDate.nowInMilliseconds
        var ref = place.ref
        var pullRequest = place.pullRequest
        if opensPullRequest {
            let opened = try Discussion.open(
                repo: place.repo.id, title: String(draft.title.prefix(DiscussionRoutes.maximumTitle)),
                author: place.user.name, status: .open,
                pullRequest: Discussion.PullRequest(base: place.ref, baseCommit: place.head), at: now, in: db)
            _ = try opened.addEvent(
                DiscussionEvent.comment(draft.description, by: place.user.name, at: now), by: place.user.name, at: now,
                in: db)
            ref = opened.ref
            pullRequest = opened
        }
        let commit = try draft.apply(to: ref, of: place.repo, by: place.user.name, at: now, content: content, in: db)
        if let pullRequest, commit != place.head {
            _ = try pullRequest.addEvent(
                DiscussionEvent.commit(commit, subject: draft.title), by: place.user.name, at: now, in: db)
        }
        return Made(place: place, commit: commit, pullRequest: opensPullRequest ? pullRequest : nil)
    }
}
