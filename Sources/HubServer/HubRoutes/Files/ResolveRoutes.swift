import Foundation
import GRDB
import HTTPTypes
import HubWire
import Hummingbird

/// A file's metadata and bytes at a revision (hub-api §1.3).
struct ResolveRoutes: Sendable {
    let services: ServerServices

    private struct Found: Sendable {
        var repo: Repo
        var commit: GitObjectID
        var blob: BlobInfo
    }

    func resolve(_ request: HubRequest, _ type: RepoType, _ name: RepoName, revision: String, path: String) async throws
        -> Response
    {
        let found = try await services.database.pool.read { db in
            let repo = try request.contentRepo(type, name, in: db)
            let store = GitStore(repo: repo.id, db: db)
            let commit = try request.commit(revision, store)
            guard let parsed = try? RepoPath(path), let entry = try store.entry(at: parsed, root: commit.tree),
                entry.mode == .file
            else { throw HubFailure.entryNotFound(commit: commit.id) }
            return Found(repo: repo, commit: commit.id, blob: try store.blobInfo(entry.id))
        }
        // A snapshot was counted when it asked for its commit; its files name that commit.
        if request.countsAsDownload, request.request.method == .head, GitObjectID(revision) == nil {
            try await services.downloads.count(found.repo.id, in: services.database)
        }
        var headers = self.headers(found, request.baseURL)
        headers[.contentType] = Self.contentType(path, isLarge: found.blob.large != nil)
        BrowserFile.describe(path, query: request.query, in: &headers)

        let etag = "\"\(found.blob.etag)\""
        if let known = request.request.headers[.ifNoneMatch], Self.matches(known, etag) {
            headers[.contentType] = nil
            return Response(status: .notModified, headers: headers)
        }
        let size = UInt64(clamping: found.blob.size)
        let source: PlainContent.Source =
            found.blob.large.map { .stored($0.fileHash) } ?? .git(repo: found.repo.id, found.blob.id)
        return try await PlainContent(services: services)
            .answer(request.request, source, size: size, etag: etag, headers: headers)
    }

    private func headers(_ found: Found, _ baseURL: String) -> HTTPFields {
        var fields: HTTPFields = [
            .hubRepoCommit: "\(found.commit)", .eTag: "\"\(found.blob.etag)\"", .acceptRanges: "bytes",
            .cacheControl: "no-cache", .xContentTypeOptions: "nosniff",
        ]
        guard let large = found.blob.large else { return fields }
        // The commit in the token's route lets one token serve a whole snapshot.
        let route = "/\(found.repo.apiPath)/xet-read-token/\(found.commit)"
        fields[.hubLinkedETag] = "\"\(found.blob.etag)\""
        fields[.hubLinkedSize] = "\(large.size)"
        fields[.hubXetHash] = "\(large.fileHash)"
        fields[.hubXetRefreshRoute] = route
        fields[.link] =
            "<\(baseURL)\(route)>; rel=\"xet-auth\", "
            + "<\(baseURL)/cas/v1/reconstructions/\(large.fileHash)>; rel=\"xet-reconstruction-info\""
        return fields
    }

    private static func matches(_ header: String, _ etag: String) -> Bool {
        header.split(separator: ",").contains { part in
            let tag = part.trimmingCharacters(in: .whitespaces)
            return tag == "*" || tag == etag || tag == "W/" + etag
        }
    }

    /// Nothing that a repository holds may run in a browser as a page of this origin.
    private static func contentType(_ path: String, isLarge: Bool) -> String {
        let texts: Set<String> = [
            "c", "cfg", "css", "csv", "gitattributes", "gitignore", "html", "ini", "ipynb", "jinja", "js", "json",
            "jsonl", "md", "py", "swift", "toml", "tsv", "txt", "xml", "yaml", "yml",
        ]
        let isText = path.split(separator: ".").last.map { texts.contains($0.lowercased()) } ?? false
        return isText && !isLarge ? "text/plain; charset=utf-8" : "application/octet-stream"
    }
}
