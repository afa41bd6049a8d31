import Foundation
import GRDB
import HTTPTypes
import HubWire
import Hummingbird
import Xet

/// The large files of a repository in all its history, and what can be done with them (hub-api §1.4).
struct LargeFileRoutes: Sendable {
    let services: ServerServices

    private static let entriesPerPage = 1000
    private static let maximumFiles = 1000

    func list(_ request: HubRequest, _ type: RepoType, _ name: RepoName) async throws -> Response {
        let start = request.query["cursor"].flatMap { Int64($0) } ?? 0
        let (entries, next) = try await services.database.pool.read { db in
            let repo = try request.writableRepo(type, name, in: db)
            let store = GitStore(repo: repo.id, db: db)
            let rows = try Row.fetchAll(
                db,
                sql: """
                    SELECT rowid, id, sha256, content_size, added_at FROM git_blob
                    WHERE repo = ? AND sha256 IS NOT NULL AND rowid > ? ORDER BY rowid LIMIT ?
                    """, arguments: [repo.id, start, Self.entriesPerPage + 1])
            let page = rows.prefix(Self.entriesPerPage)
            let names = try FileNames(of: Set(page.map { $0["id"] as GitObjectID }), in: store)
            let entries = page.map { row -> JSONValue in
                let digest = JSONValue.string(Hex.encode(row["sha256"] as Data))
                let seconds: Int64 = row["added_at"] ?? repo.createdAt / 1000
                let found = names.found[row["id"]]
                return [
                    "fileOid": digest, "oid": digest, "size": .integer(row["content_size"]),
                    "filename": .string(found?.path ?? ""), "ref": found.map { .string($0.ref) } ?? .null,
                    "pushedAt": .string(HubDate.text(seconds: seconds)),
                ]
            }
            return (entries, rows.count > page.count ? page.last?["rowid"] as Int64? : nil)
        }
        return try .json(entries, headers: next.map { request.link(replacing: "cursor", with: "\($0)") } ?? [:])
    }

    func remove(_ request: HubRequest, _ type: RepoType, _ name: RepoName) async throws -> Response {
        struct Body: Decodable {
            struct Deletions: Decodable {
                var sha: [String]
                var rewriteHistory: Bool?
            }
            var deletions: Deletions
        }
        _ = try await services.database.pool.read { db in try request.writableRepo(type, name, in: db) }
        let wanted = try await request.json(Body.self).deletions
        guard wanted.sha.count <= Self.maximumFiles else {
            throw HubFailure.badRequest("At most \(Self.maximumFiles) files may be deleted at once")
        }
        let digests = try wanted.sha.map { text in
            guard let digest = SHA256Digest(text) else { throw HubFailure.badRequest("\"\(text)\" is no SHA-256") }
            return digest
        }
        try await services.database.pool.write { db in
            let repo = try request.writableRepo(type, name, in: db)
            try LargeFileRemoval(store: GitStore(repo: repo.id, db: db))
                .remove(digests, rewritingHistory: wanted.rewriteHistory ?? false)
        }
        return try .json(["ok": true])
    }

    /// Lets another repository have files of this one, so that a commit there can name them.
    func duplicate(_ request: HubRequest, _ type: RepoType, _ name: RepoName) async throws -> Response {
        struct Body: Decodable {
            struct Target: Decodable {
                var type: RepoType
                var name: RepoID
            }
            struct File: Decodable {
                var xetHash: String
                var sha256: String
                var filename: String?
            }
            var target: Target
            var files: [File]
        }
        _ = try await services.database.pool.read { db in try request.contentRepo(type, name, in: db) }
        let body = try await request.json(Body.self)
        guard body.files.count <= Self.maximumFiles, let namespace = body.target.name.namespace else {
            throw HubFailure.badRequest("At most \(Self.maximumFiles) files may be copied at once, to namespace/name")
        }
        let target = RepoName(namespace: namespace, name: body.target.name.name)
        let failed = try await services.database.pool.write { [content = services.content] db in
            let source = GitStore(repo: try request.contentRepo(type, name, in: db).id, db: db)
            let area = try request.uploadArea(body.target.type, target, in: db)
            return try body.files.compactMap { file -> JSONValue? in
                guard let digest = SHA256Digest(file.sha256), let large = try source.large(sha256: digest),
                    "\(large.fileHash)" == file.xetHash,
                    let stored = try ContentTables.file(large.fileHash, in: db)
                else { return ["sha256": .string(file.sha256), "error": "The repository has no such file"] }
                try content.link(file: large.fileHash, toRepo: area, in: db)
                try ContentTables.claim(sha256: digest, file: stored.id, repo: area, in: db)
                return nil
            }
        }
        return try .json(["failed": .array(failed)] as JSONValue)
    }
}

extension HubRequest {
    /// Where the caller may upload for a repository: into it, or into an area of their own for a pull request.
    func uploadArea(_ type: RepoType, _ name: RepoName, in db: Database) throws -> Int64 {
        let (repo, user) = try uploader(type, name, in: db)
        return try UploadArea.make(for: user, of: repo, isWriter: caller.canWrite(repo), in: db)
    }

    /// The repository under the id of the caller's ``uploadArea(_:_:in:)`` for it.
    func uploadTarget(_ type: RepoType, _ name: RepoName, _ database: HubDatabase) async throws -> Repo {
        var (repo, area) = try await database.pool.read { db in
            let (repo, user) = try uploader(type, name, in: db)
            return (repo, try UploadArea.find(for: user, of: repo, isWriter: caller.canWrite(repo), in: db))
        }
        if area == nil { area = try await database.pool.write { db in try uploadArea(type, name, in: db) } }
        if let area { repo.id = area }
        return repo
    }

    private func uploader(_ type: RepoType, _ name: RepoName, in db: Database) throws -> (Repo, Caller.User) {
        let repo = try repo(type, name, in: db)
        let user = try user("Log in with a token that may write to \(repo.fullName)")
        let isWriter = caller.canWrite(repo)
        guard isWriter || user.maySpeak else {
            throw HubFailure(.forbidden, "The token of \(user.name) may not write to \(repo.fullName)")
        }
        if !isWriter { try GateKeeper.check(caller, at: repo, baseURL: baseURL, in: db) }
        return (repo, user)
    }
}
