import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import SwarmTracker

/// The requests of a tracker without a hub: announces, scrapes, and what watches a server asks.
struct TrackerRouter: HTTPResponder {
    let tracker: Tracker
    let metrics: HubMetrics
    let limiter: RateLimiter
    let opensMetrics: Bool
    let logger: Logger

    func respond(to request: Request, context: HubRequestContext) async throws -> Response {
        var response: Response
        do {
            response = try await route(request, context)
        } catch {
            let failure = HubFailure(describing: error, logger, requestID: request.headers[.hubRequestID])
            response = Tracker.response(to: failure)
        }
        return request.method == .head ? response.createHeadResponse() : response
    }

    private func route(_ request: Request, _ context: HubRequestContext) async throws -> Response {
        let path = request.head.path.map { $0.prefix { $0 != "?" } } ?? ""
        let segments = path.split(separator: "/")
        if let kind = TrackerPath(segments) {
            guard let origin = tracker.origin(of: request, context) else {
                throw HubFailure.badRequest("The connection has no address")
            }
            try charge(origin)
            return try await tracker.respond(to: request, kind, from: origin)
        }
        guard request.method == .get || request.method == .head else { throw HubFailure.notFound }
        switch segments {
        case ["healthz"], ["readyz"]: return Self.text("ok\n")
        case ["metrics"]:
            let peer = Peer(address: context.remoteAddress, forwardedFor: request.headers[.forwardedFor])
            guard opensMetrics || peer.isLocal else {
                throw HubFailure(.forbidden, "The metrics are for processes of this machine")
            }
            tracker.updateGauges()
            return Self.text(MetricsPage.text(metrics), contentType: PrometheusText.contentType)
        case []: return Self.text("This is a tracker for Shoal and BitTorrent clients: announce at /announce.\n")
        default: throw HubFailure.notFound
        }
    }

    private func charge(_ origin: AnnounceOrigin) throws {
        let peer = Peer(address: "\(origin.remote)", forwardedFor: nil)
        guard let decision = limiter.charge(.network(peer.network), .tracker), !decision.isAllowed else { return }
        metrics.requestLimited(.tracker)
        throw decision.refusal(.tracker, window: limiter.limits.window, isAnonymous: false)
    }

    private static func text(_ text: String, contentType: String = "text/plain; charset=utf-8") -> Response {
        Response(
            status: .ok, headers: [.contentType: contentType, .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }
}
