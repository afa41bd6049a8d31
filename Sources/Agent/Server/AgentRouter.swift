internal import HTTPTypes
internal import Hummingbird
internal import Logging

/// Sends each request to the control API, the dashboard or the local hub.
///
/// Matches the path as it was sent: `refs%2Fpr%2F1` is one segment, and its slash is data.
struct AgentRouter: HTTPResponder {
    typealias Context = BasicRequestContext

    let gate: RequestGate
    let control: ControlRoutes
    let hub: LocalHubRoutes
    let board: ActivityBoard
    let logger: Logger

    func respond(to request: Request, context: Context) async throws -> Response {
        board.countRequest()
        var response: Response
        do {
            response = try await route(request)
        } catch let failure as AgentFailure {
            response = failure.response
        } catch is CancellationError {
            response = AgentFailure.stopping.response
        } catch {
            logger.error("request failed", metadata: ["path": "\(request.uri.path)", "reason": "\(error)"])
            response =
                AgentFailure(
                    status: .internalServerError, code: "internal", message: "the agent failed; its log says why"
                )
                .response
        }
        logger.debug(
            "request",
            metadata: [
                "method": "\(request.method)", "path": "\(request.uri.path)", "status": "\(response.status.code)",
            ])
        // A HEAD reply has the headers of the GET and no body; its length stays what the GET would send.
        return request.method == .head ? response.createHeadResponse() : response
    }

    private func route(_ request: Request) async throws -> Response {
        try gate.check(request)
        let path = request.head.path.map { $0.prefix { $0 != "?" } } ?? ""
        guard path.first == "/" else { throw AgentFailure.badRequest("the request target must start with a slash") }
        if let page = Dashboard.page(at: path) {
            guard request.method == .get || request.method == .head else { throw AgentFailure.methodNotAllowed("GET") }
            return page
        }
        let segments = path.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
        if segments.first == "v1" {
            return try await control.respond(to: request, segments: Array(segments.dropFirst()))
        }
        if segments.starts(with: ["api", "v1"]) {
            return try await control.respond(to: request, segments: Array(segments.dropFirst(2)), isAlias: true)
        }
        return try await hub.respond(to: request, segments: segments)
    }
}
