import GRDB
import HubWire
import Hummingbird

/// What a repository says about itself (hub-api §1.2).
struct RepoInfoRoutes: Sendable {
    let services: ServerServices

    func describe(_ request: HubRequest, _ type: RepoType, _ name: RepoName, revision: String?) async throws -> Response
    {
        let expanded = request.query.all("expand") + request.query.all("expand[]")
        let withBlobs = request.query.flag("blobs")
        let fields = expanded.isEmpty ? RepoDescription.whole : Set(expanded)
        let (repo, description, weights) = try await services.database.pool.read { db in
            let repo = try request.repo(type, name, in: db)
            let store = GitStore(repo: repo.id, db: db)
            let commit = try request.commit(revision ?? "main", store)
            var counted = repo
            counted.downloads += services.downloads.pending(repo.id)
            let weights = fields.contains("safetensors") ? try WeightSummaries.files(commit, in: store) : []
            let description = try RepoDescription(
                counted, at: commit, fields: fields, withBlobs: withBlobs, in: store)
            return (repo, description, weights)
        }
        if request.countsAsDownload { try await services.downloads.count(repo.id, in: services.database) }
        var reply = description.members
        if let summary = try await WeightSummaries(services: services).summary(of: weights) {
            reply["safetensors"] = summary
        }
        if request.query.flag("securityStatus") {
            // Nothing scans files here, and nobody shall think so.
            reply["securityRepoStatus"] = ["scansDone": false, "filesWithIssues": []]
        }
        return try .json(JSONValue.object(reply))
    }

    /// Says whether the caller may have the repository's files or, where it `wants` to `write`, change them.
    func authCheck(_ request: HubRequest, _ type: RepoType, _ name: RepoName, wants: String?) async throws -> Response {
        guard wants == nil || wants == "write" else { throw HubFailure.notFound }
        try await services.database.pool.read { db in
            _ =
                wants == nil
                ? try request.contentRepo(type, name, in: db) : try request.writableRepo(type, name, in: db)
        }
        return try .json(["ok": true])
    }
}
