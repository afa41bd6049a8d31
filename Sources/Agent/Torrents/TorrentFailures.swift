internal import HTTPTypes
internal import Publish
internal import PublishWire
internal import Torrents

extension AgentFailure {
    static func noTorrents(_ reason: String) -> AgentFailure {
        AgentFailure(
            status: .serviceUnavailable, code: "no_torrents", message: "this agent has no torrents: \(reason)")
    }

    static func conflict(_ message: String, hint: String? = nil) -> AgentFailure {
        AgentFailure(status: .conflict, code: "conflict", message: message, hint: hint)
    }

    init(_ fault: DeskFault) {
        let status: HTTPResponse.Status =
            switch fault.code {
            case .unknown: .notFound
            case .conflict: .conflict
            case .tooMany: .tooManyRequests
            case .stopping: .serviceUnavailable
            }
        let code = fault.code == .unknown ? "not_found" : fault.code.rawValue
        self.init(status: status, code: code, message: fault.message, hint: fault.hint)
    }

    /// What went wrong with something that is published.
    init(_ error: PublishError) {
        let status: HTTPResponse.Status =
            switch error.code {
            case .unknownModel: .notFound
            case .versionExists, .ambiguous, .notOurs, .changed: .conflict
            case .busy: .serviceUnavailable
            case .noSpace: .init(code: 507, reasonPhrase: "Insufficient Storage")
            default: .badRequest
            }
        self.init(
            status: status, code: error.code == .unknownModel ? "not_found" : error.code.rawValue,
            message: error.message, hint: error.hint)
    }

    init(_ error: TorrentError) {
        self.init(
            status: .internalServerError, code: error.code.rawValue, message: error.message, hint: error.hint)
    }

    /// Runs `body` and turns what it throws into answers.
    static func answering<Result>(_ body: () async throws -> Result) async throws -> Result {
        do {
            return try await body()
        } catch let fault as DeskFault {
            throw AgentFailure(fault)
        } catch let error as PublishError {
            throw AgentFailure(error)
        } catch let error as TorrentError {
            throw AgentFailure(error)
        }
    }
}
