internal import Agent
internal import Commands
import Foundation
internal import HubWire
internal import Logging
internal import NIOCore
internal import NIOHTTP1
internal import Transport

/// Asks the agent of this user.
struct AgentClient {
    let folder: AgentFolder
    let document: AgentDocument
    private let token: String

    /// - Returns: nil when no agent runs.
    init?(_ folder: AgentFolder = Environment.agentFolder) {
        guard AgentLock.isHeld(folder), let document = AgentDocument(in: folder), let token = folder.token() else {
            return nil
        }
        self.folder = folder
        self.document = document
        self.token = token
    }

    /// The page, for the user's own eyes: the token stands behind `#`, which browsers do not send.
    var dashboard: String { "\(document.url)/#token=\(token)" }

    static let notRunning = CommandFailure(
        code: "agent_not_running", message: "no agent is running", hint: "start one with 'shoal start'")

    /// - Throws: ``CommandFailure`` when the agent does not answer, or refuses.
    func get(_ path: String) async throws -> JSONValue { try await send("GET", path) }

    func post(_ path: String) async throws -> JSONValue { try await send("POST", path) }

    private func send(_ method: String, _ path: String) async throws -> JSONValue {
        var request = Transport.HTTPRequest(url: document.url + path)
        if method == "POST" { request.method = .POST }
        request.authorize(bearer: token)
        request.replyTimeout = .seconds(10)
        let logger = Logger(label: "shoal.agent.client") { _ in SwiftLogNoOpLogHandler() }
        do {
            // No proxy stands between this machine and itself.
            let bytes = try await AsyncHTTPTransport.withTransport(logger: logger) { [request] transport in
                let reply = try await transport.send(request)
                let body = try await reply.collect(upTo: 64 << 20)
                guard reply.isSuccess else {
                    throw CommandFailure(
                        code: "agent_refuses", message: "the agent at \(document.url) answers with \(reply.status)",
                        hint: "restart it with 'shoal stop' and 'shoal start'")
                }
                return Array(body.readableBytesView)
            }
            return try JSONDecoder().decode(JSONValue.self, from: Data(bytes))
        } catch let error as TransportError {
            throw CommandFailure(
                code: "agent_silent", message: "the agent does not answer: \(error.message)",
                hint: "look into \(folder.logFile)")
        } catch is DecodingError {
            throw CommandFailure(
                code: "agent_refuses", message: "what answers at \(document.url) is no agent",
                hint: "look into \(folder.logFile)")
        }
    }

    /// Whether it answers.
    func isHealthy() async -> Bool { (try? await get("/v1/health"))?["status"]?.text == "ok" }
}
