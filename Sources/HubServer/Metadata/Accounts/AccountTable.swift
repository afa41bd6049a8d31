import GRDB
import HubWire

/// A user or an organisation: the owner of a namespace.
struct Account: Sendable, Equatable {
    enum Kind: String, Sendable {
        case user, org
    }

    var name: String
    var kind: Kind
    var fullname: String?
    var email: String?
    /// Unix seconds.
    var createdAt: Int64

    fileprivate init?(_ row: Row) {
        guard let kind = Kind(rawValue: row["kind"]) else { return nil }
        self.kind = kind
        name = row["name"]
        fullname = row["fullname"]
        email = row["email"]
        createdAt = row["created_at"]
    }
}

/// The statements on accounts and memberships; all run inside a caller's transaction.
enum AccountTable {
    static func find(_ name: String, in db: Database) throws -> Account? {
        let statement = try db.cachedStatement(sql: "SELECT * FROM account WHERE name = ?")
        return try Row.fetchOne(statement, arguments: [name]).flatMap(Account.init)
    }

    /// Users or organisations, by name.
    static func all(_ kind: Account.Kind, in db: Database) throws -> [Account] {
        try Row.fetchAll(db, sql: "SELECT * FROM account WHERE kind = ? ORDER BY name", arguments: [kind.rawValue])
            .compactMap(Account.init)
    }

    /// - Throws: ``HubServerError`` when the name cannot be a namespace, or is taken.
    static func add(
        _ name: String, kind: Account.Kind, fullname: String? = nil, email: String? = nil, at seconds: Int64,
        in db: Database
    ) throws {
        let what = kind == .user ? "a user" : "an organisation"
        guard RepoID.isValid(segment: name), !ReservedNames.contains(name) else {
            throw HubServerError(
                code: .invalidUser, message: "'\(name)' cannot be the name of \(what)",
                hint: "use letters, digits, '-', '_' and '.', and start and end with a letter or a digit")
        }
        let taken = try String.fetchOne(
            db, sql: "SELECT name FROM account WHERE folded = ?", arguments: [name.lowercased()])
        guard taken == nil else {
            throw HubServerError(
                code: .alreadyExists, message: "there is a user or an organisation named '\(taken ?? name)' already",
                hint: "names that differ in case alone count as one; choose another")
        }
        try db.execute(
            sql: "INSERT INTO account (name, folded, kind, fullname, email, created_at) VALUES (?, ?, ?, ?, ?, ?)",
            arguments: [name, name.lowercased(), kind.rawValue, fullname, email, seconds])
    }

    /// - Throws: ``HubServerError`` when the name belongs to an organisation or cannot be a user's.
    static func ensureUser(_ name: String, at seconds: Int64, in db: Database) throws {
        switch try find(name, in: db)?.kind {
        case .user: return
        case .org:
            throw HubServerError(
                code: .invalidUser, message: "'\(name)' is an organisation; tokens belong to users",
                hint: "make a token for one of its members")
        case nil: try add(name, kind: .user, at: seconds, in: db)
        }
    }

    /// Removes an account with its memberships and tokens.
    /// - Returns: false when there is none of that kind.
    static func remove(_ name: String, kind: Account.Kind, in db: Database) throws -> Bool {
        guard try find(name, in: db)?.kind == kind else { return false }
        let repos =
            try Int.fetchOne(
                db, sql: "SELECT count(*) FROM repo WHERE namespace = ? AND type <> ?",
                arguments: [name, UploadArea.type]) ?? 0
        guard repos == 0 else {
            throw HubServerError(
                code: .notEmpty, message: "'\(name)' still owns \(repos) \(repos == 1 ? "repository" : "repositories")",
                hint: "delete or move them first, for example with `hf repos delete` and `hf repos move`")
        }
        try db.execute(sql: "DELETE FROM repo WHERE namespace = ?", arguments: [name])
        try db.execute(sql: "DELETE FROM access_token WHERE user = ?", arguments: [name])
        try db.execute(sql: "DELETE FROM access_request WHERE user = ?", arguments: [name])
        try db.execute(sql: "DELETE FROM account WHERE name = ?", arguments: [name])
        return true
    }

    // MARK: Memberships

    /// The roles of a user, by organisation.
    static func memberships(of user: String, in db: Database) throws -> [String: MemberRole] {
        let statement = try db.cachedStatement(sql: "SELECT org, role FROM membership WHERE user = ?")
        return try Row.fetchAll(statement, arguments: [user]).reduce(into: [:]) { roles, row in
            roles[row["org"]] = MemberRole(rawValue: row["role"])
        }
    }

    /// The members of an organisation, by name.
    static func members(of org: String, in db: Database) throws -> [(user: String, role: MemberRole)] {
        try Row.fetchAll(db, sql: "SELECT user, role FROM membership WHERE org = ? ORDER BY user", arguments: [org])
            .compactMap { row in MemberRole(rawValue: row["role"]).map { (row["user"], $0) } }
    }

    static func setMember(_ user: String, of org: String, role: MemberRole, in db: Database) throws {
        for (name, kind) in [(user, Account.Kind.user), (org, .org)] {
            guard try find(name, in: db)?.kind == kind else { throw HubServerError.noAccount(name, kind) }
        }
        try db.execute(
            sql: "INSERT OR REPLACE INTO membership (org, user, role) VALUES (?, ?, ?)",
            arguments: [org, user, role.rawValue])
    }

    /// - Returns: false when the user is no member.
    static func removeMember(_ user: String, of org: String, in db: Database) throws -> Bool {
        try db.execute(sql: "DELETE FROM membership WHERE org = ? AND user = ?", arguments: [org, user])
        return db.changesCount > 0
    }
}

extension HubServerError {
    static func noAccount(_ name: String, _ kind: Account.Kind) -> HubServerError {
        let (what, command) = kind == .user ? ("user", "user") : ("organisation", "org")
        return HubServerError(
            code: .noSuchAccount, message: "there is no \(what) named '\(name)'",
            hint: "`shoal hub \(command) list` shows those there are")
    }
}
