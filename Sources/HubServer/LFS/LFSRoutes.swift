import Foundation
import HTTPTypes
import HubWire
import Hummingbird
import NIOCore

/// Everything below `…/info/lfs` (hub-api §1.8).
struct LFSRoutes: Sendable {
    let services: ServerServices

    /// Answers a request about a repository; `path` are the decoded segments after `info/lfs`.
    func respond(_ request: HubRequest, _ type: RepoType, _ name: RepoName, _ path: [String]) async -> Response {
        do {
            switch path {
            case ["objects", "batch"]:
                guard request.request.method == .post else { throw HubFailure.methodNotAllowed("POST") }
                return try await LFSBatchRoute(services: services).answer(request, type, name)
            case ["locks"], ["locks", "verify"]:
                // The status that makes git-lfs go on without a word.
                throw HubFailure(.notImplemented, "This hub does not lock files")
            default: throw HubFailure.notFound
            }
        } catch {
            return HubFailure(describing: error, services.logger).lfsResponse
        }
    }
}

extension HubFailure {
    /// The failure in the form that git-lfs shows to its user, and that Python reads too.
    var lfsResponse: Response {
        var response = response
        response.headers[.contentType] = Response.lfsType
        if status == .unauthorized {
            response.headers[.wwwAuthenticate] = GitCredentials.challenge
            response.headers[.lfsAuthenticate] = GitCredentials.challenge
        }
        if let body = try? JSONEncoder().encode(["message": message, "error": message]) {
            response.headers[.contentLength] = nil
            response.body = ResponseBody(byteBuffer: ByteBuffer(bytes: body))
        }
        return response
    }
}

extension HTTPField.Name {
    static let lfsAuthenticate = HTTPField.Name("LFS-Authenticate") ?? .wwwAuthenticate
}

extension Response {
    static let lfsType = "application/vnd.git-lfs+json"

    static func lfs(_ value: some Encodable) throws -> Response { try .json(value, headers: [:]).typed(lfsType) }

    private func typed(_ type: String) -> Response {
        var response = self
        response.headers[.contentType] = type
        return response
    }
}
