import GRDB
import HubWire
import Hummingbird

/// The commits of a revision, and throwing them away (hub-api §1.4).
struct HistoryRoutes: Sendable {
    let services: ServerServices

    private static let commitsPerPage = 50
    private static let maximumCommitsPerPage = 1000

    func list(_ request: HubRequest, _ type: RepoType, _ name: RepoName, revision: String) async throws -> Response {
        let asked = request.query["limit"].flatMap { Int($0) } ?? Self.commitsPerPage
        let limit = min(max(1, asked), Self.maximumCommitsPerPage)
        let page = min(max(0, request.query["p"].flatMap { Int($0) } ?? 0), Int(Int32.max))
        let isFormatted = (request.query.all("expand") + request.query.all("expand[]")).contains("formatted")
        let commits = try await services.database.pool.read { db in
            let store = GitStore(repo: try request.repo(type, name, in: db).id, db: db)
            // One more than asked for tells whether there is another page.
            return try store.history(
                from: request.commit(revision, store).id, skipping: page * limit, limit: limit + 1)
        }
        let entries = commits.prefix(limit).map { Self.entry($0, isFormatted: isFormatted) }
        let next = commits.count > limit ? request.link(replacing: "p", with: String(page + 1)) : [:]
        return try .json(entries, headers: next)
    }

    private static func entry(_ commit: StoredCommit, isFormatted: Bool) -> JSONValue {
        let body = String(commit.message.dropFirst(commit.title.count).drop { $0.isNewline })
        var entry: [String: JSONValue] = [
            "id": .string("\(commit.id)"), "title": .string(commit.title), "message": .string(body),
            "date": .string(HubDate.text(seconds: commit.date)),
            "authors": [["user": .string(commit.author), "avatar": ""]],
        ]
        if isFormatted {
            entry["formatted"] = [
                "title": .string(HTMLText.escaped(commit.title)), "message": .string(HTMLText.escaped(body)),
            ]
        }
        return .object(entry)
    }

    /// Makes one commit of all that a branch has: its files stay, its history goes.
    func squash(_ request: HubRequest, _ type: RepoType, _ name: RepoName, branch: String) async throws -> Response {
        struct Body: Decodable {
            var message: String?
        }
        let message = try await request.optionalJSON(Body.self)?.message ?? "Super-squash branch '\(branch)'"
        let id = try await services.database.pool.write { db in
            let repo = try request.writableRepo(type, name, in: db)
            let store = GitStore(repo: repo.id, db: db)
            guard let (ref, head) = try store.branch(branch), let commit = try store.commit(head) else {
                throw HubFailure.revisionNotFound(branch)
            }
            let now = HubDate.nowInMilliseconds
            let squashed = GitCommit(
                tree: commit.tree, parent: nil, author: try request.user().name, date: now / 1000, summary: message)
            try store.insert(squashed)
            try store.setRef(ref, to: squashed.id)
            try Repo.touch(repo.id, at: now, in: db)
            return squashed.id
        }
        return try .json(["commitOid": "\(id)"])
    }
}
