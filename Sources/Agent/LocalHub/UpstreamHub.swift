internal import HTTPTypes
internal import HubClient
internal import Hummingbird
internal import Logging
internal import NIOCore
internal import NIOHTTP1
internal import Transport

/// The upstream hub did not answer.
struct UpstreamAbsent: Error {
    var reason: String

    var refusal: AgentFailure {
        AgentFailure(
            status: .gatewayTimeout, code: "upstream_away", message: "the hub does not answer: \(reason)",
            hint: "what is in the cache is served meanwhile")
    }
}

/// Asks the upstream hub what clients ask the local one, with the clients' own tokens, and passes its answers on.
struct UpstreamHub: Sendable {
    /// Bytes of a request's body: a commit with its small files.
    private static let largestBody = 64 << 20
    /// Bytes of an answer in which hashes are looked for.
    private static let largestListing = 256 << 20
    /// Says which agents a request has passed.
    private static let pathMark = "X-Shoal-Agent"

    let settings: HubSettings
    let transport: any HTTPTransport
    let headers: ReplyHeaders
    let board: ActivityBoard
    /// Tells this agent from others.
    let mark: String

    /// Refuses what has been here before: an upstream that leads back to this agent.
    func checkLoop(_ request: Request) throws(AgentFailure) {
        let passed = request.headers[.own(Self.pathMark)]?.split(separator: ",") ?? []
        guard passed.count < 4, !passed.contains(where: { $0.filter { $0 != " " } == mark }) else {
            throw AgentFailure(
                status: HTTPTypes.HTTPResponse.Status(code: 508, reasonPhrase: "Loop Detected"), code: "loop",
                message: "the upstream hub of this agent is the agent itself",
                hint: "start it with --endpoint naming a hub")
        }
    }

    /// Sends a request on as it is.
    /// - Throws: ``UpstreamAbsent``.
    func ask(
        _ request: Request, method: HTTPTypes.HTTPRequest.Method, target: String, body: ByteBuffer? = nil,
        patience: Duration = .seconds(60)
    ) async throws -> Transport.HTTPResponse {
        var outgoing = Transport.HTTPRequest(
            method: HTTPMethod(rawValue: method.rawValue), url: settings.endpoint + target)
        for field in request.headers where ReplyHeaders.mayBePassedUp(field.name) {
            outgoing.headers.add(name: field.name.canonicalName, value: field.value)
        }
        // What is passed on is what is stored; nothing is packed on the way.
        outgoing.headers.replaceOrAdd(name: "Accept-Encoding", value: "identity")
        let passed = request.headers[.own(Self.pathMark)].map { $0 + ", " } ?? ""
        outgoing.headers.replaceOrAdd(name: Self.pathMark, value: passed + mark)
        if let body, body.readableBytes > 0 || method == .post || method == .put { outgoing.body = .bytes(body) }
        outgoing.replyTimeout = board.isUpstreamReachable == false ? min(patience, .seconds(3)) : patience
        do {
            let response = try await transport.send(outgoing)
            // What stands before a hub says so when the hub is away.
            guard ![502, 503, 504].contains(response.status) || method != .get && method != .head else {
                await response.discard()
                board.noteUpstream(isReachable: false)
                throw UpstreamAbsent(reason: "it answers with \(response.status)")
            }
            board.noteUpstream(isReachable: true)
            return response
        } catch let error as TransportError where error.isAbsence {
            board.noteUpstream(isReachable: false)
            throw UpstreamAbsent(reason: error.message)
        }
    }

    /// Sends a request on and passes the answer back.
    /// - Parameter keepingXet: as for ``ReplyHeaders/passedDown(_:keepingXet:)``.
    /// - Throws: ``UpstreamAbsent``.
    func forward(_ request: Request, keepingXet: Bool = false) async throws -> Response {
        let body: ByteBuffer?
        do {
            body =
                request.method == .get || request.method == .head
                ? nil : try await request.body.collect(upTo: Self.largestBody)
        } catch {
            throw AgentFailure.tooLarge(Self.largestBody)
        }
        let reply = try await ask(request, method: request.method, target: request.head.path ?? "/", body: body)
        return try await pass(reply, isHead: request.method == .head, keepingXet: keepingXet)
    }

    /// An answer of the upstream hub as the local hub gives it.
    func pass(_ reply: Transport.HTTPResponse, isHead: Bool, keepingXet: Bool = false) async throws -> Response {
        var fields = headers.passedDown(reply.headers, keepingXet: keepingXet)
        let status = HTTPTypes.HTTPResponse.Status(code: reply.status)
        let isJSON = reply.headers.first(name: "Content-Type")?.lowercased().contains("json") == true
        if isJSON, !isHead {
            let body: ByteBuffer
            do {
                body = try await reply.collect(upTo: Self.largestListing, silence: .seconds(60))
            } catch let error as TransportError where error.isAbsence {
                throw UpstreamAbsent(reason: error.message)
            }
            // Without it clients do not know of Xet.
            let hidden = JSONMemberFilter.removing("xetHash", from: Array(body.readableBytesView))
            let filtered = JSONAddressRewriter.rewriting(hidden, headers.rewritten(address:))
            fields[.contentLength] = nil
            return Response(
                status: status, headers: fields, body: ResponseBody(byteBuffer: ByteBuffer(bytes: filtered)))
        }
        let length = reply.headers.first(name: "Content-Length").flatMap { Int($0) }
        fields[.contentLength] = nil
        guard !isHead else {
            await reply.discard()
            return Response(status: status, headers: fields, body: ResponseBody(contentLength: length ?? 0) { _ in })
        }
        return Response(
            status: status, headers: fields,
            body: ResponseBody(contentLength: length) { [board] writer in
                for try await part in reply.body {
                    try await writer.write(part)
                    board.add {
                        $0.fromHub += UInt64(part.readableBytes)
                        $0.toClients += UInt64(part.readableBytes)
                    }
                }
                try await writer.finish(nil)
            })
    }
}
