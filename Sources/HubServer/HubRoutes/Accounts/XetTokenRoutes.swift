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
        let repo =
            try await scope == .write
            ? writeTarget(request, type, name, revision)
            : readTarget(
                request, type, name, revision)
        let (token, expiry) = CASTokens.issue(
            user: request.caller.name ?? "", repo: repo, scope: scope,
            isLimited: request.caller.user?.role == .fineGrained, secrets: services.secrets,
            lifetime: services.configuration.tokenLifetime)
        let reply = XetTokenReply(casUrl: request.baseURL + "/cas", accessToken: token, exp: expiry)
        return try .json(
            reply,
            headers: [
                .hubXetCASURL: reply.casUrl, .hubXetAccessToken: reply.accessToken,
                .hubXetTokenExpiration: "\(reply.exp)", .cacheControl: "no-store",
            ])
    }

    private func readTarget(
        _ request: HubRequest, _ type: RepoType, _ name: RepoName, _ revision: String
    ) async throws -> Int64 {
        try await services.database.pool.read { db in
            let repo = try request.contentRepo(type, name, in: db)
            _ = try request.commit(revision, GitStore(repo: repo.id, db: db))
            return repo.id
        }
    }

    private func writeTarget(
        _ request: HubRequest, _ type: RepoType, _ name: RepoName, _ revision: String
    ) async throws -> Int64 {
        let (place, area) = try await services.database.pool.read { db in
            let place = try CommitPlace(request, type, name, revision, in: db)
            return (place, try UploadArea.find(for: place.user, of: place.repo, isWriter: place.isWriter, in: db))
        }
        if let area { return area }
        return try await services.database.pool.write { db in
            let place = try place.again(request, revision, in: db)
            return try UploadArea.make(for: place.user, of: place.repo, isWriter: place.isWriter, in: db)
        }
    }
}
