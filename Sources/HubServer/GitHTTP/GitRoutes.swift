import GRDB
import HTTPTypes
import HubWire
import Hummingbird
import NIOCore
import NIOPosix

/// What git and git-lfs ask of a repository: the smart HTTP protocol, and LFS.
struct GitRoutes: Sendable {
    let services: ServerServices

    /// What a fetch may say, in bytes; git's own limit.
    private static let maximumWants = 10 << 20

    func respond(_ request: HubRequest, _ door: GitDoor) async -> Response {
        if door.isLFS {
            return await LFSRoutes(services: services)
                .respond(request, door.type, door.name, Array(door.rest.dropFirst(2)))
        }
        do {
            return try await git(request, door)
        } catch {
            return HubFailure(describing: error, services.logger).gitResponse
        }
    }

    private func git(_ request: HubRequest, _ door: GitDoor) async throws -> Response {
        let isAdvertisement = door.rest == ["info", "refs"]
        let service = isAdvertisement ? request.query["service"] : door.rest.first
        let repo = try await services.database.pool.read { db in
            service == "git-receive-pack"
                ? try request.writableRepo(door.type, door.name, in: db)
                : try request.contentRepo(door.type, door.name, in: db)
        }
        switch service {
        case "git-upload-pack": break
        case "git-receive-pack":
            throw HubFailure(
                .forbidden, "This hub does not take pushes by git: use `hf upload` or `shoal push` for \(repo.fullName)"
            )
        default: throw HubFailure(.forbidden, "This hub speaks git's smart protocol only")
        }
        guard let program = InstalledGit() else {
            throw HubFailure(.notImplemented, "No git is installed on the hub: use `hf download` or `shoal pull`")
        }
        let backend = GitBackend(program: program, logger: services.logger)
        guard !isAdvertisement else {
            guard request.request.method == .get else { throw HubFailure.methodNotAllowed("GET") }
            return try await backend.respond(
                to: request.request, path: "info/refs", query: "service=git-upload-pack",
                mirror: services.mirrors.update(repo.id), body: nil, length: 0)
        }
        guard request.request.method == .post else { throw HubFailure.methodNotAllowed("POST") }
        let body = try await request.request.body.collect(upTo: Self.maximumWants)
        let file = try await ContentThreads.reading.runIfActive { [spool = services.uploads] in
            let file = try spool.makeIncoming()
            try body.withUnsafeReadableBytes { try file.file.write($0, at: 0) }
            return file
        }
        return try await backend.respond(
            to: request.request, path: "git-upload-pack", query: "", mirror: services.mirrors.update(repo.id),
            body: file, length: body.readableBytes)
    }
}

extension HubFailure {
    /// The failure in the form that git shows to its user.
    var gitResponse: Response {
        var response = response
        response.headers[.contentType] = "text/plain; charset=utf-8"
        response.headers[.contentLength] = nil
        if status == .unauthorized { response.headers[.wwwAuthenticate] = GitCredentials.challenge }
        response.body = ResponseBody(byteBuffer: ByteBuffer(string: message + "\n"))
        return response
    }
}
