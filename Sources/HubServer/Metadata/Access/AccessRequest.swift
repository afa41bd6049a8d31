import GRDB

/// Somebody's wish to read the files of a gated repository, and what became of it.
struct AccessRequest: Sendable, Equatable {
    enum Status: String, Sendable, CaseIterable {
        case pending, accepted, rejected
    }

    var id: Int64
    var user: String
    var status: Status
    /// Why it was rejected.
    var reason: String?
    /// Who accepted it; nil where the repository accepts everybody who asks.
    var grantedBy: String?
    /// Unix milliseconds.
    var createdAt: Int64

    private init?(_ row: Row) {
        guard let status = Status(rawValue: row["status"]) else { return nil }
        self.status = status
        id = row["id"]
        user = row["user"]
        reason = row["reason"]
        grantedBy = row["granted_by"]
        createdAt = row["created_at"]
    }

    static func find(_ user: String, repo: Int64, in db: Database) throws -> AccessRequest? {
        let statement = try db.cachedStatement(sql: "SELECT * FROM access_request WHERE repo = ? AND user = ?")
        return try Row.fetchOne(statement, arguments: [repo, user]).flatMap(AccessRequest.init)
    }

    static func find(id: Int64, repo: Int64, in db: Database) throws -> AccessRequest? {
        try Row.fetchOne(db, sql: "SELECT * FROM access_request WHERE repo = ? AND id = ?", arguments: [repo, id])
            .flatMap(AccessRequest.init)
    }

    /// Requests of one status in the order they came, from the one after `id` on.
    static func list(_ status: Status, repo: Int64, after id: Int64, limit: Int, in db: Database) throws
        -> [AccessRequest]
    {
        try Row.fetchAll(
            db, sql: "SELECT * FROM access_request WHERE repo = ? AND status = ? AND id > ? ORDER BY id LIMIT ?",
            arguments: [repo, status.rawValue, id, limit]
        ).compactMap(AccessRequest.init)
    }

    /// Files a user's request, or gives the one there is a new status.
    static func put(
        _ user: String, repo: Int64, status: Status, reason: String? = nil, grantedBy: String? = nil,
        at milliseconds: Int64, in db: Database
    ) throws {
        try db.execute(
            sql: """
                INSERT INTO access_request (repo, user, status, reason, granted_by, created_at) VALUES (?, ?, ?, ?, ?, ?)
                ON CONFLICT (repo, user) DO UPDATE SET
                    status = excluded.status, reason = excluded.reason, granted_by = excluded.granted_by
                """,
            arguments: [repo, user, status.rawValue, reason, grantedBy, milliseconds])
    }

    static func remove(_ user: String, repo: Int64, in db: Database) throws {
        try db.execute(sql: "DELETE FROM access_request WHERE repo = ? AND user = ?", arguments: [repo, user])
    }
}
