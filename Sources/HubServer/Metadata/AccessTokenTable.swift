import Foundation
import GRDB
import HubWire

extension HubDatabase {
    /// Makes a token for a user and returns its text, which is stored nowhere.
    ///
    /// - Throws: ``HubServerError`` when `user` cannot be a namespace of repositories.
    func addToken(user: String, role: TokenRole) throws -> AccessToken {
        guard RepoID.isValid(segment: user), !ReservedNames.contains(user) else {
            throw HubServerError(
                code: .invalidUser, message: "'\(user)' cannot be a user name",
                hint: "use letters, digits, '-', '_' and '.', and start and end with a letter or a digit")
        }
        let token = AccessToken.random()
        let now = Int64(Date().timeIntervalSince1970)
        try pool.write { db in
            try db.execute(
                sql: "INSERT INTO access_token (hash, user, role, created_at) VALUES (?, ?, ?, ?)",
                arguments: [token.hash, user, role.rawValue, now])
        }
        return token
    }

    /// Finds the user that a token speaks for.
    func user(presenting token: AccessToken) async throws -> Caller.User? {
        let hash = token.hash
        return try await pool.read { db in
            let statement = try db.cachedStatement(
                sql: "SELECT user, role, created_at FROM access_token WHERE hash = ?"
            )
            guard let row = try Row.fetchOne(statement, arguments: [hash]), let role = TokenRole(rawValue: row["role"])
            else { return nil }
            return Caller.User(name: row["user"], role: role, tokenCreatedAt: row["created_at"])
        }
    }
}

/// First path segments that the hub uses itself and that no namespace may take.
enum ReservedNames {
    private static let all: Set<String> = [
        "api", "assets", "buckets", "cas", "collections", "data", "datasets", "docs", "healthz", "join", "kernels",
        "login",
        "logout", "metrics", "models", "new", "oauth", "papers", "readyz", "search", "settings", "spaces",
    ]

    static func contains(_ name: String) -> Bool { all.contains(name.lowercased()) }
}
