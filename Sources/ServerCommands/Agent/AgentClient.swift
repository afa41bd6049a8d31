internal import Agent
internal import Commands
import Foundation
internal import HubWire
internal import Logging
internal import NIOCore
internal import NIOHTTP1
internal import Transport

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Asks the agent of this user.
struct AgentClient {
    let folder: AgentFolder
    let document: AgentDocument
    private let token: String

    /// - Returns: nil when no agent runs, or it cannot be asked.
    init?(_ folder: AgentFolder = Environment.agentFolder) {
        guard let client = try? Self.find(folder) else { return nil }
        self = client
    }

    private init(folder: AgentFolder, document: AgentDocument, token: String) {
        (self.folder, self.document, self.token) = (folder, document, token)
    }

    /// - Returns: nil when no agent runs.
    /// - Throws: ``CommandFailure`` when one runs and cannot be asked, with its PID as far as that is known; or when the
    ///   settings, which may name the folder, cannot be used.
    static func find(_ folder: AgentFolder = Environment.agentFolder) throws(CommandFailure) -> AgentClient? {
        try Environment.requireSettings()
        guard AgentLock.isHeld(folder) else { return nil }
        guard let document = AgentDocument(in: folder) else {
            let isThere = access(folder.documentFile, F_OK) == 0
            throw CommandFailure(
                code: "agent_silent",
                message: isThere
                    ? "an agent is running\(process(folder)), but \(folder.documentFile) cannot be used"
                    : "an agent is running\(process(folder)) and has not said where it answers",
                hint: isThere
                    ? "end it with 'shoal stop', and 'shoal start' begins another"
                    : "if it has just begun, try again; else end it with 'shoal stop'")
        }
        guard let token = folder.token() else {
            throw refused(
                folder,
                "an agent is running\(process(folder)), but its token in \(folder.tokenFile) is missing or damaged")
        }
        return AgentClient(folder: folder, document: document, token: token)
    }

    /// ` (PID 17)` of the agent that runs, where that is known.
    static func process(_ folder: AgentFolder) -> String { AgentLock.holder(folder).map { " (PID \($0))" } ?? "" }

    private static func refused(_ folder: AgentFolder, _ message: String) -> CommandFailure {
        CommandFailure(
            code: "agent_token", message: message,
            hint: "end it with 'shoal stop', and 'shoal start' begins another with a token that counts")
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
                guard reply.status != 401 else {
                    throw Self.refused(
                        folder,
                        "the agent at \(document.url)\(Self.process(folder)) does not accept the token in \(folder.tokenFile)"
                    )
                }
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
                code: "agent_silent", message: "the agent\(Self.process(folder)) does not answer: \(error.message)",
                hint: "look into \(folder.logFile), or end it with 'shoal stop'")
        } catch is DecodingError {
            throw CommandFailure(
                code: "agent_refuses", message: "what answers at \(document.url) is no agent",
                hint: "look into \(folder.logFile)")
        }
    }

    /// Whether it answers.
    func isHealthy() async -> Bool { (try? await get("/v1/health"))?["status"]?.text == "ok" }
}
