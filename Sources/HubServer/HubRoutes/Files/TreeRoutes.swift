import Foundation
import GRDB
import HTTPTypes
import HubWire
import Hummingbird

/// Listings of folders and of named paths (hub-api §1.4).
struct TreeRoutes: Sendable {
    let services: ServerServices

    private static let entriesPerPage = 1000
    /// What the last commit of a path was takes a walk through the history.
    private static let expandedEntriesPerPage = 50
    private static let maximumPaths = 1000
    /// Fields that a form may have beside its paths.
    private static let otherFields = 16

    func list(
        _ request: HubRequest, _ type: RepoType, _ name: RepoName, revision: String, path: ArraySlice<String>
    ) async throws -> Response {
        let isRecursive = request.query.flag("recursive")
        let isExpanded = request.query.flag("expand")
        let largest = isExpanded ? Self.expandedEntriesPerPage : Self.entriesPerPage
        let limit = min(max(1, request.query["limit"].flatMap { Int($0) } ?? largest), largest)
        let start = try request.query["cursor"].map { text throws(HubFailure) in
            guard let cursor = Hex.decode(text) else { throw .badRequest("The cursor is not one of this hub's") }
            return cursor
        }
        let folder = path.isEmpty ? nil : path.joined(separator: "/")

        let (commit, entries, next) = try await services.database.pool.read { db in
            let store = GitStore(repo: try request.repo(type, name, in: db).id, db: db)
            let commit = try request.commit(revision, store)
            let (root, prefix) = try Self.folder(folder, commit, store)
            let page = try TreeListing(
                store: store, tree: root, path: prefix, isRecursive: isRecursive, from: start, limit: limit)
            let entries = try page.items.map { item in
                try Self.entry(path: item.path, id: item.id, isDirectory: item.isDirectory, store)
            }
            return (commit.id, isExpanded ? try Self.expanded(entries, commit, store) : entries, page.next)
        }
        var headers = next.map { request.link(replacing: "cursor", with: Hex.encode($0)) } ?? [:]
        headers[.hubRepoCommit] = "\(commit)"
        return try .json(entries, headers: headers)
    }

    /// The tree of the folder to list, and its path.
    private static func folder(_ path: String?, _ commit: StoredCommit, _ store: GitStore) throws
        -> (GitObjectID, RepoPath?)
    {
        guard let path else { return (commit.tree, nil) }
        guard let parsed = try? RepoPath(path), let entry = try store.entry(at: parsed, root: commit.tree),
            entry.mode == .directory
        else { throw HubFailure.entryNotFound("\(path) does not exist on this revision", commit: commit.id) }
        return (entry.id, parsed)
    }

    /// The same entries with the last commit of each.
    private static func expanded(_ entries: [TreeEntry], _ commit: StoredCommit, _ store: GitStore) throws
        -> [TreeEntry]
    {
        let paths = entries.compactMap { try? RepoPath($0.path) }
        let last = try LastCommits(of: paths, at: commit, repo: store.repo, in: store.db)
        return entries.map { entry in
            var entry = entry
            if let commit = last.found[entry.path] {
                entry.lastCommit = TreeEntry.LastCommit(
                    id: "\(commit.id)", title: commit.title, date: HubDate.text(seconds: commit.date))
            }
            // Nothing scans files here, and nobody shall think so.
            if entry.type == .file { entry.securityFileStatus = TreeEntry.SecurityStatus(status: "unscanned") }
            return entry
        }
    }

    private static func entry(path: String, id: GitObjectID, isDirectory: Bool, _ store: GitStore) throws -> TreeEntry {
        guard !isDirectory else { return TreeEntry(type: .directory, path: path, oid: "\(id)", size: 0) }
        let blob = try store.blobInfo(id)
        return TreeEntry(
            type: .file, path: path, oid: "\(id)", size: blob.size,
            lfs: blob.large.map {
                TreeEntry.LFS(oid: "\($0.sha256)", size: Int64(clamping: $0.size), pointerSize: blob.gitSize)
            },
            xetHash: blob.large.map { "\($0.fileHash)" })
    }

    func pathsInfo(_ request: HubRequest, _ type: RepoType, _ name: RepoName, revision: String) async throws -> Response
    {
        // Nobody's body is read for a repository that the caller cannot see.
        _ = try await services.database.pool.read { db in try request.repo(type, name, in: db) }
        let (paths, isExpanded) = try await paths(of: request)
        guard paths.count <= Self.maximumPaths else {
            throw HubFailure.badRequest("At most \(Self.maximumPaths) paths may be asked for at once")
        }
        let (commit, entries) = try await services.database.pool.read { db in
            let store = GitStore(repo: try request.repo(type, name, in: db).id, db: db)
            let commit = try request.commit(revision, store)
            let entries: [TreeEntry] = try paths.compactMap { path in
                guard let parsed = try? RepoPath(path), let found = try store.entry(at: parsed, root: commit.tree)
                else { return nil }
                return try Self.entry(
                    path: "\(parsed)", id: found.id, isDirectory: found.mode == .directory, store)
            }
            return (commit.id, isExpanded ? try Self.expanded(entries, commit, store) : entries)
        }
        return try .json(entries, headers: [.hubRepoCommit: "\(commit)"])
    }

    /// The paths, and whether more is to be said about each. Python sends a form; JSON is taken too.
    private func paths(of request: HubRequest) async throws -> (paths: [String], isExpanded: Bool) {
        struct Body: Decodable {
            var paths: [String]
            var expand: Bool?
        }
        if request.request.headers[.contentType]?.lowercased().hasPrefix("application/json") == true {
            let body = try await request.json(Body.self)
            return (body.paths, body.expand ?? false)
        }
        let body = try await request.request.body.collect(upTo: HubRequest.maximumBody)
        let form = FormQuery(String(buffer: body), limit: Self.maximumPaths + Self.otherFields)
        guard !form.isCut else { throw HubFailure.badRequest("The form has too many fields") }
        return (form.all("paths"), form.flag("expand"))
    }
}

extension HubRequest {
    /// A `Link` header to the next page: this very URL with one query pair changed, for clients follow it as it is.
    func link(replacing name: String, with value: String) -> HTTPFields {
        let path = (request.head.path ?? "").prefix { $0 != "?" }
        return [.link: "<\(baseURL)\(path)?\(query.replacing(name, with: value))>; rel=\"next\""]
    }
}
