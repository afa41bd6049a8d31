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
        let path = try segments.map(PathSegment.decode)
        if let table = global(request, path) { return try await table.respond(to: request.request.method) }
        guard let type = path.first.flatMap({ RepoType(plural: $0) }) else { throw HubFailure.notFound }
        // Names without a namespace exist on the public Hub only.
        guard path.count >= 3 else { throw HubFailure.repoNotFound(for: request.caller) }
        let name = RepoName(namespace: path[1], name: path[2])
        return try await RepoAPIRoutes(services: services, request: request, type: type, name: name)
            .respond(Array(path.dropFirst(3)))
    }

    /// The routes that are about no repository in particular.
    private func global(_ request: HubRequest, _ path: [String]) -> RouteTable? {
        let accounts = AccountRoutes(services: services)
        let lifecycle = RepoLifecycleRoutes(services: services)
        let catalogue = CatalogueRoutes(services: services)
        switch (path.first, path.count) {
        case ("whoami-v2", 1): return .get { try await accounts.whoAmI(request) }
        case ("agent-harnesses", 1): return .get { try HabitRoutes.agentHarnesses() }
        case ("telemetry", 1...): return .get { Response(status: .noContent) }
        case ("validate-yaml", 1): return .post { try await HabitRoutes.validateYAML(request) }
        case ("repos", 2) where path[1] == "create": return .post { try await lifecycle.create(request) }
        case ("repos", 2) where path[1] == "delete": return .delete { try await lifecycle.delete(request) }
        case ("repos", 2) where path[1] == "move": return .post { try await lifecycle.move(request) }
        case ("quicksearch", 1): return .get { try await catalogue.quickSearch(request) }
        case ("settings", 2) where path[1] == "repositories":
            return .get { try await catalogue.own(request, namespace: nil) }
        case ("organizations", 4) where path[2] == "settings" && path[3] == "repositories":
            return .get { try await catalogue.own(request, namespace: path[1]) }
        case ("organizations", 3) where path[2] == "overview":
            return .get { try await accounts.organisation(request, path[1]) }
        case ("organizations", 3) where path[2] == "members":
            return .get { try await accounts.members(request, of: path[1]) }
        case ("users", 3) where path[2] == "overview": return .get { try await accounts.user(request, path[1]) }
        default:
            guard path.count == 1, let type = path.first.flatMap({ RepoType(plural: $0) }) else { return nil }
            return .get { try await catalogue.list(request, type) }
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
