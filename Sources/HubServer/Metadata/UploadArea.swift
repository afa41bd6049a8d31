import GRDB

/// Where somebody's uploads for a repository go.
///
/// Whoever may write to the repository uploads into it. Others, who may only propose changes, upload into an area of
/// their own: what they say about SHA-256 digests must not hold for the repository, and their contents become part of
/// it only by a commit to their pull request. The area is a row among the repositories that no route finds.
enum UploadArea {
    static let type = "staging"

    /// The id to upload to, for writers and for others.
    static func find(for user: Caller.User, of repo: Repo, isWriter: Bool, in db: Database) throws -> Int64? {
        guard !isWriter else { return repo.id }
        return try Int64.fetchOne(
            db, sql: "SELECT id FROM repo WHERE type = ? AND namespace = ? AND name = ?",
            arguments: [type, user.name, String(repo.id)])
    }

    /// As ``find(for:of:isWriter:in:)``, and makes the area where there is none yet.
    static func make(for user: Caller.User, of repo: Repo, isWriter: Bool, in db: Database) throws -> Int64 {
        if let known = try find(for: user, of: repo, isWriter: isWriter, in: db) { return known }
        try db.execute(
            sql: """
                INSERT INTO repo (type, namespace, name, is_private, created_at, modified_at) VALUES (?, ?, ?, 1, ?, ?)
                """,
            arguments: [type, user.name, String(repo.id), HubDate.nowInMilliseconds, HubDate.nowInMilliseconds])
        return db.lastInsertedRowID
    }

    /// Removes the areas of a repository that is deleted.
    static func removeAll(of repo: Int64, in db: Database) throws {
        try db.execute(sql: "DELETE FROM repo WHERE type = ? AND name = ?", arguments: [type, String(repo)])
    }
}
