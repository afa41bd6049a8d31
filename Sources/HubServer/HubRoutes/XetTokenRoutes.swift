import GRDB
import HTTPTypes
import HubWire
import Hummingbird

/// Tokens for the CAS (hub-api §1.9).
struct XetTokenRoutes: Sendable {
    let services: ServerServices

    func issue(_ request: HubRequest, _ type: RepoType, _ name: RepoName, _ revision: String, scope: CASScope)
        async throws
        -> Response
    {
        let repo = try await services.database.pool.read { db in
            let repo =
                scope == .write ? try request.writableRepo(type, name, in: db) : try request.repo(type, name, in: db)
            // Python names no revision as `None` when it is about to open a pull request.
            if revision != "None" { _ = try request.commit(revision, GitStore(repo: repo.id, db: db)) }
            return repo
        }
        let (token, expiry) = CASTokens.issue(
            user: request.caller.name ?? "", repo: repo.id, scope: scope, secrets: services.secrets,
            lifetime: services.configuration.tokenLifetime)
        let reply = XetTokenReply(casUrl: request.baseURL + "/cas", accessToken: token, exp: expiry)
        return try .json(
            reply,
            headers: [
                .hubXetCASURL: reply.casUrl, .hubXetAccessToken: reply.accessToken,
                .hubXetTokenExpiration: "\(reply.exp)", .cacheControl: "no-store",
            ])
    }
}
