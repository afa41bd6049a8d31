internal import HTTPTypes
internal import Hummingbird

/// The control API below `/v1/` (docs/agent.md).
struct ControlRoutes: Sendable {
    let token: String
    let reporter: StatusReporter
    let desk: PullDesk
    let torrents: TorrentRoutes
    let stop: StopSignal

    private struct Health: Encodable {
        var status = "ok"
        var name = "shoal"
        var version: String
    }

    private struct Stopping: Encodable { var status = "shutting down" }

    /// - Parameters:
    ///   - segments: of the raw path, behind `/v1`.
    ///   - isAlias: whether it was asked for at `/api/v1`.
    func respond(to request: Request, segments: [Substring], isAlias: Bool = false) async throws -> Response {
        let path = segments.joined(separator: "/")
        let isReading = request.isReading
        if path == "health" {
            guard isReading else { throw AgentFailure.methodNotAllowed("GET") }
            return .json(Health(version: reporter.version))
        }
        try authorize(request)
        switch path {
        case "status":
            guard isReading else { throw AgentFailure.methodNotAllowed("GET") }
            return .json(await reporter.status())
        case "events":
            guard request.method == .get else { throw AgentFailure.methodNotAllowed("GET") }
            return try await events(request)
        case "pull":
            guard request.method == .post else { throw AgentFailure.methodNotAllowed("POST") }
            return try await pull(request)
        case "stop", "admin/shutdown":
            guard request.method == .post else { throw AgentFailure.methodNotAllowed("POST") }
            stop.set()
            return .json(Stopping(), headers: [.connection: "close"])
        default:
            if let answer = try await torrents.respond(to: request, segments: segments, isAlias: isAlias) {
                return answer
            }
            return try await pulls(request, segments, isReading: isReading)
        }
    }

    private func authorize(_ request: Request) throws {
        let words = (request.headers[.authorization] ?? "").split(separator: " ")
        guard words.count == 2, words[0].lowercased() == "bearer", AgentToken.matches(words[1], token) else {
            throw AgentFailure.unauthorized
        }
    }

    private func pull(_ request: Request) async throws -> Response {
        let job = try await desk.begin(try PullOrder(try await request.jsonBytes()))
        return .json(job.document, status: .accepted, headers: [.location: "/v1/pulls/\(job.id)"])
    }

    private func pulls(_ request: Request, _ segments: [Substring], isReading: Bool) async throws -> Response {
        guard segments.first == "pulls", segments.count == 2 || segments.count == 3 else {
            throw AgentFailure.notFound("there is nothing at \(request.uri.path)")
        }
        guard let job = await desk.job(segments[1]) else {
            throw AgentFailure.notFound("there is no pull '\(segments[1])'")
        }
        if segments.count == 2 {
            guard isReading else { throw AgentFailure.methodNotAllowed("GET") }
            return .json(job.document)
        }
        guard segments[2] == "cancel" else { throw AgentFailure.notFound("there is nothing at \(request.uri.path)") }
        guard request.method == .post else { throw AgentFailure.methodNotAllowed("POST") }
        await desk.cancel(job)
        return .json(job.document)
    }

    private func events(_ request: Request) async throws -> Response {
        var feed = EventFeed(reporter: reporter, desk: desk, stop: stop)
        if let id = request.uri.queryParameters["pull"] {
            guard let job = await desk.job(id) else { throw AgentFailure.notFound("there is no pull '\(id)'") }
            feed.only = job
        }
        return Response(
            status: .ok,
            headers: [.contentType: "text/event-stream", .cacheControl: "no-store"],
            body: ResponseBody { [feed] writer in
                try await feed.write(to: &writer)
                try await writer.finish(nil)
            })
    }
}
