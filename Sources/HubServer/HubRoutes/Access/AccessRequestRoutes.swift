import GRDB
import HTTPTypes
import HubWire
import Hummingbird

/// Who may read the files of a gated repository (hub-api appendix A).
struct AccessRequestRoutes: Sendable {
    let services: ServerServices

    private static let entriesPerPage = 1000

    /// Files the caller's own request; it is granted at once where the repository accepts everybody.
    func ask(_ request: HubRequest, _ type: RepoType, _ name: RepoName) async throws -> Response {
        let user = try request.user("Log in to ask for access")
        let status = try await services.database.pool.write { db in
            let repo = try request.repo(type, name, in: db)
            try Self.requireGate(repo)
            if let known = try AccessRequest.find(user.name, repo: repo.id, in: db) { return known.status }
            let status: AccessRequest.Status = repo.gating == .auto ? .accepted : .pending
            try AccessRequest.put(
                user.name, repo: repo.id, status: status, at: HubDate.nowInMilliseconds, in: db)
            return status
        }
        return try .json(["status": status.rawValue])
    }

    func list(_ request: HubRequest, _ type: RepoType, _ name: RepoName, _ status: AccessRequest.Status) async throws
        -> Response
    {
        let start = request.query["cursor"].flatMap { Int64($0) } ?? 0
        let (entries, next) = try await services.database.pool.read { db in
            let repo = try request.writableRepo(type, name, in: db)
            try Self.requireGate(repo)
            let found = try AccessRequest.list(
                status, repo: repo.id, after: start, limit: Self.entriesPerPage + 1, in: db)
            let page = found.prefix(Self.entriesPerPage)
            let entries = try page.map { entry in
                Self.describe(entry, try AccountTable.find(entry.user, in: db))
            }
            return (entries, found.count > page.count ? page.last?.id : nil)
        }
        return try .json(entries, headers: next.map { request.link(replacing: "cursor", with: "\($0)") } ?? [:])
    }

    private static func describe(_ entry: AccessRequest, _ account: Account?) -> JSONValue {
        var user: [String: JSONValue] = [
            "_id": .string(entry.user), "user": .string(entry.user),
            "fullname": .string(account?.fullname ?? entry.user), "type": "user", "avatarUrl": "",
        ]
        if let email = account?.email { user["email"] = .string(email) }
        var members: [String: JSONValue] = [
            "requestId": .string("\(entry.id)"), "user": .object(user), "status": .string(entry.status.rawValue),
            "timestamp": .string(HubDate.text(milliseconds: entry.createdAt)),
        ]
        if let name = entry.grantedBy { members["grantedBy"] = ["user": .string(name)] }
        if let reason = entry.reason { members["rejectionReason"] = .string(reason) }
        return .object(members)
    }

    /// Accepts or rejects a request, or puts it back among those that wait.
    func handle(_ request: HubRequest, _ type: RepoType, _ name: RepoName) async throws -> Response {
        struct Body: Decodable {
            var user: String?
            var requestId: String?
            var status: String
            var rejectionReason: String?
        }
        _ = try await services.database.pool.read { db in try request.writableRepo(type, name, in: db) }
        let body = try await request.json(Body.self)
        guard let status = AccessRequest.Status(rawValue: body.status) else {
            throw HubFailure.badRequest("\"\(body.status)\" is no status: say pending, accepted or rejected")
        }
        try await services.database.pool.write { db in
            let repo = try request.writableRepo(type, name, in: db)
            try Self.requireGate(repo)
            let found =
                if let id = body.requestId.flatMap({ Int64($0) }) {
                    try AccessRequest.find(id: id, repo: repo.id, in: db)
                } else {
                    try body.user.flatMap { try AccessRequest.find($0, repo: repo.id, in: db) }
                }
            guard let found else { throw HubFailure(.notFound, "There is no such request for access") }
            guard found.status != status else {
                throw HubFailure(.notFound, "The request of \(found.user) is \(status.rawValue) already")
            }
            try AccessRequest.put(
                found.user, repo: repo.id, status: status, reason: status == .rejected ? body.rejectionReason : nil,
                grantedBy: status == .accepted ? request.caller.name : nil, at: found.createdAt, in: db)
        }
        return try .json(["status": status.rawValue])
    }

    /// Gives access to somebody who has not asked.
    func grant(_ request: HubRequest, _ type: RepoType, _ name: RepoName) async throws -> Response {
        struct Body: Decodable {
            var user: String
        }
        _ = try await services.database.pool.read { db in try request.writableRepo(type, name, in: db) }
        let user = try await request.json(Body.self).user
        let entry = try await services.database.pool.write { db in
            let repo = try request.writableRepo(type, name, in: db)
            try Self.requireGate(repo)
            guard let account = try AccountTable.find(user, in: db), account.kind == .user else {
                throw HubFailure(.notFound, "There is no user \"\(user)\"")
            }
            guard try AccessRequest.find(user, repo: repo.id, in: db)?.status != .accepted else {
                throw HubFailure.badRequest("\(user) has access already")
            }
            try AccessRequest.put(
                user, repo: repo.id, status: .accepted, grantedBy: request.caller.name,
                at: HubDate.nowInMilliseconds, in: db)
            return try AccessRequest.find(user, repo: repo.id, in: db).map { Self.describe($0, account) }
        }
        return try .json(entry ?? [:])
    }

    private static func requireGate(_ repo: Repo) throws(HubFailure) {
        guard repo.gating != .open else { throw .badRequest("\(repo.fullName) is not gated") }
    }
}
