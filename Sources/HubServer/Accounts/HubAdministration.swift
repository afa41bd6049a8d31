public import Foundation
import GRDB

/// Administration of users, organisations and tokens in a hub's data folder, which works beside a running hub.
public struct HubAdministration: Sendable {
    let database: HubDatabase

    /// Names of what a token may be, weakest first.
    public static var tokenRoles: [String] { TokenRole.allCases.map(\.rawValue) }
    /// Names of what a member of an organisation may be, weakest first.
    public static var memberRoles: [String] { MemberRole.allCases.map(\.rawValue) }

    /// Opens a data folder, making it when it is missing.
    public init(dataDirectory: String) throws {
        try DataDirectory.create(dataDirectory)
        database = try HubDatabase(dataDirectory: dataDirectory)
    }

    /// Closes the database; call it last.
    public func close() throws { try database.close() }

    // MARK: Users

    public struct User: Codable, Sendable {
        public var name: String
        public var fullname: String?
        public var email: String?
        public var createdAt: Date
        /// Roles by organisation.
        public var organisations: [String: String]
    }

    public func addUser(_ name: String, fullname: String?, email: String?) throws {
        try database.pool.write { db in
            try AccountTable.add(name, kind: .user, fullname: fullname, email: email, at: Self.now, in: db)
        }
    }

    /// All users by name.
    public func users() throws -> [User] {
        try database.pool.read { db in
            try AccountTable.all(.user, in: db).map { account in
                User(
                    name: account.name, fullname: account.fullname, email: account.email,
                    createdAt: Self.date(account.createdAt),
                    organisations: try AccountTable.memberships(of: account.name, in: db).mapValues(\.rawValue))
            }
        }
    }

    /// Removes a user who owns no repositories, with all tokens.
    public func removeUser(_ name: String) throws {
        guard try database.pool.write({ db in try AccountTable.remove(name, kind: .user, in: db) }) else {
            throw HubServerError.noAccount(name, .user)
        }
    }

    // MARK: Organisations

    public struct Organisation: Codable, Sendable {
        public var name: String
        public var fullname: String?
        public var createdAt: Date
        /// Roles by user.
        public var members: [String: String]
    }

    public func addOrganisation(_ name: String, fullname: String?) throws {
        try database.pool.write { db in
            try AccountTable.add(name, kind: .org, fullname: fullname, at: Self.now, in: db)
        }
    }

    /// All organisations by name.
    public func organisations() throws -> [Organisation] {
        try database.pool.read { db in
            try AccountTable.all(.org, in: db).map { account in
                let members = try AccountTable.members(of: account.name, in: db)
                return Organisation(
                    name: account.name, fullname: account.fullname, createdAt: Self.date(account.createdAt),
                    members: Dictionary(members.map { ($0.user, $0.role.rawValue) }) { first, _ in first })
            }
        }
    }

    /// Removes an organisation that owns no repositories.
    public func removeOrganisation(_ name: String) throws {
        guard try database.pool.write({ db in try AccountTable.remove(name, kind: .org, in: db) }) else {
            throw HubServerError.noAccount(name, .org)
        }
    }

    /// Makes a user a member, or gives a member another role.
    public func setMember(_ user: String, of organisation: String, role: String) throws {
        guard let role = MemberRole(rawValue: role) else { throw HubServerError.noRole(role, of: Self.memberRoles) }
        try database.pool.write { db in try AccountTable.setMember(user, of: organisation, role: role, in: db) }
    }

    public func removeMember(_ user: String, of organisation: String) throws {
        guard try database.pool.write({ db in try AccountTable.removeMember(user, of: organisation, in: db) }) else {
            throw HubServerError(
                code: .noSuchAccount, message: "'\(user)' is no member of '\(organisation)'",
                hint: "`shoal hub org list` shows the members")
        }
    }

    // MARK: Tokens

    public struct Token: Codable, Sendable {
        /// Stands for the token in other commands; it opens nothing.
        public var id: String
        public var user: String
        public var name: String
        public var role: String
        /// What a fine-grained token is limited to, such as `write:alice/model`.
        public var grants: [String]
        public var createdAt: Date
        public var expiresAt: Date?
    }

    /// Makes a token, and its user where there is none, and returns its text, which is kept nowhere.
    ///
    /// - Parameters:
    ///   - name: the display name; nil makes one up.
    ///   - grants: what a fine-grained token may do: `read:` or `write:` and a namespace or a repository.
    ///   - lifetime: in seconds; nil for a token that does not expire.
    public func addToken(
        user: String, role: String, name: String? = nil, grants: [String] = [], lifetime: Int64? = nil
    ) throws -> String {
        guard let role = TokenRole(rawValue: role) else { throw HubServerError.noRole(role) }
        let parsed = try grants.map { text in
            guard let grant = TokenGrant(text) else {
                throw HubServerError(
                    code: .invalidGrant, message: "'\(text)' does not say what a token may do",
                    hint: "write read: or write: and a namespace or a repository, such as write:datasets/alice/words")
            }
            return grant
        }
        guard (role == .fineGrained) == !parsed.isEmpty else {
            throw HubServerError(
                code: .invalidGrant,
                message: role == .fineGrained
                    ? "a fine-grained token must be allowed something" : "only a fine-grained token has grants",
                hint: "give --role fine-grained together with --allow")
        }
        let draft = TokenDraft(user: user, role: role, name: name, grants: parsed, lifetime: lifetime)
        return try database.addToken(draft).text
    }

    /// The tokens of one user or of all, oldest first.
    public func tokens(of user: String? = nil) throws -> [Token] {
        try database.tokens(of: user).map { token in
            Token(
                id: token.id, user: token.user, name: token.name, role: token.role.rawValue,
                grants: token.grants.map(\.description), createdAt: Self.date(token.createdAt),
                expiresAt: token.expiresAt.map(Self.date))
        }
    }

    /// Revokes the token of a user that has this id or name.
    public func removeToken(of user: String, named name: String) throws {
        guard try database.removeTokens(of: user, named: name) > 0 else {
            throw HubServerError(
                code: .noSuchToken, message: "\(user) has no token with the id or name '\(name)'",
                hint: "`shoal hub token list` shows those there are")
        }
    }

    private static var now: Int64 { Int64(Date().timeIntervalSince1970) }

    private static func date(_ seconds: Int64) -> Date { Date(timeIntervalSince1970: Double(seconds)) }
}

extension HubServerError {
    static func noRole(_ role: String, of roles: [String] = HubAdministration.tokenRoles) -> HubServerError {
        HubServerError(
            code: .invalidUser, message: "'\(role)' is not a role",
            hint: "choose one of \(roles.joined(separator: ", "))")
    }
}
