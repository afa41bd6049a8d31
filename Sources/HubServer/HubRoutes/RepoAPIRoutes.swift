import HTTPTypes
import HubWire
import Hummingbird

/// The routes below `/api/{type}s/{namespace}/{name}`.
struct RepoAPIRoutes: Sendable {
    let services: ServerServices
    let request: HubRequest
    let type: RepoType
    let name: RepoName

    /// Answers the request; `rest` are the decoded segments after the repository's name.
    func respond(_ rest: [String]) async throws -> Response {
        guard let table = about(rest) ?? revisions(rest) ?? changes(rest) ?? conversation(rest) else {
            throw HubFailure.notFound
        }
        return try await table.respond(to: request.request.method)
    }

    /// What a repository says about itself, and its settings.
    private func about(_ rest: [String]) -> RouteTable? {
        let info = RepoInfoRoutes(services: services)
        let lifecycle = RepoLifecycleRoutes(services: services)
        switch (rest.first, rest.count) {
        case (nil, _): return .get { try await info.describe(request, type, name, revision: nil) }
        case ("revision", 2): return .get { try await info.describe(request, type, name, revision: rest[1]) }
        case ("auth-check", 1...2):
            return .get { try await info.authCheck(request, type, name, wants: rest.dropFirst().first) }
        case ("settings", 1): return .put { try await lifecycle.update(request, type, name) }
        case ("duplicate", 1): return .post { try await lifecycle.duplicate(request, type, name) }
        default: return nil
        }
    }

    /// Refs, history and trees.
    private func revisions(_ rest: [String]) -> RouteTable? {
        let refs = RefRoutes(services: services)
        let trees = TreeRoutes(services: services)
        let history = HistoryRoutes(services: services)
        switch (rest.first, rest.count) {
        case ("refs", 1): return .get { try await refs.list(request, type, name) }
        case ("branch", 2):
            return .post { try await refs.createBranch(request, type, name, rest[1]) }
                .adding(.delete) { try await refs.deleteBranch(request, type, name, rest[1]) }
        case ("tag", 2):
            return .post { try await refs.createTag(request, type, name, at: rest[1]) }
                .adding(.delete) { try await refs.deleteTag(request, type, name, rest[1]) }
        case ("commits", 2): return .get { try await history.list(request, type, name, revision: rest[1]) }
        case ("super-squash", 2): return .post { try await history.squash(request, type, name, branch: rest[1]) }
        case ("tree", 2...):
            return .get { try await trees.list(request, type, name, revision: rest[1], path: rest.dropFirst(2)) }
        case ("paths-info", 2): return .post { try await trees.pathsInfo(request, type, name, revision: rest[1]) }
        default: return nil
        }
    }

    /// What uploads use.
    private func changes(_ rest: [String]) -> RouteTable? {
        let tokens = XetTokenRoutes(services: services)
        let largeFiles = LargeFileRoutes(services: services)
        switch (rest.first, rest.count) {
        case ("preupload", 2):
            return .post { try await PreuploadRoutes(services: services).answer(request, type, name, rest[1]) }
        case ("commit", 2):
            return .post { try await CommitRoutes(services: services).commit(request, type, name, rest[1]) }
        case ("lfs-files", 1): return .get { try await largeFiles.list(request, type, name) }
        case ("lfs-files", 2) where rest[1] == "batch":
            return .post { try await largeFiles.remove(request, type, name) }
        case ("lfs-files", 2) where rest[1] == "duplicate":
            return .post { try await largeFiles.duplicate(request, type, name) }
        case ("xet-read-token", 2):
            return .get { try await tokens.issue(request, type, name, rest[1], scope: .read) }
        case ("xet-write-token", 2):
            return .get { try await tokens.issue(request, type, name, rest[1], scope: .write) }
        default: return nil
        }
    }

    /// Who may read, and what people say.
    private func conversation(_ rest: [String]) -> RouteTable? {
        let access = AccessRequestRoutes(services: services)
        let discussions = DiscussionRoutes(services: services)
        switch (rest.first, rest.count) {
        case ("user-access-request", 1): return .post { try await access.ask(request, type, name) }
        case ("user-access-request", 2) where rest[1] == "handle":
            return .post { try await access.handle(request, type, name) }
        case ("user-access-request", 2) where rest[1] == "grant":
            return .post { try await access.grant(request, type, name) }
        case ("user-access-request", 2):
            guard let status = AccessRequest.Status(rawValue: rest[1]) else { return nil }
            return .get { try await access.list(request, type, name, status) }
        case ("discussions", 1):
            return .get { try await discussions.list(request, type, name) }
                .adding(.post) { try await discussions.create(request, type, name) }
        case ("discussions", 2...):
            guard let number = Int64(rest[1]) else { return nil }
            return discussion(DiscussionCall(request, type, name, number), Array(rest.dropFirst(2)))
        default: return nil
        }
    }

    private func discussion(_ call: DiscussionCall, _ rest: [String]) -> RouteTable? {
        let changes = DiscussionChangeRoutes(services: services, call: call)
        switch (rest.first, rest.count) {
        case (nil, _): return .get { try await DiscussionRoutes(services: services).describe(call) }
        case ("comment", 1): return .post { try await changes.comment() }
        case ("comment", 3) where rest[2] == "edit" || rest[2] == "hide":
            guard let id = Int64(rest[1], radix: 16) else { return nil }
            return .post { try await rest[2] == "edit" ? changes.edit(id) : changes.hide(id) }
        case ("title", 1): return .post { try await changes.rename() }
        case ("status", 1): return .post { try await changes.setStatus() }
        case ("merge", 1): return .post { try await MergeRoute(services: services, call: call).merge() }
        default: return nil
        }
    }
}
