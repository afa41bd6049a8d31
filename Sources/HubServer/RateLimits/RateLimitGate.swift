import HTTPTypes
import Hummingbird

/// Counts each request before it is answered and refuses those that are too many.
struct RateLimitGate: Sendable {
    let services: ServerServices

    func respond(
        to request: Request, from peer: Peer, scope: RequestScope, _ answer: () async throws -> Response
    ) async throws -> Response {
        let route = RouteClass(method: request.method.rawValue, target: request.head.path ?? "")
        let limiter = services.limiter
        let authorization = request.headers[.authorization]
        let identity = limiter.identity(authorization: authorization, peer: peer, secrets: services.secrets)
        let decision = identity.flatMap { limiter.charge($0, route) }
        let window = limiter.limits.window
        if let decision, !decision.isAllowed {
            services.metrics.requestLimited(route)
            throw decision.refusal(route, window: window, isAnonymous: identity?.isAnonymous ?? true)
        }
        var response: Response
        do {
            response = try await answer()
        } catch let failure as HubFailure {
            response = failure.response
        }
        if let authorization, identity?.isAnonymous ?? false, let user = scope.user {
            limiter.remember(authorization: authorization, isAdmin: user.role == .admin)
        } else if let authorization, response.status == .unauthorized {
            limiter.forget(authorization: authorization)
        }
        if let decision { response.headers.append(contentsOf: decision.headers(route, window: window)) }
        return response
    }
}
