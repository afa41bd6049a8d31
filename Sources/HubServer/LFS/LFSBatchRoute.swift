import Foundation
import GRDB
import HTTPTypes
import HubWire
import Hummingbird
import Xet

/// `POST …/info/lfs/objects/batch`: says how objects go in or out (hub-api §1.8, §4.9).
///
/// What is stored elsewhere on the hub makes no difference to the answer: only this repository's own objects do.
struct LFSBatchRoute: Sendable {
    let services: ServerServices

    static let maximumObjects = 1000
    /// A multipart upload has no more parts than this; their size grows instead.
    static let maximumParts: UInt64 = 1000

    private enum Transfer: String {
        case basic, multipart, xet
    }

    func answer(_ request: HubRequest, _ type: RepoType, _ name: RepoName) async throws -> Response {
        // Nobody's body is read for a repository that the caller cannot see.
        let repo = try await services.database.pool.read { db in try request.repo(type, name, in: db) }
        let wanted = try await request.json(LFSBatchRequest.self)
        guard wanted.objects.count <= Self.maximumObjects else {
            throw HubFailure.tooLarge("At most \(Self.maximumObjects) objects may be asked for at once")
        }
        guard wanted.hash_algo ?? "sha256" == "sha256" else {
            throw HubFailure(.conflict, "This hub knows objects by their SHA-256 only")
        }
        switch wanted.operation {
        case "download":
            _ = try await services.database.pool.read { db in try request.contentRepo(type, name, in: db) }
            return try await download(request, repo, wanted)
        case "upload":
            let area = try await services.database.pool.write { db in try request.uploadArea(type, name, in: db) }
            return try await upload(request, repo, area: area, wanted)
        default: throw HubFailure.badRequest("The operation must be \"upload\" or \"download\"")
        }
    }

    // MARK: Down

    private func download(_ request: HubRequest, _ repo: Repo, _ wanted: LFSBatchRequest) async throws -> Response {
        let known = try await known(wanted.objects, repo, area: repo.id)
        let objects = zip(wanted.objects, known).map { object, content in
            guard let content, object.size == Int64(clamping: content.size) else {
                return failure(object, 404, "The repository has no such object")
            }
            var reply = LFSBatchReply.Object(oid: object.oid, size: object.size)
            reply.actions = ["download": action(.download, content.sha256, content.size, repo.id, request)]
            return reply
        }
        return try .lfs(LFSBatchReply(transfer: Transfer.basic.rawValue, objects: objects))
    }

    // MARK: Up

    /// `area` is where the caller may upload: the repository, or a place of the caller's own for a pull request.
    private func upload(_ request: HubRequest, _ repo: Repo, area: Int64, _ wanted: LFSBatchRequest) async throws
        -> Response
    {
        let known = try await known(wanted.objects, repo, area: area)
        let offered = Set(wanted.transfers ?? [Transfer.basic.rawValue])
        let missing = zip(wanted.objects, known).filter { $0.1 == nil }.map(\.0)
        let transfer = transfer(for: missing, offered: offered)
        let free = services.uploads.freeBytes ?? .max
        let xet = transfer == .xet ? xetAction(request, repo, area: area) : nil
        let objects = zip(wanted.objects, known).map { object, content -> LFSBatchReply.Object in
            guard let oid = SHA256Digest(object.oid), object.size >= 0 else {
                return failure(object, 422, "An object has a SHA-256 of 64 hex digits and a size of 0 or more")
            }
            let size = UInt64(object.size)
            if let content {
                guard content.size == size else {
                    return failure(object, 422, "The object of this oid has \(content.size) bytes")
                }
                return LFSBatchReply.Object(oid: object.oid, size: object.size)
            }
            guard size < free else { return failure(object, 507, "The hub has no room for \(size) bytes") }
            var reply = LFSBatchReply.Object(oid: object.oid, size: object.size)
            let verify = action(.verify, oid, size, area, request)
            switch transfer {
            case .xet: reply.actions = xet.map { ["upload": $0] }
            case .basic: reply.actions = ["upload": action(.upload, oid, size, area, request), "verify": verify]
            case .multipart:
                let most = max(10, 20_000 / UInt64(max(1, missing.count)))
                reply.actions = ["upload": multipart(oid, size, area, request, most: most), "verify": verify]
            }
            return reply
        }
        return try .lfs(LFSBatchReply(transfer: transfer.rawValue, objects: objects))
    }

