internal import HubWire
internal import NIOCore
internal import NIOHTTP1
internal import Synchronization
public import Transport

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// Tokens for jobs without a stored one: the job proves who it is by an id token of its CI provider, and the hub gives a
/// token of short life for it (RFC 8693; hub-api §2.8, `HF_OIDC_RESOURCE`).
public actor TrustedPublisher: TokenProvider {
    private static let grantType = "urn:ietf:params:oauth:grant-type:token-exchange"
    private static let subjectType = "urn:ietf:params:oauth:token-type:id_token"
    /// Seconds before its end at which a token is exchanged for another, where another id token can be had.
    private static let margin: Int64 = 300

    /// Where id tokens come from.
    private enum Source {
        case given(String)
        /// GitHub Actions: a URL to ask, and what opens it.
        case actions(url: String, token: String)
        /// GitHub Actions in a job that may not ask.
        case actionsWithoutRight
        case none
    }

    private let resource: String
    private let source: Source
    private let endpoint: String
    private let transport: any HTTPTransport
    private struct Token {
        var token: String
        var until: Int64
    }

    private var current: Token?
    private var pending: Task<Token, any Error>?

    /// - Parameter environment: of the process; nil comes back unless it has `HF_OIDC_RESOURCE`.
    public init?(environment: [String: String], endpoint: String, transport: any HTTPTransport) {
        guard let resource = environment["HF_OIDC_RESOURCE"], !resource.isEmpty else { return nil }
        self.resource = resource
        self.endpoint = endpoint
        self.transport = transport
        func value(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
        if let given = value("HF_OIDC_ID_TOKEN") {
            source = .given(given)
        } else if environment["GITHUB_ACTIONS"] == "true" {
            if let url = value("ACTIONS_ID_TOKEN_REQUEST_URL"), let token = value("ACTIONS_ID_TOKEN_REQUEST_TOKEN") {
                source = .actions(url: url, token: token)
            } else {
                source = .actionsWithoutRight
            }
        } else {
            source = .none
        }
    }

    public func token(rejecting rejected: String?) async throws -> String? {
        if let current, current.token != rejected, Int64(time(nil)) < current.until { return current.token }
        if let pending { return try await pending.value.token }
        // Unstructured on purpose: several callers wait for it, and one caller's cancellation must not fail the others.
        // It ends with its few bounded requests. An id token may be good for one exchange only.
        let task = Task { try await exchange(try await idToken()) }
        pending = task
        defer { pending = nil }
        let fresh = try await task.value
        current = fresh
        return fresh.token
    }

    private func idToken() async throws -> String {
        switch source {
        case .given(let token): return token
        case .actions(let url, let token):
            var request = HTTPRequest(
                url: url + (url.contains("?") ? "&" : "?") + "audience=" + PercentEncoding.encode(segment: endpoint))
            request.authorize(bearer: token)
            struct Reply: Decodable { var value: String }
            return try await ask(request, of: "GitHub Actions", for: "an id token").decoded(Reply.self).value
        case .actionsWithoutRight:
            throw failure(
                "this GitHub Actions job may not ask for an id token", "set 'permissions: id-token: write' for the job")
        case .none:
            throw failure(
                "HF_OIDC_RESOURCE is set, but there is no id token: this is no job of a supported CI provider, and "
                    + "HF_OIDC_ID_TOKEN is not set",
                "set HF_OIDC_ID_TOKEN to the id token of your CI provider, or unset HF_OIDC_RESOURCE")
        }
    }

    private func exchange(_ idToken: String) async throws -> Token {
        struct Body: Encodable {
            var grantType: String
            var subjectTokenType: String
            var subjectToken: String
            var resource: String

            enum CodingKeys: String, CodingKey {
                case grantType = "grant_type"
                case subjectTokenType = "subject_token_type"
                case subjectToken = "subject_token"
                case resource
            }
        }
        struct Reply: Decodable {
            var accessToken: String
            var expiresIn: Int64?

            enum CodingKeys: String, CodingKey {
                case accessToken = "access_token"
                case expiresIn = "expires_in"
            }
        }
        let body = try Hub.json(
            Body(
                grantType: Self.grantType, subjectTokenType: Self.subjectType, subjectToken: idToken, resource: resource
            ))
        let request = HTTPRequest(
            method: .POST, url: endpoint + "/oauth/token", headers: ["Content-Type": "application/json"], body: body)
        let reply = try await ask(request, of: endpoint, for: "a token for '\(resource)'").decoded(Reply.self)
        // A given id token cannot be had anew, so there is no use in hurrying.
        let life = reply.expiresIn ?? 3600
        var margin = min(Self.margin, life / 2)
        if case .given = source { margin = 0 }
        return Token(token: reply.accessToken, until: Int64(time(nil)) + max(0, life - margin))
    }

    private func ask(_ request: HTTPRequest, of whom: String, for what: String) async throws -> HubReply {
        var policy = RetryPolicy()
        policy.retries = 2
        let reply: HubReply
        do {
            let response = try await transport.send(request, retrying: policy)
            reply = HubReply(
                status: response.status, headers: response.headers, body: try await response.collect(upTo: 1 << 20),
                url: response.url)
        } catch let error as TransportError {
            throw HubError(transport: error, endpoints: [endpoint])
        }
        guard (200..<300).contains(reply.status) else {
            var refusal = failure(
                "\(whom) does not give \(what) (HTTP \(reply.status))",
                "check HF_OIDC_RESOURCE, and that the repository names this job as a trusted publisher")
            refusal.status = reply.status
            throw refusal
        }
        return reply
    }

    private func failure(_ message: String, _ hint: String) -> HubError {
        HubError(.tokenExchange, message, hint: hint)
    }
}
