internal import HubWire
internal import NIOCore
internal import NIOHTTP1
internal import Transport

#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

/// What a request was about, for the sentence of its error.
struct HubErrorSubject: Sendable {
    var repo: RepoReference?
    var path: String?
    /// Whether the request carried a token: it changes the advice.
    var hasToken = false
    /// Whether the request wanted to change something.
    var isWrite = false
}

extension HubError {
    /// Turns a reply that is no success into an error, by the rules of hub-api §1.11.
    init(_ reply: HubReply, subject: HubErrorSubject) {
        let host = Origin(reply.url)?.description ?? reply.url
        let said = HubError.serverMessage(reply)
        let code = reply.headers.first(name: HubHeader.errorCode).map(HubErrorCode.init(rawValue:))
        let repo = subject.repo.map { "\($0.type.rawValue) \($0.id)" } ?? "repository"
        let revision = subject.repo?.effectiveRevision ?? RepoReference.defaultRevision
        let logIn = "Run 'shoal login', or pass --token or HF_TOKEN."
        let quoted = said.map { ": \($0)" } ?? "."

        func make(_ code: Code, _ message: String, _ hint: String?) -> HubError {
            HubError(
                code, message, hint: hint, status: reply.status,
                requestID: reply.headers.first(name: HubHeader.requestID))
        }

        switch (code, reply.status) {
        case (.revisionNotFound?, _):
            self = make(
                .revisionNotFound, "The \(repo) at \(host) has no revision '\(revision)'.",
                "Name an existing branch, tag or full commit id with --revision.")
        case (.entryNotFound?, _):
            self = make(
                .entryNotFound,
                "The \(repo) at \(host) has no '\(subject.path ?? "such file")' at revision '\(revision)'.",
                "List its files with 'shoal ls'.")
        case (.gatedRepo?, _):
            self = make(
                .gated, "The \(repo) at \(host) is gated\(quoted)",
                subject.hasToken ? "Ask for access on the repository's page." : "Ask for access on its page. " + logIn)
        case (_, _) where said == "Access to this resource is disabled.":
            self = make(.disabled, "The \(repo) at \(host) is disabled.", nil)
        case (_, 401) where said == "Invalid credentials in Authorization header":
            self = make(.badToken, "\(host) does not accept the token.", "Log in again with 'shoal login'.")
        case (.repoNotFound?, _):
            self = make(
                .repoNotFound, "The \(repo) was not found at \(host).",
                subject.hasToken
                    ? "Check its name and --repo-type; if it is private, the token must have access."
                    : "Check its name and --repo-type; if it is private: \(logIn)")
        case (_, 401):
            self = make(
                subject.hasToken ? .badToken : .notLoggedIn,
                subject.hasToken
                    ? "\(host) does not accept the token\(quoted)" : "\(host) wants to know who asks\(quoted)", logIn)
        case (_, 403):
            self = make(
                .forbidden, "\(host) does not allow this\(quoted)",
                subject.isWrite ? "The token needs write access to the \(repo)." : nil)
        case (_, 404):
            self = make(
                .notAHub, "\(host) does not know \(TransportError.withoutQuery(reply.url))\(quoted)",
                "Check the endpoint: it must be the base URL of a hub.")
        case (_, 409), (_, 412):
            self = make(
                .conflict, "\(host) refuses the change because of another one (HTTP \(reply.status))\(quoted)",
                "Run the command again; what was uploaded is not sent twice.")
        case (_, 429):
            self = make(.rateLimited, "\(host) asks for fewer requests (HTTP 429)\(quoted)", "Wait a few minutes.")
        case (_, 500...):
            self = make(
                .serverError, "\(host) failed with HTTP \(reply.status)\(HubError.tracking(reply))\(quoted)",
                "Try again later.")
        default:
            self = make(.badRequest, "\(host) refused the request (HTTP \(reply.status))\(quoted)", nil)
        }
    }

    /// Turns a failure below HTTP into an error about the endpoint.
    init(transport error: TransportError, endpoint: String) {
        let host = Origin(endpoint)?.description ?? endpoint
        switch error.code {
        case .invalidURL:
            self.init(
                .badRequest, "\(error.message): \(error.url)",
                hint: "Check HF_ENDPOINT or --endpoint: it must start with http:// or https://.", cause: error)
        case .tooLarge:
            self.init(.notAHub, "\(error.message) (\(error.url)).", cause: error)
        case .tooManyRedirects:
            self.init(.notAHub, "\(host) answers with endless redirects.", cause: error)
        default:
            self.init(
                .unreachable, "\(error.message).",
                hint: "Check the network and the endpoint (HF_ENDPOINT, --endpoint): \(endpoint)", cause: error)
        }
    }

    /// What the server says about its refusal: header, JSON in its usual shapes, or short plain text.
    private static func serverMessage(_ reply: HubReply) -> String? {
        struct Body: Decodable {
            struct Item: Decodable { var message: String? }
            var error: Text?
            var error_description: String?
            var message: String?
            var errors: [Item]?
        }
        enum Text: Decodable {
            case one(String)
            case many([String])

            init(from decoder: any Decoder) throws {
                let container = try decoder.singleValueContainer()
                if let text = try? container.decode(String.self) {
                    self = .one(text)
                } else {
                    self = .many(try container.decode([String].self))
                }
            }

            var joined: String {
                switch self {
                case .one(let text): text
                case .many(let texts): texts.joined(separator: "; ")
                }
            }
        }
        var said = reply.headers.first(name: HubHeader.errorMessage)
        if said == nil, let body = try? JSONDecoder().decode(Body.self, from: Data(reply.bytes.prefix(1 << 16))) {
            said =
                body.error?.joined ?? body.error_description ?? body.message
                ?? body.errors?.compactMap(\.message).joined(separator: "; ")
        }
        if said == nil, reply.headers.first(name: "Content-Type")?.hasPrefix("text/plain") == true {
            said = String(validating: reply.bytes.prefix(300), as: UTF8.self)
        }
        // Line ends and control characters of a server do not belong on a user's terminal.
        let line = said?.unicodeScalars.prefix(500).map { $0.value < 0x20 || $0.value == 0x7F ? " " : String($0) }
            .joined()
        return line.flatMap { HubSettings.cleaned(token: $0) }
    }

    private static func tracking(_ reply: HubReply) -> String {
        reply.headers.first(name: HubHeader.requestID).map { " (request \($0))" } ?? ""
    }
}
