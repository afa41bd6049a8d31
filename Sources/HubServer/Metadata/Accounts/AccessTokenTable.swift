import Foundation
import GRDB
import HubWire

/// A token as the hub keeps it: everything but its text.
struct StoredToken: Sendable {
    /// Ten hex digits of the token's hash.
    var id: String
    var user: String
    /// The token's display name, one of its own among its user's.
    var name: String
    var role: TokenRole
    var grants: [TokenGrant]
    /// Unix seconds.
    var createdAt: Int64
    /// Unix seconds; nil for a token that does not expire.
    var expiresAt: Int64?

    init?(_ row: Row) {
        guard let role = TokenRole(rawValue: row["role"]) else { return nil }
        id = AccessToken.shortID(ofHash: row["hash"])
        user = row["user"]
        self.role = role
        name = row["name"] ?? "\(user)-\(role.rawValue)"
        grants = Self.grants(row["grants"])
        createdAt = row["created_at"]
        expiresAt = row["expires_at"]
    }

    /// A grant that this version does not know gives nothing.
    private static func grants(_ column: String?) -> [TokenGrant] {
        guard let column, let texts = try? JSONDecoder().decode([String].self, from: Data(column.utf8)) else {
            return []
        }
        return texts.compactMap(TokenGrant.init)
    }
}

/// What a new token is to be.
struct TokenDraft: Sendable {
    var user: String
    var role: TokenRole
    var name: String?
    var grants: [TokenGrant] = []
    /// Seconds from now; nil for a token that does not expire.
    var lifetime: Int64?
}

extension HubDatabase {
    /// Makes a token for a user, and the user where there is none, and returns its text, which is stored nowhere.
    ///
    /// - Throws: ``HubServerError`` when `user` cannot be a namespace of repositories or names an organisation, or when
    ///   the user has a token of that name.
    func addToken(_ draft: TokenDraft) throws -> AccessToken {
        let token = AccessToken.random()
        let now = Int64(Date().timeIntervalSince1970)
        let grants = String(decoding: try JSONEncoder().encode(draft.grants.map(\.description)), as: UTF8.self)
        try pool.write { db in
            try AccountTable.ensureUser(draft.user, at: now, in: db)
            let name = try Self.freeName(draft, in: db)
            try db.execute(
                sql: """
                    INSERT INTO access_token (hash, user, role, created_at, name, expires_at, grants)
                    VALUES (?, ?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    token.hash, draft.user, draft.role.rawValue, now, name, draft.lifetime.map { now + $0 }, grants,
                ])
        }
        return token
    }

    /// Clients file tokens under their names, so no two of a user's have the same one.
    private static func freeName(_ draft: TokenDraft, in db: Database) throws -> String {
        let taken = Set(try tokens(of: draft.user, in: db).map(\.name))
        if let name = draft.name {
            guard !taken.contains(name) else {
                throw HubServerError(
                    code: .alreadyExists, message: "\(draft.user) has a token named '\(name)' already",
                    hint: "choose another name, or remove that token first")
            }
            return name
        }
        let base = "\(draft.user)-\(draft.role.rawValue)"
        guard taken.contains(base) else { return base }
        return (2...).lazy.map { "\(base)-\($0)" }.first { !taken.contains($0) } ?? base
    }

    /// The tokens of one user or of all, oldest first.
    func tokens(of user: String? = nil) throws -> [StoredToken] {
        try pool.read { db in try Self.tokens(of: user, in: db) }
    }

    private static func tokens(of user: String?, in db: Database) throws -> [StoredToken] {
        try Row.fetchAll(
            db, sql: "SELECT * FROM access_token WHERE ?1 IS NULL OR user = ?1 ORDER BY created_at, hash",
            arguments: [user]
        ).compactMap(StoredToken.init)
    }

    /// Removes the tokens of a user that have this id or name; from then on no request with them succeeds.
    /// - Returns: how many there were.
    func removeTokens(of user: String, named name: String) throws -> Int {
        try pool.write { db in
            let hashes = try Row.fetchAll(db, sql: "SELECT * FROM access_token WHERE user = ?", arguments: [user])
                .filter { row in StoredToken(row).map { $0.id == name || $0.name == name } ?? false }
                .map { $0["hash"] as Data }
            for hash in hashes { try db.execute(sql: "DELETE FROM access_token WHERE hash = ?", arguments: [hash]) }
            return hashes.count
        }
    }

    /// Finds the user that a token speaks for; nil also for a token that has expired.
    func user(presenting token: AccessToken) async throws -> Caller.User? {
        let hash = token.hash
        let now = Int64(Date().timeIntervalSince1970)
        return try await pool.read { db in
            let statement = try db.cachedStatement(sql: "SELECT * FROM access_token WHERE hash = ?")
            guard let row = try Row.fetchOne(statement, arguments: [hash]), let token = StoredToken(row),
                token.expiresAt.map({ now < $0 }) ?? true
            else { return nil }
            return Caller.User(
                name: token.user, role: token.role, tokenCreatedAt: token.createdAt, tokenName: token.name,
                grants: token.grants, memberships: try AccountTable.memberships(of: token.user, in: db))
        }
    }
}

/// First path segments that the hub uses itself and that no namespace may take.
enum ReservedNames {
    private static let all: Set<String> = [
        "announce", "api", "assets", "buckets", "cas", "collections", "data", "datasets", "docs", "healthz", "join",
        "kernels", "login", "logout", "metrics", "models", "new", "oauth", "organizations", "papers", "readyz",
        "scrape", "search", "settings", "spaces", "static", "tracker", "uploads", "users",
    ]

    static func contains(_ name: String) -> Bool { all.contains(name.lowercased()) }
}
