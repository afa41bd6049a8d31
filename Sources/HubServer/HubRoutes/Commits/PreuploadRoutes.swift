import Foundation
import GRDB
import HubWire
import Hummingbird

/// Tells a client how each of its files is to travel (hub-api §1.7).
struct PreuploadRoutes: Sendable {
    let services: ServerServices

    /// Files above this size in bytes never go into git.
    static let largestRegularFile: Int64 = 10 << 20

    func answer(_ request: HubRequest, _ type: RepoType, _ name: RepoName, _ revision: String) async throws -> Response
    {
        // Nobody's body is read for a repository that the caller cannot commit to.
        let place = try await services.database.pool.read { db in
            try CommitPlace(request, type, name, revision, in: db)
        }
        let wanted = try await request.json(PreuploadRequest.self)
        guard wanted.files.count <= PreuploadRequest.maximumFiles else {
            throw HubFailure.badRequest("At most \(PreuploadRequest.maximumFiles) files may be asked for at once")
        }
        let reply = try await services.database.pool.read { db in
            let place = try place.again(request, revision, in: db)
            let store = GitStore(repo: place.repo.id, db: db)
            guard let commit = try store.commit(place.head) else { throw HubFailure.revisionNotFound(revision) }
            let attributes = GitAttributes(
                parsing: try Self.text(of: ".gitattributes", commit, store) ?? GitAttributes.initialText)
            let ignores = GitIgnore(parsing: try wanted.gitIgnore ?? Self.text(of: ".gitignore", commit, store) ?? "")
            let files = try wanted.files.map { file in
                let path = try RepoPath.checked(file.path)
                let stored = try store.entry(at: path, root: commit.tree).flatMap { entry -> String? in
                    guard entry.mode != .directory else { return nil }
                    let blob = try store.blobInfo(entry.id)
                    // What was damaged here is asked for again.
                    if let large = blob.large, try ContentTables.isDamaged(large.fileHash, in: db) { return nil }
                    return blob.etag
                }
                return PreuploadReply.File(
                    path: file.path, uploadMode: Self.mode(file, path, attributes),
                    shouldIgnore: ignores.ignores(path), oid: stored)
            }
            return PreuploadReply(commitOid: "\(commit.id)", files: files)
        }
        return try .json(reply)
    }

    /// The text of a small file at the root; nil when there is none.
    private static func text(of name: String, _ commit: StoredCommit, _ store: GitStore) throws -> String? {
        guard let entry = try store.tree(commit.tree)[GitName(name)], entry.mode == .file else { return nil }
        return String(decoding: try store.content(entry.id).prefix(GitAttributes.maximumLength), as: UTF8.self)
    }

    private static func mode(_ file: PreuploadRequest.File, _ path: RepoPath, _ attributes: GitAttributes) -> UploadMode
    {
        if file.size == 0 { return .regular }
        if file.size > largestRegularFile || attributes.isLFS(path) { return .lfs }
        return isText(Data(base64Encoded: file.sample) ?? Data()) ? .regular : .lfs
    }

    /// UTF-8 without NUL; a character cut by the end of the sample does not count against it.
    static func isText(_ sample: Data) -> Bool {
        guard !sample.contains(0) else { return false }
        return (0...3).contains { String(validating: sample.dropLast($0), as: UTF8.self) != nil }
    }
}

extension RepoPath {
    /// Parses a path that a client names.
    static func checked(_ text: String) throws(HubFailure) -> RepoPath {
        do {
            return try RepoPath(text)
        } catch {
            throw HubFailure.badRequest("\(error)")
        }
    }
}
