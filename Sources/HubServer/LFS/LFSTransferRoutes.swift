import Crypto
import Foundation
import GRDB
import HTTPTypes
import HubWire
import Hummingbird
import NIOCore
import NIOPosix
import Xet

/// Bytes of LFS objects under signed URLs, `/data/lfs/{action}/{oid}?signature=…`. Nobody logs in here: who holds the URL
/// may do that one thing until it expires.
struct LFSTransferRoutes: Sendable {
    let services: ServerServices

    /// Longest body of a completion in bytes; each of its parts takes about 100.
    private static let maximumCompletion = 1 << 20

    /// Answers one request, whose raw path segments after `/data/lfs` are given; refusals are answers too.
    func respond(to request: Request, segments: [Substring]) async -> Response {
        do {
            let grant = try grant(of: request, segments)
            switch grant.action {
            case .upload:
                try require(.put, request)
                return try await upload(request, grant)
            case .part:
                try require(.put, request)
                return try await part(request, grant)
            case .complete:
                try require(.post, request)
                return try await complete(request, grant)
            case .verify:
                try require(.post, request)
                return try await verify(request, grant)
            case .download:
                guard request.method == .get || request.method == .head else {
                    throw HubFailure.methodNotAllowed("GET, HEAD")
                }
                return try await download(request, grant)
            }
        } catch {
            return HubFailure(describing: error, services.logger).lfsResponse
        }
    }

    private func grant(of request: Request, _ segments: [Substring]) throws(HubFailure) -> LFSGrant {
        let query = FormQuery(request.uri.query ?? "")
        guard segments.count == 2, let text = query["signature"],
            let grant = LFSSigner(secrets: services.secrets).read(text),
            grant.action.segment == segments[0], SHA256Digest(segments[1]) == grant.oid
        else { throw HubFailure(.forbidden, "The URL is not one that this hub has signed") }
        guard Int64(Date().timeIntervalSince1970) < grant.expiry else {
            throw HubFailure(.forbidden, "The URL has expired; ask for the object again")
        }
        return grant
    }

    private func require(_ method: HTTPRequest.Method, _ request: Request) throws(HubFailure) {
        guard request.method == method else { throw HubFailure.methodNotAllowed(method.rawValue) }
    }

    // MARK: Up

    private func upload(_ request: Request, _ grant: LFSGrant) async throws -> Response {
        try await requireRepo(grant)
        let file = try await makeIncoming()
        _ = try await ingest(grant).receive(request, into: file, size: grant.size, expecting: grant.oid)
        return try .lfs(["ok": true])
    }

    /// Parts come in any order, and more than once when a reply was lost. The tag of a part is what it hashes to.
    private func part(_ request: Request, _ grant: LFSGrant) async throws -> Response {
        guard (1...max(1, grant.partCount)).contains(grant.part) else { throw HubFailure.notFound }
        try await requireRepo(grant)
        let file = try await makeIncoming()
        let digest = try await SpoolReceiver.receive(request, into: file, size: grant.partLength)
        let tag = String("\(digest)".prefix(32))
        try await ContentThreads.reading.runIfActive { [spool = services.uploads] in
            try spool.keep(file, upload: grant.upload, part: Int(grant.part), etag: tag)
        }
        return Response(status: .ok, headers: [.eTag: "\"\(tag)\"", .contentLength: "0"])
    }

    private struct Completion: Decodable {
        struct Part: Decodable {
            var partNumber: Int
            var etag: String
        }

        var oid: String?
        var parts: [Part]
    }

    private func complete(_ request: Request, _ grant: LFSGrant) async throws -> Response {
        let body = try await request.body.collect(upTo: Self.maximumCompletion)
        guard let wanted = try? JSONDecoder().decode(Completion.self, from: Data(body.readableBytesView)) else {
            throw HubFailure.badRequest("The body is not the completion of a multipart upload")
        }
        let parts = wanted.parts.sorted { $0.partNumber < $1.partNumber }
        guard parts.map(\.partNumber) == Array(1..<Int(grant.partCount) + 1) else {
            throw HubFailure(.unprocessableContent, "The upload has \(grant.partCount) parts, each named once")
        }
        // A completion that comes again, because its answer was lost, finds its work done.
        if try await isStored(grant) { return try .lfs(["completed": true]) }
        try await requireRepo(grant)
        let spool = services.uploads
        let files = try await ContentThreads.reading.runIfActive {
            try parts.map { part in
                guard
                    let file = try spool.open(
                        upload: grant.upload, part: part.partNumber, etag: part.etag.filter(\.isHexDigit))
                else { throw HubFailure(.unprocessableContent, "Part \(part.partNumber) has not been uploaded") }
                return file
            }
        }
        _ = try await ingest(grant).ingest(SpooledContent(files: files), expecting: grant.oid)
        try await ContentThreads.reading.runIfActive { spool.removeParts(upload: grant.upload) }
        return try .lfs(["completed": true])
    }

    private func verify(_ request: Request, _ grant: LFSGrant) async throws -> Response {
        _ = try await request.body.collect(upTo: Self.maximumCompletion)
        guard try await isStored(grant) else {
            throw HubFailure(.notFound, "The object has not been uploaded to this repository")
        }
        return try .lfs(["ok": true])
    }

    private func makeIncoming() async throws -> IncomingFile {
        try await ContentThreads.reading.runIfActive { [spool = services.uploads] in try spool.makeIncoming() }
    }

    private func ingest(_ grant: LFSGrant) -> ContentIngest {
        ContentIngest(
            content: services.content, spool: services.uploads, secrets: services.secrets, repo: grant.repo,
            user: grant.user)
    }

    private func isStored(_ grant: LFSGrant) async throws -> Bool {
        try await services.database.pool.read { db in
            try LargeContent.known(grant.oid, repo: grant.repo, in: db)?.size == grant.size
        }
    }

    /// Nobody's body is read for a repository that is gone.
    private func requireRepo(_ grant: LFSGrant) async throws {
        let isDisabled = try await services.database.pool.read { db in
            try Bool.fetchOne(db, sql: "SELECT is_disabled FROM repo WHERE id = ?", arguments: [grant.repo])
        }
        guard let isDisabled else {
            throw HubFailure(.notFound, code: .repoNotFound, "The repository of this URL is gone")
        }
        guard !isDisabled else { throw HubFailure.disabled }
    }

    // MARK: Down

    private func download(_ request: Request, _ grant: LFSGrant) async throws -> Response {
        try await requireRepo(grant)
        let known = try await services.database.pool.read { db in
            try LargeContent.known(grant.oid, repo: grant.repo, in: db)
        }
        guard let known else { throw HubFailure(.notFound, "The repository has no such object any more") }
        return try await PlainContent(services: services).answer(
            request, .stored(known.fileHash), size: known.size, etag: "\"\(known.sha256)\"",
            headers: [.contentType: "application/octet-stream", .cacheControl: "private, max-age=3600, immutable"])
    }
}
