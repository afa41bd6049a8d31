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
    private let operations: OperationsRoutes
    private let web: WebRoutes
    private let limits: RateLimitGate

    init(services: ServerServices) {
        self.services = services
        hub = HubRoutes(services: services)
        cas = CASRoutes(services: services)
        data = DataPlane(services: services)
        operations = OperationsRoutes(services: services)
        web = WebRoutes(services: services)
        limits = RateLimitGate(services: services)
    }

    func respond(to request: Request, context: HubRequestContext) async throws -> Response {
        let requestID = Self.requestID(of: request)
        let peer = Peer(address: context.remoteAddress, forwardedFor: request.headers[.forwardedFor])
        let scope = RequestScope()
        var response: Response
        do {
            response = try await RequestScope.$current.withValue(scope) {
                try await limits.respond(to: request, from: peer, scope: scope) {
                    try await route(request, context, peer)
                }
            }
        } catch {
            let failure = HubFailure(describing: error, services.logger, requestID: requestID)
            response = tracked(request) == nil ? failure.response : Tracker.response(to: failure)
        }
        response.headers[.hubRequestID] = requestID
        if let name = scope.userName { response.headers[.callerNote] = name }
        services.logger.debug(
            "request",
            metadata: [
                "request_id": "\(requestID)", "method": "\(request.method)", "path": "\(request.uri.path)",
                "status": "\(response.status.code)",
            ])
        // A HEAD reply has the headers of the GET and no body; its length stays what the GET would send.
        return request.method == .head ? response.createHeadResponse() : response
    }

    /// What the request asks of the hub's tracker; nil when it is none of its requests, or the hub has no tracker.
    private func tracked(_ request: Request) -> (Tracker, TrackerPath)? {
        guard let tracker = services.tracker, let path = request.head.path?.prefix(while: { $0 != "?" }),
            let kind = TrackerPath(path.split(separator: "/"))
        else { return nil }
        return (tracker, kind)
    }

    private func route(_ request: Request, _ context: HubRequestContext, _ peer: Peer) async throws -> Response {
        if let (tracker, kind) = tracked(request) {
            guard let origin = tracker.origin(of: request, context) else {
                throw HubFailure.badRequest("The connection has no address")
            }
            return try await tracker.respond(to: request, kind, from: origin)
        }
        let path = request.head.path.map { $0.prefix { $0 != "?" } } ?? ""
        guard path.first == "/" else { throw HubFailure.badRequest("The request target must start with a slash") }
        if let answer = try await operations.respond(to: request, path: path, peer: peer) { return answer }
        var segments = path.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
        if segments.last?.isEmpty == true { segments.removeLast() }
        switch segments.first {
        case "cas":
            let base = try BaseURL.of(request, services.configuration)
            return try await cas.respond(to: request, segments: Array(segments.dropFirst()), baseURL: base)
        case "data" where segments.dropFirst().first == "lfs":
            return await LFSTransferRoutes(services: services)
                .respond(to: request, segments: Array(segments.dropFirst(2)))
        case "data":
            return try await data.respond(to: request, segments: Array(segments.dropFirst()))
        default:
            if let page = try await web.respond(to: request, segments: segments) { return page }
            return try await hub.respond(
                to: WebRoutes.withSession(request, segments, secrets: services.secrets), segments: segments)
        }
    }

    /// The id that the client or a proxy gave the request, so that both sides' logs can be laid side by side.
    private static func requestID(of request: Request) -> String {
        let given = [request.headers[.hubRequestID], request.headers[.amazonTraceID]].compactMap(\.self)
        return given.first(where: RequestID.isUsable) ?? RequestID.make()
    }
}

extension HTTPField.Name {
    static let forwardedFor = HTTPField.Name("x-forwarded-for") ?? .via
    static let callerNote = HTTPField.Name(CallerNote.header) ?? .via
}
