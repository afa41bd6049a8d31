internal import HTTPTypes
internal import HubClient
internal import Hummingbird

/// A refusal in the registry's shape; clients show its text.
struct RegistryFailure: Error, Sendable, Equatable {
    var status: HTTPResponse.Status
    var code: String
    var message: String

    static let noModel = RegistryFailure(
        status: .badRequest, code: "MANIFEST_INVALID", message: "the repository has no GGUF file that can be served")

    static func noTag(_ tag: String, isSplit: Bool, tags: [String]) -> RegistryFailure {
        let what = isSplit ? "is split into several files, which registries cannot serve" : "is not there"
        let others = tags.isEmpty ? "" : "; there are: " + tags.joined(separator: ", ")
        return RegistryFailure(status: .badRequest, code: "MANIFEST_UNKNOWN", message: "'\(tag)' \(what)\(others)")
    }

    static let noBlob = RegistryFailure(
        status: .notFound, code: "BLOB_UNKNOWN", message: "the repository has no such content")

    init(status: HTTPResponse.Status, code: String, message: String) {
        self.status = status
        self.code = code
        self.message = message
    }

    /// What the upstream hub refuses.
    init(_ error: HubError) {
        status = error.status.map { HTTPResponse.Status(code: $0) } ?? .notFound
        if status.code < 400 { status = .badGateway }
        // Hubs say so of what is not there, too; a registry would have to say where to get a token.
        if status == .unauthorized { status = .notFound }
        code = status == .forbidden ? "DENIED" : "NAME_UNKNOWN"
        message = error.message
    }

    init(_ failure: AgentFailure) {
        self.init(status: failure.status, code: "UNAVAILABLE", message: failure.message)
    }

    private struct Document: Encodable {
        struct Entry: Encodable {
            var code: String
            var message: String
        }
        var errors: [Entry]
        var error: String
    }

    var response: Response {
        .json(Document(errors: [.init(code: code, message: message)], error: message), status: status)
    }
}
