import GRDB
import HTTPTypes
import HubWire
import Hummingbird

/// Branches, tags and pull requests by name (hub-api §1.4, §1.5).
struct RefRoutes: Sendable {
    let services: ServerServices

    private static let maximumMessage = 64 << 10

    private enum Kind: String {
        case branch, tag

        var prefix: String { self == .branch ? "refs/heads/" : "refs/tags/" }
    }

    func list(_ request: HubRequest, _ type: RepoType, _ name: RepoName) async throws -> Response {
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

    func createBranch(_ request: HubRequest, _ type: RepoType, _ name: RepoName, _ branch: String) async throws
        -> Response
    {
        struct Body: Decodable {
            var startingPoint: String?
        }
        let start = try await request.optionalJSON(Body.self)?.startingPoint
        try await create(.branch, branch, at: start ?? "main", request, type, name)
        return try .json(["ok": true])
    }

    /// A tag with a message is an annotated one.
    func createTag(_ request: HubRequest, _ type: RepoType, _ name: RepoName, at revision: String) async throws
        -> Response
    {
        struct Body: Decodable {
            var tag: String
            var message: String?
        }
        let wanted = try await request.json(Body.self)
        let message = GitTag.message(wanted.message)
        guard message.map({ $0.utf8.count <= Self.maximumMessage }) ?? true else {
            throw HubFailure.tooLarge("The message of a tag may be at most \(Self.maximumMessage >> 10) KiB long")
        }
        try await create(.tag, wanted.tag, at: revision, message: message, request, type, name)
        return try .json(["ok": true])
    }

    private func create(
        _ kind: Kind, _ ref: String, at revision: String, message: String? = nil, _ request: HubRequest,
        _ type: RepoType, _ name: RepoName
    ) async throws {
        try await services.database.pool.write { db in
            let store = GitStore(repo: try request.writableRepo(type, name, in: db).id, db: db)
            if let problem = GitRefName.problem(with: ref) {
                throw HubFailure.badRequest("\"\(ref)\" cannot be the name of a \(kind.rawValue): \(problem)")
            }
            let full = kind.prefix + ref
            let refs = try store.refs().map(\.name)
            guard !refs.contains(full) else {
                throw HubFailure(.conflict, "The \(kind.rawValue) \"\(ref)\" already exists")
            }
            // Git keeps refs as files: one cannot also be the folder of another.
            if let other = refs.first(where: { $0.hasPrefix(full + "/") || full.hasPrefix($0 + "/") }) {
                throw HubFailure(.conflict, "\"\(ref)\" cannot stand beside the existing \"\(other)\"")
            }
            let commit = try request.commit(revision, store).id
            if let message {
                try store.setTag(
                    GitTag(
                        commit: commit, name: ref, tagger: try request.user().name,
                        date: HubDate.nowInMilliseconds / 1000, message: message))
            } else {
                try store.setRef(full, to: commit)
            }
        }
    }

    func deleteBranch(_ request: HubRequest, _ type: RepoType, _ name: RepoName, _ branch: String) async throws
        -> Response
    {
        try await delete(.branch, branch, request, type, name)
    }

    func deleteTag(_ request: HubRequest, _ type: RepoType, _ name: RepoName, _ tag: String) async throws -> Response {
        try await delete(.tag, tag, request, type, name)
    }

    private func delete(
        _ kind: Kind, _ ref: String, _ request: HubRequest, _ type: RepoType, _ name: RepoName
    ) async throws -> Response {
        try await services.database.pool.write { db in
            let store = GitStore(repo: try request.writableRepo(type, name, in: db).id, db: db)
            guard kind == .tag || ref != "main" else {
                throw HubFailure(.forbidden, "The branch \"main\" cannot be deleted")
            }
            guard try store.removeRef(kind.prefix + ref) else {
                throw HubFailure(
                    .notFound, code: .revisionNotFound, "There is no \(kind.rawValue) named \"\(ref)\"")
            }
        }
        return try .json(["ok": true])
    }
}
