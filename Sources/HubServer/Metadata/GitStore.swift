import Foundation
import GRDB
import Xet

/// The git objects and refs of one repository, inside one database access.
struct GitStore {
    let repo: Int64
    let db: Database
    /// Many paths of one request lead through the same folders.
    private let parsed = ParsedTrees()

    init(repo: Int64, db: Database) {
        self.repo = repo
        self.db = db
    }

    // MARK: Trees and blobs

    /// Reads a tree that another object names.
    func tree(_ id: GitObjectID) throws -> GitTree {
        if id == GitTree.empty.id { return .empty }
        if let tree = parsed.trees[id] { return tree }
        let statement = try db.cachedStatement(sql: "SELECT content FROM git_tree WHERE repo = ? AND id = ?")
        guard let content = try Data.fetchOne(statement, arguments: [repo, id]), let tree = GitTree(parsing: content)
        else { throw DamagedRepository(repo: repo, object: id) }
        parsed.trees[id] = tree
        return tree
    }

    func insert(_ tree: GitTree) throws {
        try db.execute(
            sql: "INSERT OR IGNORE INTO git_tree (repo, id, content) VALUES (?, ?, ?)",
            arguments: [repo, tree.id, tree.encoded])
        try touch(tree.id)
    }

    /// Keeps a collector off an object for a while that no commit leads to yet, be it new or an old one that is
    /// wanted again.
    private func touch(_ id: GitObjectID) throws {
        try db.cachedStatement(
            sql: """
                INSERT INTO git_touch (repo, id, touched_at) VALUES (?, ?, ?)
                ON CONFLICT (repo, id) DO UPDATE SET touched_at = excluded.touched_at
                """
        ).execute(arguments: [repo, id, ContentStore.now])
    }

    /// Finds what stands at `path` below a root tree.
    func entry(at path: RepoPath, root: GitObjectID) throws -> GitTreeEntry? {
        var folder = root
        for name in path.names.dropLast() {
            guard let entry = try tree(folder)[name], entry.mode == .directory else { return nil }
            folder = entry.id
        }
        return try path.names.last.flatMap { name in try tree(folder)[name] }
    }

    /// A regular file that holds the very text of a pointer has the pointer's id; the large file wins, because that
    /// text is all that git ever sees of it.
    func insert(_ blob: GitBlob) throws {
        try db.execute(
            sql: """
                INSERT INTO git_blob (repo, id, size, sha256, file_hash, content_size, content, added_at)
                VALUES (?, ?, ?, ?, ?, ?, ?, unixepoch())
                ON CONFLICT (repo, id) DO UPDATE SET
                    sha256 = excluded.sha256, file_hash = excluded.file_hash, content_size = excluded.content_size
                WHERE excluded.sha256 IS NOT NULL
                """,
            arguments: [
                repo, blob.id, blob.content.count, blob.large.map { Data($0.sha256.bytes) },
                blob.large.map { Data($0.fileHash.bytes) }, blob.large.map { Int64($0.size) }, blob.content,
            ])
        try touch(blob.id)
    }

    /// Throws unless the blob is here. What was stored before this transaction may have been collected since; a commit
    /// that names it must look (scale-out §4.2, U5).
    func require(blob id: GitObjectID) throws {
        let statement = try db.cachedStatement(sql: "SELECT 1 FROM git_blob WHERE repo = ? AND id = ?")
        guard try Bool.fetchOne(statement, arguments: [repo, id]) == true else {
            throw DamagedRepository(repo: repo, object: id)
        }
    }

    /// Reads what a listing says about a file, without its content.
    func blobInfo(_ id: GitObjectID) throws -> BlobInfo {
        let statement = try db.cachedStatement(
            sql: "SELECT size, sha256, file_hash, content_size FROM git_blob WHERE repo = ? AND id = ?")
        guard let row = try Row.fetchOne(statement, arguments: [repo, id]) else {
            throw DamagedRepository(repo: repo, object: id)
        }
        return BlobInfo(id: id, gitSize: row["size"], large: large(row))
    }

    /// Reads bytes of a regular file or of a pointer.
    func content(_ id: GitObjectID) throws -> Data {
        let statement = try db.cachedStatement(sql: "SELECT content FROM git_blob WHERE repo = ? AND id = ?")
        guard let content = try Data.fetchOne(statement, arguments: [repo, id]) else {
            throw DamagedRepository(repo: repo, object: id)
        }
        return content
    }

    /// Finds content that some commit of this repository already holds.
    func large(sha256: SHA256Digest) throws -> LargeContent? {
        let statement = try db.cachedStatement(
            sql: "SELECT sha256, file_hash, content_size FROM git_blob WHERE repo = ? AND sha256 = ? LIMIT 1")
        return try Row.fetchOne(statement, arguments: [repo, Data(sha256.bytes)]).flatMap(large)
    }

    private func large(_ row: Row) -> LargeContent? {
        guard let sha256 = row["sha256"] as Data?, let fileHash = row["file_hash"] as Data?,
            let size = row["content_size"] as Int64?, sha256.count == 32, fileHash.count == 32, size >= 0
        else { return nil }
        return LargeContent(
            sha256: sha256.withUnsafeBytes { bytes in bytes.baseAddress.map(SHA256Digest.init(loading:)) }
                ?? .ofNothing,
            fileHash: fileHash.withUnsafeBytes { bytes in bytes.baseAddress.map(FileHash.init(loading:)) } ?? .zero,
            size: UInt64(size))
    }

