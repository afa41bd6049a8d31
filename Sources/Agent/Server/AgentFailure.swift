internal import Foundation
internal import HTTPTypes
internal import Hummingbird
internal import NIOCore

/// A refusal of the agent itself (docs/agent.md, "Control API").
struct AgentFailure: Error, Sendable {
    var status: HTTPResponse.Status
    var code: String
    var message: String
    var hint: String?
    var headers: HTTPFields = [:]

    static func badRequest(_ message: String, hint: String? = nil) -> AgentFailure {
        AgentFailure(status: .badRequest, code: "bad_request", message: message, hint: hint)
    }

    static let unauthorized = AgentFailure(
        status: .unauthorized, code: "unauthorized", message: "the agent's token is missing or wrong",
        hint: "send it as 'Authorization: Bearer TOKEN'; it stands in the file token of the agent's folder",
        headers: [.wwwAuthenticate: "Bearer"])

    static func forbidden(_ message: String) -> AgentFailure {
        AgentFailure(status: .forbidden, code: "forbidden", message: message)
    }

    static func notFound(_ message: String) -> AgentFailure {
        AgentFailure(status: .notFound, code: "not_found", message: message)
    }

    static func methodNotAllowed(_ allowed: String) -> AgentFailure {
        AgentFailure(
            status: .methodNotAllowed, code: "method_not_allowed", message: "only \(allowed) is answered here",
            headers: [.allow: allowed])
    }

    static func tooLarge(_ limit: Int) -> AgentFailure {
        AgentFailure(
            status: .contentTooLarge, code: "too_large", message: "the body has more than \(limit >> 10) KiB")
    }

    static let stopping = AgentFailure(
        status: .serviceUnavailable, code: "stopping", message: "the agent is on its way out")

    private struct Document: Encodable {
        var error: String
        var code: String
        var hint: String?
    }

    var response: Response {
        .json(Document(error: message, code: code, hint: hint), status: status, headers: headers)
    }
}

extension Response {
    static func json(
        _ document: some Encodable, status: HTTPResponse.Status = .ok, headers: HTTPFields = [:]
    ) -> Response {
        var headers = headers
        headers[.contentType] = "application/json"
        headers[.cacheControl] = "no-store"
        return Response(
            status: status, headers: headers,
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: AgentJSON.bytes(document)))
        )
    }
}
