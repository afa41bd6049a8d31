import Foundation
import GRDB
import HubWire
import Hummingbird

/// Creating a repository and describing it (hub-api §1.2, §1.4, §1.5).
struct RepoRoutes: Sendable {
    let services: ServerServices

    private static let commitsPerPage = 50
    private static let maximumCommitsPerPage = 1000

    func create(_ request: HubRequest) async throws -> Response {
        guard let user = request.caller.user else {
            throw HubFailure(.unauthorized, "Log in with a token that may write to create a repository")
        }
        let wanted = try await request.json(CreateRepoRequest.self)
        let type = wanted.type ?? .model
        let namespace = wanted.organization ?? user.name
        guard RepoID("\(namespace)/\(wanted.name)") != nil, !ReservedNames.contains(namespace) else {
            throw HubFailure.badRequest("\"\(namespace)/\(wanted.name)\" is not a valid name of a repository")
        }
        guard request.caller.canWrite(namespace: namespace) else {
            throw HubFailure(
                .forbidden, "The token of \(user.name) may not create repositories in the namespace \"\(namespace)\"")
        }
        let isPrivate = wanted.visibility.map { $0 != "public" } ?? wanted.isPrivate ?? false
        let url = "\(request.baseURL)/\(type.urlPrefix)\(namespace)/\(wanted.name)"
        let made = try await services.database.pool.write { db in
            try Repo.create(
                type, namespace: namespace, name: wanted.name, isPrivate: isPrivate, author: user.name,
                at: HubDate.nowInMilliseconds, in: db)
        }
        guard made != nil else {
            return try .json(
                CreateRepoReply(url: url, error: "You already created this \(type.rawValue) repo"), status: .conflict)
        }
        return try .json(CreateRepoReply(url: url))
    }

    func info(_ request: HubRequest, _ type: RepoType, _ name: RepoName, revision: String?) async throws -> Response {
        let withBlobs = request.query.flag("blobs")
        let info = try await services.database.pool.read { db in
            let repo = try request.repo(type, name, in: db)
            let store = GitStore(repo: repo.id, db: db)
            let commit = try request.commit(revision ?? "main", store)
            return try Self.describe(repo, commit, store, withBlobs: withBlobs)
        }
        return try .json(info)
    }

    private static func describe(_ repo: Repo, _ commit: StoredCommit, _ store: GitStore, withBlobs: Bool) throws
        -> RepoInfo
    {
        let listing = try TreeListing(
            store: store, tree: commit.tree, path: nil, isRecursive: true, from: nil, limit: .max)
        var used: Int64 = 0
        var info = RepoInfo(id: repo.fullName)
        info.siblings = try listing.items.filter { !$0.isDirectory }.map { item in
            guard withBlobs else { return RepoInfo.Sibling(rfilename: item.path) }
            let blob = try store.blobInfo(item.id)
            used += blob.size
            return RepoInfo.Sibling(
                rfilename: item.path, size: blob.size, blobID: "\(blob.id)",
                lfs: blob.large.map {
                    RepoInfo.Sibling.LFS(
                        sha256: "\($0.sha256)", size: Int64(clamping: $0.size), pointerSize: blob.gitSize)
                })
        }
        let id = String(repo.id, radix: 16)
        info.mongoID = String(repeating: "0", count: max(0, 24 - id.count)) + id
        if repo.type == .model { info.modelID = repo.fullName }
        info.author = repo.namespace
        info.sha = "\(commit.id)"
        info.lastModified = HubDate.text(milliseconds: repo.modifiedAt)
        info.createdAt = HubDate.text(milliseconds: repo.createdAt)
        info.isPrivate = repo.isPrivate
        info.gated = .open
        info.disabled = false
        info.downloads = 0
        info.likes = 0
        info.tags = []
        info.xetEnabled = true
        if withBlobs { info.usedStorage = used }
        return info
    }

    func refs(_ request: HubRequest, _ type: RepoType, _ name: RepoName) async throws -> Response {
        let withPullRequests = request.query.flag("include_prs")
        let refs = try await services.database.pool.read { db in
            try GitStore(repo: request.repo(type, name, in: db).id, db: db).refs()
        }
        let under = { (prefix: String) in
            refs.filter { $0.name.hasPrefix(prefix) }.map {
                RefList.Ref(
                    name: String($0.name.dropFirst(prefix.count)), ref: $0.name, targetCommit: "\($0.target)")
            }
        }
        return try .json(
            RefList(
                branches: under("refs/heads/"), tags: under("refs/tags/"),
                pullRequests: withPullRequests ? under("refs/pr/") : nil))
    }

    func commits(_ request: HubRequest, _ type: RepoType, _ name: RepoName, revision: String) async throws -> Response {
        struct Author: Encodable {
            var user: String
        }
        struct Entry: Encodable {
            var id: String
            var title: String
            var message: String
            var date: String
            var authors: [Author]
        }
        let asked = request.query["limit"].flatMap { Int($0) } ?? Self.commitsPerPage
        let limit = min(max(1, asked), Self.maximumCommitsPerPage)
        let page = min(max(0, request.query["p"].flatMap { Int($0) } ?? 0), Int(Int32.max))
        let commits = try await services.database.pool.read { db in
            let store = GitStore(repo: try request.repo(type, name, in: db).id, db: db)
            // One more than asked for tells whether there is another page.
            return try store.history(
                from: request.commit(revision, store).id, skipping: page * limit, limit: limit + 1)
        }
        let entries = commits.prefix(limit).map { commit in
            let body = commit.message.dropFirst(commit.title.count).drop { $0.isNewline }
            return Entry(
                id: "\(commit.id)", title: commit.title, message: String(body),
                date: HubDate.text(seconds: commit.date), authors: [Author(user: commit.author)])
        }
        let next = commits.count > limit ? request.link(replacing: "p", with: String(page + 1)) : [:]
        return try .json(entries, headers: next)
    }

    /// Says whether the caller may see the repository or, where it `wants` to `write`, change it.
    func authCheck(_ request: HubRequest, _ type: RepoType, _ name: RepoName, wants: String?) async throws -> Response {
        guard wants == nil || wants == "write" else { throw HubFailure.notFound }
        try await services.database.pool.read { db in
            _ = wants == nil ? try request.repo(type, name, in: db) : try request.writableRepo(type, name, in: db)
        }
        return try .json(["ok": true])
    }
}