    // MARK: Commits and refs

    func insert(_ commit: GitCommit) throws {
        try db.execute(
            sql: """
                INSERT OR IGNORE INTO git_commit (repo, id, tree, parent, author, date, title, message)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                repo, commit.id, commit.tree, commit.parent, commit.author, commit.date, commit.title, commit.message,
            ])
    }

    func commit(_ id: GitObjectID) throws -> StoredCommit? {
        let statement = try db.cachedStatement(sql: "SELECT * FROM git_commit WHERE repo = ? AND id = ?")
        return try Row.fetchOne(statement, arguments: [repo, id]).map(StoredCommit.init)
    }

    /// The commits from `id` back to the first one, newest first.
    func history(from id: GitObjectID, skipping: Int, limit: Int) throws -> [StoredCommit] {
        let rows = try Row.fetchAll(
            db,
            sql: """
                WITH RECURSIVE line (id, depth) AS (
                    SELECT ?2, 0
                    UNION ALL
                    SELECT c.parent, depth + 1 FROM line JOIN git_commit c ON c.repo = ?1 AND c.id = line.id
                    WHERE c.parent IS NOT NULL AND depth + 1 < ?3 + ?4
                )
                SELECT c.* FROM line JOIN git_commit c ON c.repo = ?1 AND c.id = line.id
                WHERE depth >= ?3 ORDER BY depth
                """,
            arguments: [repo, id, skipping, limit])
        return rows.map(StoredCommit.init)
    }

    /// Points a ref at a commit, making it where there is none.
    func setRef(_ name: String, to target: GitObjectID) throws {
        try db.execute(
            sql: """
                INSERT INTO git_ref (repo, name, target) VALUES (?, ?, ?)
                ON CONFLICT (repo, name) DO UPDATE SET target = excluded.target
                """, arguments: [repo, name, target])
        if name == "refs/heads/main" { try RepoCard.refresh(at: target, in: self) }
    }

    /// - Returns: false when there is no such ref.
    func removeRef(_ name: String) throws -> Bool {
        try db.execute(sql: "DELETE FROM git_ref WHERE repo = ? AND name = ?", arguments: [repo, name])
        return db.changesCount > 0
    }

    func ref(_ name: String) throws -> GitObjectID? {
        let statement = try db.cachedStatement(sql: "SELECT target FROM git_ref WHERE repo = ? AND name = ?")
        return try GitObjectID.fetchOne(statement, arguments: [repo, name])
    }

    /// All refs by full name, in order of their names.
    func refs() throws -> [(name: String, target: GitObjectID)] {
        try Row.fetchAll(db, sql: "SELECT name, target FROM git_ref WHERE repo = ? ORDER BY name", arguments: [repo])
            .map { ($0["name"], $0["target"]) }
    }

    /// The full name of the branch that commits to `revision` go to, and its head.
    func branch(_ revision: String) throws -> (name: String, head: GitObjectID)? {
        let name = revision.hasPrefix("refs/") ? revision : "refs/heads/" + revision
        guard !name.hasPrefix("refs/tags/") else { return nil }
        return try ref(name).map { (name, $0) }
    }

    /// Finds the commit that a branch, a tag, a full ref name or a commit id stands for.
    func resolve(_ revision: String) throws -> StoredCommit? {
        for name in ["refs/heads/" + revision, "refs/tags/" + revision, revision] {
            if let target = try ref(name) { return try commit(target) }
        }
        return try GitObjectID(revision).flatMap(commit)
    }
}

/// The trees that one database access has read.
private final class ParsedTrees {
    var trees: [GitObjectID: GitTree] = [:]
}

/// What the hub knows about a file in a tree.
struct BlobInfo: Sendable, Equatable {
    var id: GitObjectID
    /// Size of the blob in git: of the file, or of its pointer.
    var gitSize: Int64
    var large: LargeContent?

    /// Size of the file in bytes.
    var size: Int64 { large.map { Int64(clamping: $0.size) } ?? gitSize }

    /// What clients name the content by: SHA-256 for large files, the git id for others.
    var etag: String { large.map { "\($0.sha256)" } ?? "\(id)" }
}

/// A commit read back from the database.
struct StoredCommit: Sendable, Equatable {
    var id: GitObjectID
    var tree: GitObjectID
    var parent: GitObjectID?
    var author: String
    /// Unix seconds.
    var date: Int64
    var title: String
    var message: String

    init(_ row: Row) {
        id = row["id"]
        tree = row["tree"]
        parent = row["parent"]
        author = row["author"]
        date = row["date"]
        title = row["title"]
        message = row["message"]
    }

    /// The content of the commit object, without git's header.
    var encoded: Data {
        GitCommit(
            tree: tree, parent: parent, author: author, date: date, summary: message
        ).encoded
    }
}

/// The database names an object that it does not hold.
struct DamagedRepository: Error, CustomStringConvertible {
    var repo: Int64
    var object: GitObjectID

    var description: String { "repository \(repo) names git object \(object), which is missing or damaged" }
}
