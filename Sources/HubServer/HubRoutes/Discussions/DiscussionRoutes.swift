import Foundation
import GRDB
import HubWire
import Hummingbird

/// Listing, opening and reading discussions and pull requests (hub-api §1.10).
struct DiscussionRoutes: Sendable {
    let services: ServerServices

    private static let entriesPerPage = 50
    static let maximumTitle = 500
    static let maximumText = 256 << 10
    /// Files that a diff looks into.
    private static let maximumFiles = 200

    func list(_ request: HubRequest, _ type: RepoType, _ name: RepoName) async throws -> Response {
        var filter = Discussion.Filter(author: request.query["author"])
        switch request.query["type"] {
        case "discussion": filter.isPullRequest = false
        case "pull_request": filter.isPullRequest = true
        default: break
        }
        switch request.query["status"] {
        case "open": filter.isOpen = true
        case "closed": filter.isOpen = false
        default: break
        }
        let page = min(max(0, request.query["p"].flatMap { Int($0) } ?? 0), Int(Int32.max))
        let start = page * Self.entriesPerPage
        let (repo, found) = try await services.database.pool.read { [filter] db in
            let repo = try request.repo(type, name, in: db)
            return (
                repo,
                try Discussion.list(filter, repo: repo.id, skipping: start, limit: Self.entriesPerPage, in: db)
            )
        }
        return try .json(
            [
                "discussions": .array(found.page.map { .object(Self.describe($0, repo)) }),
                "count": .integer(Int64(found.count)), "start": .integer(Int64(start)),
            ] as JSONValue)
    }

    static func describe(_ discussion: Discussion, _ repo: Repo) -> [String: JSONValue] {
        [
            "num": .integer(discussion.number), "title": .string(discussion.title),
            "status": .string(discussion.status.rawValue), "isPullRequest": .bool(discussion.pullRequest != nil),
            "createdAt": .string(HubDate.text(milliseconds: discussion.createdAt)),
            "author": ["name": .string(discussion.author), "type": "user", "avatarUrl": ""],
            "repo": ["name": .string(repo.fullName), "type": .string(repo.type.rawValue)],
        ]
    }

    func create(_ request: HubRequest, _ type: RepoType, _ name: RepoName) async throws -> Response {
        struct Body: Decodable {
            var title: String
            var description: String?
            var pullRequest: Bool?
        }
        _ = try await services.database.pool.read { db in
            try request.speaker(at: request.repo(type, name, in: db), in: db)
        }
        let body = try await request.json(Body.self)
        let title = try Self.title(body.title)
        let text = try Self.text(body.description ?? "")
        let (repo, discussion) = try await services.database.pool.write { db in
            let repo = try request.repo(type, name, in: db)
            let user = try request.speaker(at: repo, in: db)
            let now = HubDate.nowInMilliseconds
            let isPullRequest = body.pullRequest ?? false
            let pullRequest = try isPullRequest ? Self.newPullRequest(repo, in: db) : nil
            let opened = try Discussion.open(
                repo: repo.id, title: title, author: user.name, status: isPullRequest ? .draft : .open,
                pullRequest: pullRequest, at: now, in: db)
            _ = try opened.addEvent(
                DiscussionEvent.comment(text, by: user.name, at: now), by: user.name, at: now, in: db)
            return (repo, opened)
        }
        return try .json(
            [
                "num": .integer(discussion.number), "pullRequest": .bool(discussion.pullRequest != nil),
                "url": .string("\(request.baseURL)/\(repo.urlPath)/discussions/\(discussion.number)"),
            ] as JSONValue)
    }

    private static func newPullRequest(_ repo: Repo, in db: Database) throws -> Discussion.PullRequest {
        guard let head = try GitStore(repo: repo.id, db: db).ref("refs/heads/main") else {
            throw HubFailure.revisionNotFound("main")
        }
        return Discussion.PullRequest(base: "refs/heads/main", baseCommit: head)
    }

    static func title(_ text: String) throws(HubFailure) -> String {
        let title = text.trimmingCharacters(in: .whitespacesAndNewlines)
        guard (1...maximumTitle).contains(title.utf8.count) else {
            throw .badRequest("A title must have between 1 and \(maximumTitle) bytes")
        }
        return title
    }

    static func text(_ text: String) throws(HubFailure) -> String {
        guard text.utf8.count <= maximumText else {
            throw .tooLarge("A comment may be at most \(maximumText >> 10) KiB long")
        }
        return text
    }

    // MARK: One discussion

    func describe(_ call: DiscussionCall) async throws -> Response {
        let wantsDiff = call.request.query.flag("diff")
        var (reply, files) = try await services.database.pool.read { db in
            let (repo, discussion) = try call.find(in: db)
            var reply = Self.describe(discussion, repo)
            reply["events"] = .array(try discussion.events(in: db).map(\.json))
            reply["isReportable"] = false
            reply["locked"] = false
            guard let pullRequest = discussion.pullRequest else { return (reply, [FileVersions]()) }
            var changes: [String: JSONValue] = ["base": .string(pullRequest.base)]
            if let commit = pullRequest.mergeCommit { changes["mergeCommitId"] = .string("\(commit)") }
            reply["changes"] = .object(changes)
            let store = GitStore(repo: repo.id, db: db)
            let conflicts =
                discussion.isOpen ? try PullRequestMerge(discussion, in: store)?.conflicts() ?? [] : []
            reply["filesWithConflicts"] = .array(conflicts.map { .string("\($0)") })
            // The text of gated files is for those alone who may have the files.
            let isOpen = (try? GateKeeper.check(call.request.caller, at: repo, baseURL: "", in: db)) != nil
            return (reply, wantsDiff && isOpen ? try Self.versions(of: discussion, pullRequest, store) : [])
        }
        if wantsDiff, reply["changes"] != nil {
            var diff = UnifiedDiff()
            for file in files { diff.add(file.change, old: file.old, new: file.new) }
            reply["diff"] = .string(diff.text)
        }
        return try .json(JSONValue.object(reply))
    }

    private struct FileVersions: Sendable {
        var change: TreeDifference.Change
        var old: Data?
        var new: Data?
    }

    private static func versions(
        of discussion: Discussion, _ pullRequest: Discussion.PullRequest, _ store: GitStore
    ) throws -> [FileVersions] {
        guard let old = try store.commit(pullRequest.baseCommit), let head = try store.ref(discussion.ref),
            let new = try store.commit(head)
        else { return [] }
        let content = { (entry: GitTreeEntry?) throws -> Data? in
            guard let entry, try store.blobInfo(entry.id).gitSize <= UnifiedDiff.maximumFile else { return nil }
            return try store.content(entry.id)
        }
        return try TreeDifference(from: old.tree, to: new.tree, load: store.tree).changes.prefix(maximumFiles)
            .map { FileVersions(change: $0, old: try content($0.old), new: try content($0.new)) }
    }
}
