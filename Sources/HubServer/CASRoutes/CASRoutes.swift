import Foundation
import GRDB
import HTTPTypes
package import Hummingbird
import Logging
import NIOCore
import Xet

/// The content-addressed half of the hub: everything below `/cas` (xet-protocol §5).
package struct CASRoutes: Sendable {
    let services: ServerServices
    let signer: URLSigner
    /// How long a shard upload stays silent before it repeats its last line.
    var shardKeepAlive: Duration = .seconds(20)

    var content: ContentStore { services.content }

    package init(services: ServerServices) {
        self.services = services
        signer = URLSigner(secrets: services.secrets)
    }

    /// Answers one request. Refusals are answers too, in plain text; only cancellation is thrown. `segments` are the
    /// raw path segments after `/cas`; absolute URLs in replies start with `baseURL`, which has no slash at its end.
    package func respond(to request: Request, segments: [Substring], baseURL: String) async throws -> Response {
        do {
            return try await route(request, segments, baseURL)
        } catch let error as CancellationError {
            throw error
        } catch {
            return refusal(for: error).response
        }
    }

    private func route(_ request: Request, _ segments: [Substring], _ baseURL: String) async throws -> Response {
        let segments = Self.versioned(segments)
        guard segments.count >= 2 else { throw CASRefusal.unknownRoute }
        let rest = segments[2...]
        switch (request.method, segments[0], segments[1], rest.count) {
        case (.get, "v2", "reconstructions", 1):
            return try await reconstruction(request, file: rest[2], version: .v2, baseURL: baseURL)
        case (.get, "v1", "reconstructions", 1):
            return try await reconstruction(request, file: rest[2], version: .v1, baseURL: baseURL)
        case (.get, "v1", "reconstructions", 0):
            return try await batchReconstruction(request, baseURL: baseURL)
        case (.get, "v1", "manifests", 1):
            return try await manifest(request, file: rest[2])
        case (.get, "v1", "chunks", 2):
            return try await chunk(request, prefix: rest[2], hash: rest[3])
        case (.head, "v1", "xorbs", 2):
            return try await xorbHead(request, prefix: rest[2], hash: rest[3])
        case (.post, "v1", "xorbs", 2):
            return try await uploadXorb(request, prefix: rest[2], hash: rest[3])
        case (.post, "v1", "xorb-grants", 2):
            return try await grant(request, prefix: rest[2], hash: rest[3], baseURL: baseURL)
        case (.post, "v1", "xorb-commits", 4) where rest[4] == "grant":
            return try await commit(request, prefix: rest[2], hash: rest[3], grant: rest[5])
        case (.post, "v1", "shards", 0):
            return try await registerShard(request)
        case (.post, "v2", "shards", 0):
            return try await registerShardStreaming(request)
        case (.post, "v1", "telemetry", 0):
            return try await telemetry(request)
        default:
            throw CASRefusal.unknownRoute
        }
    }

    /// hf_xet up to 1.2 asks without a version for what is v1 today.
    private static func versioned(_ segments: [Substring]) -> [Substring] {
        guard let first = segments.first, ["reconstructions", "xorbs", "shards", "chunks"].contains(first) else {
            return segments
        }
        return ["v1"] + segments
    }

    // MARK: What routes share

    /// The claims of the request's token, if it allows `scope`.
    func authorize(_ request: Request, _ scope: CASScope) throws(CASRefusal) -> CASClaims {
        guard let header = request.headers[.authorization], header.lowercased().hasPrefix("bearer ") else {
            throw CASRefusal(.unauthorized, "a CAS token is needed", headers: [.wwwAuthenticate: "Bearer"])
        }
        let claims: CASClaims
        do {
            claims = try CASTokens.verify(
                header.dropFirst(7).drop { $0 == " " }, secrets: services.secrets)
        } catch {
            let text = error == .expired ? "the CAS token has expired; ask the hub for a new one" : "invalid CAS token"
            throw CASRefusal(.unauthorized, text, headers: [.wwwAuthenticate: "Bearer error=\"invalid_token\""])
        }
        RequestScope.current?.identified(name: claims.user)
        guard claims.scope.allows(scope) else { throw CASRefusal(.forbidden, "this needs a write token") }
        return claims
    }

    /// Reads a hash from a path: 64 lower-case hex digits.
    func parse<Kind>(
        _ text: Substring, as kind: XetHash<Kind>.Type, _ name: String,
    ) throws(CASRefusal) -> XetHash<Kind> {
        guard let hash = XetHash<Kind>(text), "\(hash)" == text else {
            throw CASRefusal(.badRequest, "the \(name) is not 64 lower-case hex digits")
        }
        return hash
    }

    func requireDefault(prefix: Substring) throws(CASRefusal) {
        guard prefix == "default" else { throw CASRefusal(.notFound, "unknown prefix") }
    }

    static func json(_ value: some Encodable, status: HTTPResponse.Status = .ok) throws -> Response {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.withoutEscapingSlashes]
        let data = try encoder.encode(value)
        return Response(
            status: status, headers: [.contentType: "application/json"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: data)))
    }

    /// What a client is told about an error; causes inside the hub go to the log instead.
    func refusal(for error: any Error) -> CASRefusal {
        switch error {
        case let refusal as CASRefusal:
            return refusal
        case let error as XetFormatError:
            return CASRefusal(.badRequest, "\(error)")
        case let error as DatabaseError where error.extendedResultCode == .SQLITE_CONSTRAINT_FOREIGNKEY:
            return CASRefusal(.notFound, "the repository of this token is gone")
        case let error as DatabaseError where error.resultCode == .SQLITE_BUSY:
            return CASRefusal(.serviceUnavailable, "the hub is busy; try again", headers: [.retryAfter: "1"])
        case let error where DiskFull.isCause(of: error):
            return .diskFull
        default:
            services.logger.error("CAS request failed", metadata: ["error": "\(error)"])
            return CASRefusal(.internalServerError, "the hub failed; its log says why")
        }
    }
}
