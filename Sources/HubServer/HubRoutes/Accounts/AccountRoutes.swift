import Foundation
import GRDB
import HTTPTypes
import HubWire
import Hummingbird

/// Users and organisations (hub-api §1.5, appendix A).
struct AccountRoutes: Sendable {
    let services: ServerServices

    func whoAmI(_ request: HubRequest) async throws -> Response {
        let user = try request.user()
        let (account, orgs) = try await services.database.pool.read { db in
            let orgs = try user.memberships.keys.sorted().compactMap { try AccountTable.find($0, in: db) }
            return (try AccountTable.find(user.name, in: db), orgs)
        }
        var token: [String: JSONValue] = [
            "displayName": .string(user.tokenName), "role": .string(user.role.wireName),
            "createdAt": .string(HubDate.text(seconds: user.tokenCreatedAt)),
        ]
        if user.role == .fineGrained { token["fineGrained"] = Self.scopes(user.grants) }
        let organisations = orgs.map { org -> JSONValue in
            [
                "type": "org", "id": .string(org.name), "name": .string(org.name),
                "fullname": .string(org.fullname ?? org.name), "email": .null, "canPay": false, "isEnterprise": false,
                "avatarUrl": "", "roleInOrg": .string(user.memberships[org.name]?.rawValue ?? "read"),
            ]
        }
        let reply: JSONValue = [
            "type": "user", "id": .string(user.name), "name": .string(user.name),
            "fullname": .string(account?.fullname ?? user.name), "email": account?.email.map(JSONValue.string) ?? .null,
            "emailVerified": .bool(account?.email != nil), "canPay": false, "isPro": false, "avatarUrl": "",
            "orgs": .array(organisations),
            "auth": ["type": "access_token", "accessToken": .object(token)],
        ]
        return try .json(reply)
    }

    /// The limits of a fine-grained token, in the Hub's words.
    private static func scopes(_ grants: [TokenGrant]) -> JSONValue {
        let scoped = grants.map { grant -> JSONValue in
            let (kind, name) =
                switch grant.target {
                case .namespace(let name): ("namespace", name)
                case .repo(let type, let namespace, let name): (type.rawValue, "\(namespace)/\(name)")
                }
            let permissions: JSONValue =
                grant.permission == .read ? ["repo.content.read"] : ["repo.content.read", "repo.write"]
            return [
                "entity": ["_id": .string(grant.targetText), "type": .string(kind), "name": .string(name)],
                "permissions": permissions,
            ]
        }
        return ["canReadGatedRepos": true, "global": [], "scoped": .array(scoped)]
    }

    func user(_ request: HubRequest, _ name: String) async throws -> Response {
        let (account, counts, orgs) = try await services.database.pool.read { db in
            guard let account = try AccountTable.find(name, in: db), account.kind == .user else {
                throw HubFailure(.notFound, "There is no user \"\(name)\"")
            }
            let orgs = try AccountTable.memberships(of: name, in: db).keys.sorted()
                .compactMap { try AccountTable.find($0, in: db) }
            return (account, try Self.counts(of: name, for: request.caller, in: db), orgs)
        }
        var reply = Self.describe(account)
        reply["user"] = .string(account.name)
        reply["isPro"] = false
        reply["orgs"] = .array(orgs.map { .object(Self.describe($0)) })
        return try .json(JSONValue.object(reply.merging(counts) { $1 }))
    }

    func organisation(_ request: HubRequest, _ name: String) async throws -> Response {
        let (account, counts, members) = try await services.database.pool.read { db in
            let account = try Self.organisation(name, in: db)
            let members = try AccountTable.members(of: name, in: db).count
            return (account, try Self.counts(of: name, for: request.caller, in: db), members)
        }
        var reply = Self.describe(account)
        reply["isVerified"] = false
        reply["numUsers"] = .integer(Int64(members))
        return try .json(JSONValue.object(reply.merging(counts) { $1 }))
    }

    func members(_ request: HubRequest, of name: String) async throws -> Response {
        let members = try await services.database.pool.read { db in
            _ = try Self.organisation(name, in: db)
            return try AccountTable.members(of: name, in: db).compactMap { try AccountTable.find($0.user, in: db) }
        }
        return try .json(
            members.map { account in
                var member = Self.describe(account)
                member["user"] = .string(account.name)
                return JSONValue.object(member)
            })
    }

    private static func organisation(_ name: String, in db: Database) throws -> Account {
        guard let account = try AccountTable.find(name, in: db), account.kind == .org else {
            throw HubFailure(.notFound, "There is no organisation \"\(name)\"")
        }
        return account
    }

    private static func describe(_ account: Account) -> [String: JSONValue] {
        [
            "name": .string(account.name), "fullname": .string(account.fullname ?? account.name), "avatarUrl": "",
            "type": .string(account.kind.rawValue), "createdAt": .string(HubDate.text(seconds: account.createdAt)),
        ]
    }

    /// How many repositories of each type the caller sees there.
    private static func counts(of namespace: String, for caller: Caller, in db: Database) throws
        -> [String: JSONValue]
    {
        var counts: [String: JSONValue] = [:]
        for type in RepoType.allCases {
            let query = CatalogueQuery(type: type, caller: caller, namespace: namespace)
            let number = try query.count(in: db)
            counts["num\(type.plural.prefix(1).uppercased())\(type.plural.dropFirst())"] = .integer(Int64(number))
        }
        return counts
    }
}
