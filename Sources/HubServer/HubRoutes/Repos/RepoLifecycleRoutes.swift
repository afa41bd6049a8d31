import GRDB
import HTTPTypes
import HubWire
import Hummingbird

/// Creating, deleting, moving, copying and setting up repositories (hub-api §1.5).
struct RepoLifecycleRoutes: Sendable {
    let services: ServerServices

    // MARK: Create

    func create(_ request: HubRequest) async throws -> Response {
        let user = try request.user("Log in with a token that may write to create a repository")
        let wanted = try await request.json(CreateRepoRequest.self)
        let type = wanted.type ?? .model
        let namespace = wanted.organization ?? user.name
        let isPrivate = try Self.isPrivate(wanted.visibility) ?? wanted.isPrivate ?? false
        let draft = RepoDraft(
            type: type, namespace: namespace, name: wanted.name, isPrivate: isPrivate, sdk: wanted.sdk,
            creator: user.name, now: HubDate.nowInMilliseconds)
        let made = try await services.database.pool.write { db in
            try Self.checkPlace(draft, request, in: db)
            return try Repo.create(draft, in: db)
        }
        return try reply(request, draft, wasMade: made != nil)
    }

    private func reply(_ request: HubRequest, _ draft: RepoDraft, wasMade: Bool) throws -> Response {
        let url = "\(request.baseURL)/\(draft.type.urlPrefix)\(draft.namespace)/\(draft.name)"
        guard !wasMade else { return try .json(CreateRepoReply(url: url)) }
        let message = "You already created this \(draft.type.rawValue) repo"
        return try .json(
            CreateRepoReply(url: url, error: message), status: .conflict, headers: [.hubErrorMessage: message])
    }

    /// Checks that a repository may come to stand where the draft says.
    private static func checkPlace(_ draft: RepoDraft, _ request: HubRequest, in db: Database) throws {
        guard RepoID("\(draft.namespace)/\(draft.name)") != nil, !ReservedNames.contains(draft.namespace) else {
            throw HubFailure.badRequest("\"\(draft.namespace)/\(draft.name)\" is not a valid name of a repository")
        }
        guard request.caller.canCreate(in: draft.namespace) else {
            throw HubFailure(
                .forbidden,
                "The token of \(draft.creator) may not create repositories in the namespace \"\(draft.namespace)\"")
        }
        guard try AccountTable.find(draft.namespace, in: db) != nil else {
            throw HubFailure(.notFound, "There is no user or organisation named \"\(draft.namespace)\"")
        }
    }

    /// Nil when nothing is said. A space's `protected` hides its files, which is all that this hub has of it.
    private static func isPrivate(_ visibility: String?) throws(HubFailure) -> Bool? {
        switch visibility {
        case nil: nil
        case "public": false
        case "private", "protected": true
        case .some(let other): throw .badRequest("\"\(other)\" is no visibility: say public or private")
        }
    }

    // MARK: Delete and move

    func delete(_ request: HubRequest) async throws -> Response {
        struct Body: Decodable {
            var name: String
            var organization: String?
            var type: RepoType?
        }
        let user = try request.user("Log in with a token that may write to delete a repository")
        let body = try await request.json(Body.self)
        // Old clients put both names into one.
        let parts = body.name.split(separator: "/", maxSplits: 1).map(String.init)
        let name =
            parts.count == 2
            ? RepoName(namespace: parts[0], name: parts[1])
            : RepoName(namespace: body.organization ?? user.name, name: body.name)
        try await services.database.pool.write { db in
            let repo = try Self.exactly(request, body.type ?? .model, name, in: db)
            try repo.delete(in: db)
        }
        return try .json(["ok": true])
    }

