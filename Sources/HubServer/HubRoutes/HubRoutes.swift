import HTTPTypes
import HubWire
import Hummingbird

/// The Hub's API and file URLs (hub-api §1).
struct HubRoutes: Sendable {
    let services: ServerServices

    /// Answers a request whose path has these raw, percent-encoded segments.
    func respond(to request: Request, segments: [Substring]) async throws -> Response {
        let target = request.head.path ?? ""
        let query = target.firstIndex(of: "?").map { target[target.index(after: $0)...] } ?? ""
        let door = try GitDoor(segments)
        let caller: Caller
        do {
            caller = try await self.caller(of: request, allowsBasic: door != nil)
        } catch let failure as HubFailure {
            guard let door else { throw failure }
            return door.isLFS ? failure.lfsResponse : failure.gitResponse
        }
        let hubRequest = HubRequest(
            request: request, caller: caller,
            baseURL: try BaseURL.of(request, services.configuration), query: FormQuery(query))
        if let door { return await GitRoutes(services: services).respond(hubRequest, door) }
        return segments.first == "api"
            ? try await api(hubRequest, segments.dropFirst()) : try await file(hubRequest, segments[...])
    }

    /// A bad token fails everywhere, also where no token is needed.
    private func caller(of request: Request, allowsBasic: Bool) async throws -> Caller {
        guard let header = request.headers[.authorization] else { return .anonymous }
        guard let token = GitCredentials.token(header, allowsBasic: allowsBasic),
            let user = try await services.database.user(presenting: AccessToken(token))
        else { throw HubFailure.badToken }
        RequestScope.current?.identified(user)
        return .user(user)
    }

    private func api(_ request: HubRequest, _ segments: ArraySlice<Substring>) async throws -> Response {
        let path = segments.map(String.init)
        switch path.first {
        case "whoami-v2" where path.count == 1:
            guard request.isRead else { throw HubFailure.methodNotAllowed("GET, HEAD") }
            return try account.whoAmI(request)
        case "agent-harnesses" where path.count == 1:
            guard request.isRead else { throw HubFailure.methodNotAllowed("GET, HEAD") }
            return try account.agentHarnesses()
        case "validate-yaml" where path.count == 1:
            guard request.request.method == .post else { throw HubFailure.methodNotAllowed("POST") }
            return try await account.validateYAML(request)
        case "repos" where path == ["repos", "create"]:
            guard request.request.method == .post else { throw HubFailure.methodNotAllowed("POST") }
            return try await RepoRoutes(services: services).create(request)
        case .some(let plural):
            guard let type = RepoType(plural: plural), path.count >= 2 else { throw HubFailure.notFound }
            // Names without a namespace exist on the public Hub only.
            guard segments.count >= 3 else { throw HubFailure.repoNotFound(for: request.caller) }
            let name = try RepoName(segments[segments.startIndex + 1], segments[segments.startIndex + 2])
            let rest = try segments.dropFirst(3).map(PathSegment.decode)
            return try await repo(request, type, name, rest)
        case nil: throw HubFailure.notFound
        }
    }

    private var account: AccountRoutes { AccountRoutes() }

    /// Answers a request about a repository; `rest` are the decoded segments after its name.
    private func repo(_ request: HubRequest, _ type: RepoType, _ name: RepoName, _ rest: [String]) async throws
        -> Response
    {
        let repos = RepoRoutes(services: services)
        let trees = TreeRoutes(services: services)
        switch (rest.first, rest.count) {
        case (nil, _), ("revision", 2), ("refs", 1), ("commits", 2), ("tree", 2...), ("auth-check", 1...2),
            ("xet-read-token", 2), ("xet-write-token", 2):
            guard request.isRead else { throw HubFailure.methodNotAllowed("GET, HEAD") }
        case ("paths-info", 2), ("preupload", 2), ("commit", 2):
            guard request.request.method == .post else { throw HubFailure.methodNotAllowed("POST") }
        default: throw HubFailure.notFound
        }
        switch rest.first {
        case nil: return try await repos.info(request, type, name, revision: nil)
        case "revision": return try await repos.info(request, type, name, revision: rest[1])
        case "refs": return try await repos.refs(request, type, name)
        case "commits": return try await repos.commits(request, type, name, revision: rest[1])
        case "auth-check": return try await repos.authCheck(request, type, name, wants: rest.dropFirst().first)
        case "tree": return try await trees.list(request, type, name, revision: rest[1], path: rest.dropFirst(2))
        case "paths-info": return try await trees.pathsInfo(request, type, name, revision: rest[1])
        case "preupload": return try await PreuploadRoutes(services: services).answer(request, type, name, rest[1])
        case "commit": return try await CommitRoutes(services: services).commit(request, type, name, rest[1])
        case "xet-read-token", "xet-write-token":
            let scope: CASScope = rest[0] == "xet-write-token" ? .write : .read
            return try await XetTokenRoutes(services: services).issue(request, type, name, rest[1], scope: scope)
        default: throw HubFailure.notFound
        }
    }

    /// `/{id}/resolve/{revision}/{path}`, behind `datasets/` or `spaces/` where it is one.
    private func file(_ request: HubRequest, _ segments: ArraySlice<Substring>) async throws -> Response {
        let type = segments.first.flatMap { RepoType(plural: $0) }
        let path = Array(type == nil || type == .model ? segments : segments.dropFirst())
        guard path.count >= 5, path[2] == "resolve" else { throw HubFailure.notFound }
        guard request.isRead else { throw HubFailure.methodNotAllowed("GET, HEAD") }
        let name = try RepoName(path[0], path[1])
        let revision = try PathSegment.decode(path[3])
        let file = try path[4...].map(PathSegment.decode).joined(separator: "/")
        return try await ResolveRoutes(services: services)
            .resolve(request, type ?? .model, name, revision: revision, path: file)
    }
}