    /// One transfer holds for the whole reply. Xet where the client speaks it, parts where one request would be long.
    private func transfer(for missing: [LFSBatchRequest.Object], offered: Set<String>) -> Transfer {
        guard !missing.isEmpty else { return .basic }
        if offered.contains(Transfer.xet.rawValue) { return .xet }
        let limit = services.configuration.lfsPartSize
        let isLong = missing.contains { $0.size > Int64(clamping: limit) }
        return isLong && offered.contains(Transfer.multipart.rawValue) ? .multipart : .basic
    }

    /// - Parameter most: parts at most, so that a reply about many objects stays small.
    private func multipart(
        _ oid: SHA256Digest, _ size: UInt64, _ repo: Int64, _ request: HubRequest, most: UInt64
    ) -> LFSBatchReply.Action {
        var grant = grant(.complete, oid, size, repo, request)
        grant.upload = .random(in: .min ... .max)
        let parts = min(most, Self.maximumParts)
        let fewest = (size + parts - 1) / parts
        grant.partSize = max(1, services.configuration.lfsPartSize, fewest)
        var header = ["chunk_size": "\(grant.partSize)"]
        var part = grant
        part.action = .part
        for number in 0..<grant.partCount {
            part.part = number + 1
            let digits = "\(number + 1)"
            header[String(repeating: "0", count: max(0, 5 - digits.count)) + digits] = url(part, request)
        }
        return LFSBatchReply.Action(href: url(grant, request), header: header, expires_in: lifetime)
    }

    /// What git-xet reads: where to refresh its token, and the first one (xet-protocol §6.4). Python of the 0.x line
    /// looks at nothing but the name of the transfer.
    private func xetAction(_ request: HubRequest, _ repo: Repo, area: Int64) -> LFSBatchReply.Action {
        let (token, expiry) = CASTokens.issue(
            user: request.caller.name ?? "", repo: area, scope: .write,
            isLimited: request.caller.user?.role == .fineGrained, secrets: services.secrets,
            lifetime: services.configuration.tokenLifetime)
        return LFSBatchReply.Action(
            href: "\(request.baseURL)/\(repo.apiPath)/xet-write-token/main" + (area == repo.id ? "" : "?create_pr=1"),
            header: [
                HubHeader.xetCASURL: request.baseURL + "/cas", HubHeader.xetAccessToken: token,
                HubHeader.xetTokenExpiration: "\(expiry)",
            ],
            expires_in: services.configuration.tokenLifetime.components.seconds)
    }

    // MARK: What both share

    /// What the repository's commits hold or an upload has brought to `area`.
    private func known(_ objects: [LFSBatchRequest.Object], _ repo: Repo, area: Int64) async throws -> [LargeContent?] {
        try await services.database.pool.read { db in
            try objects.map { object in
                guard let oid = SHA256Digest(object.oid) else { return nil }
                return try LargeContent.known(oid, repo: area, in: db)
                    ?? GitStore(repo: repo.id, db: db).large(sha256: oid)
            }
        }
    }

    private func failure(_ object: LFSBatchRequest.Object, _ code: Int, _ message: String) -> LFSBatchReply.Object {
        var reply = LFSBatchReply.Object(oid: object.oid, size: object.size)
        reply.error = LFSBatchReply.Failure(code: code, message: message)
        return reply
    }

    private var lifetime: Int64 { services.configuration.lfsURLLifetime.components.seconds }

    private func grant(
        _ action: LFSGrant.Action, _ oid: SHA256Digest, _ size: UInt64, _ repo: Int64, _ request: HubRequest
    ) -> LFSGrant {
        LFSGrant(
            action: action, repo: repo, user: request.caller.name ?? "", oid: oid, size: size,
            expiry: Int64(Date().timeIntervalSince1970) + lifetime)
    }

    private func url(_ grant: LFSGrant, _ request: HubRequest) -> String {
        LFSSigner(secrets: services.secrets).url(for: grant, baseURL: request.baseURL)
    }

    private func action(
        _ action: LFSGrant.Action, _ oid: SHA256Digest, _ size: UInt64, _ repo: Int64, _ request: HubRequest
    ) -> LFSBatchReply.Action {
        LFSBatchReply.Action(href: url(grant(action, oid, size, repo, request), request), expires_in: lifetime)
    }
}

extension LargeContent {
    /// The content that a repository knows by a SHA-256, whether a commit holds it yet or not.
    static func known(_ sha256: SHA256Digest, repo: Int64, in db: Database) throws -> LargeContent? {
        if let file = try ContentTables.file(forSHA256: sha256, repo: repo, in: db) {
            return LargeContent(sha256: sha256, fileHash: file.hash, size: file.size)
        }
        return try GitStore(repo: repo, db: db).large(sha256: sha256)
    }
}