    func move(_ request: HubRequest) async throws -> Response {
        struct Body: Decodable {
            var fromRepo: RepoID
            var toRepo: RepoID
            var type: RepoType?
        }
        let user = try request.user("Log in with a token that may write to move a repository")
        let body = try await request.json(Body.self)
        guard let source = body.fromRepo.namespace, let target = body.toRepo.namespace else {
            throw HubFailure.badRequest("Both names must have the form namespace/name")
        }
        let type = body.type ?? .model
        try await services.database.pool.write { db in
            let repo = try Self.exactly(
                request, type, RepoName(namespace: source, name: body.fromRepo.name), in: db)
            try Self.checkPlace(
                RepoDraft(type: type, namespace: target, name: body.toRepo.name, creator: user.name, now: 0), request,
                in: db)
            guard try repo.move(namespace: target, name: body.toRepo.name, in: db) else {
                throw HubFailure(.conflict, "A \(type.rawValue) repo named \"\(body.toRepo)\" already exists")
            }
        }
        return try .json(["url": "\(request.baseURL)/\(type.urlPrefix)\(body.toRepo)"])
    }

    /// A repository that the caller may change, under its present name alone: what is deleted or moved must be what
    /// the caller means.
    private static func exactly(_ request: HubRequest, _ type: RepoType, _ name: RepoName, in db: Database) throws
        -> Repo
    {
        guard try Repo.find(type, namespace: name.namespace, name: name.name, in: db) != nil else {
            throw HubFailure.repoNotFound(for: request.caller)
        }
        return try request.writableRepo(type, name, in: db)
    }

    // MARK: Settings

    func update(_ request: HubRequest, _ type: RepoType, _ name: RepoName) async throws -> Response {
        struct Body: Decodable {
            var visibility: String?
            var isPrivate: Bool?
            var gated: Gating?

            enum CodingKeys: String, CodingKey {
                case visibility
                case isPrivate = "private"
                case gated
            }
        }
        // Nobody's body is read for a repository that the caller cannot change.
        _ = try await services.database.pool.read { db in try request.writableRepo(type, name, in: db) }
        let body = try await request.json(Body.self)
        let wanted = try Self.isPrivate(body.visibility) ?? body.isPrivate
        let repo = try await services.database.pool.write { db in
            let repo = try request.writableRepo(type, name, in: db)
            try repo.update(isPrivate: wanted ?? repo.isPrivate, gating: body.gated ?? repo.gating, in: db)
            return try Repo.find(id: repo.id, in: db) ?? repo
        }
        struct Reply: Encodable {
            var `private`: Bool
            var gated: Gating
        }
        return try .json(Reply(private: repo.isPrivate, gated: repo.gating))
    }

    // MARK: Duplicate

    /// Copies a repository with its history, its branches and its tags; contents are shared, so it costs little.
    func duplicate(_ request: HubRequest, _ type: RepoType, _ name: RepoName) async throws -> Response {
        struct Body: Decodable {
            var repository: String
            var visibility: String?
            var isPrivate: Bool?

            enum CodingKeys: String, CodingKey {
                case repository, visibility
                case isPrivate = "private"
            }
        }
        let user = try request.user("Log in with a token that may write to duplicate a repository")
        _ = try await services.database.pool.read { db in try request.contentRepo(type, name, in: db) }
        let body = try await request.json(Body.self)
        guard let target = RepoID(body.repository), let namespace = target.namespace else {
            throw HubFailure.badRequest("\"\(body.repository)\" is not of the form namespace/name")
        }
        let wanted = try Self.isPrivate(body.visibility) ?? body.isPrivate
        let (draft, made) = try await services.database.pool.write { [content = services.content] db in
            let source = try request.contentRepo(type, name, in: db)
            let draft = RepoDraft(
                type: type, namespace: namespace, name: target.name, isPrivate: wanted ?? source.isPrivate,
                gating: source.gating, sdk: source.sdk, creator: user.name, now: HubDate.nowInMilliseconds)
            try Self.checkPlace(draft, request, in: db)
            return (draft, try RepoCopy(source: source, content: content).make(draft, in: db))
        }
        return try reply(request, draft, wasMade: made)
    }
}
