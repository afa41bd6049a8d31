internal import HTTPTypes
internal import Hummingbird

/// The hub that clients of this machine see in front of the upstream one (docs/agent.md, "The local hub").
struct LocalHubRoutes: Sendable {
    let upstream: UpstreamHub
    let resolve: ResolveRoute
    let shelf: OfflineShelf
    let registry: RegistryRoutes

    /// - Parameter segments: of the raw path.
    func respond(to request: Request, segments: [Substring]) async throws -> Response {
        try upstream.checkLoop(request)
        if segments.contains("xet-read-token"), !resolve.giants.contains(segments) {
            // Whoever finds no token takes whole files, which come through the swarm.
            throw AgentFailure.notFound("files come from this address as plain bytes")
        }
        if let target = RegistryTarget(segments) { return try await registry.respond(to: request, target) }
        if let target = ResolveTarget(segments), request.method == .get || request.method == .head {
            return try await resolve.respond(to: request, target: target)
        }
        do {
            let isToken = segments.contains { $0 == "xet-read-token" || $0 == "xet-write-token" }
            return try await upstream.forward(request, keepingXet: isToken)
        } catch let failure as UpstreamAbsent {
            if request.method == .get || request.method == .head,
                let answer = await shelf.answer(segments, for: Caller(request))
            {
                return answer
            }
            throw failure.refusal
        }
    }
}
