import Foundation
import HTTPTypes
import HubWire
import Hummingbird
import Logging
import NIOCore

/// Sends each request to the hub's API, to the CAS or to the data plane.
///
/// Matches the path as it was sent: `refs%2Fpr%2F1` is one segment, and its slashes are data.
struct HubRouter: HTTPResponder {
    private let services: ServerServices
    private let hub: HubRoutes
    private let cas: CASRoutes
    private let data: DataPlane

    init(services: ServerServices) {
        self.services = services
        hub = HubRoutes(services: services)
        cas = CASRoutes(services: services)
        data = DataPlane(services: services)
    }

    func respond(to request: Request, context: BasicRequestContext) async throws -> Response {
        let requestID = Self.requestID(of: request)
        var response: Response
        do {
            response = try await route(request)
        } catch let failure as HubFailure {
            response = failure.response
        } catch let error as any HTTPResponseError {
            response = HubFailure(error.status, "The request cannot be read: \(error.status.reasonPhrase)").response
        } catch is NIOTooManyBytesError {
            response = HubFailure.tooLarge("The request body is too large").response
        } catch is CancellationError {
            response = HubFailure(.serviceUnavailable, "The hub is stopping").response
        } catch {
            services.logger.error(
                "request failed", metadata: ["request_id": "\(requestID)", "error": "\(error)"])
            response = HubFailure(.internalServerError, "Internal error; the hub's log has the cause").response
        }
        response.headers[.hubRequestID] = requestID
        services.logger.debug(
            "request",
            metadata: [
                "request_id": "\(requestID)", "method": "\(request.method)", "path": "\(request.uri.path)",
                "status": "\(response.status.code)",
            ])
        // A HEAD reply has the headers of the GET and no body; its length stays what the GET would send.
        return request.method == .head ? response.createHeadResponse() : response
    }

    private func route(_ request: Request) async throws -> Response {
        let path = request.head.path.map { $0.prefix { $0 != "?" } } ?? ""
        guard path.first == "/" else { throw HubFailure.badRequest("The request target must start with a slash") }
        var segments = path.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
        if segments.last?.isEmpty == true { segments.removeLast() }
        switch segments.first {
        case "cas":
            let base = try BaseURL.of(request, services.configuration)
            return try await cas.respond(to: request, segments: Array(segments.dropFirst()), baseURL: base)
        case "data":
            return try await data.respond(to: request, segments: Array(segments.dropFirst()))
        case "healthz" where segments.count == 1:
            return Response(
                status: .ok, headers: [.contentType: "text/plain"],
                body: ResponseBody(byteBuffer: ByteBuffer(string: "ok\n")))
        default:
            return try await hub.respond(to: request, segments: segments)
        }
    }

    /// The id that the client or a proxy gave the request, so that both sides' logs can be laid side by side.
    private static func requestID(of request: Request) -> String {
        if let given = request.headers[.amazonTraceID], (1...128).contains(given.utf8.count),
            given.utf8.allSatisfy({ (0x21...0x7e).contains($0) })
        {
            return given
        }
        return UUID().uuidString
    }
}
