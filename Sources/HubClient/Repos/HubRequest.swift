internal import HubWire
internal import Logging
internal import NIOCore
internal import NIOHTTP1
internal import Transfer
internal import Transport

#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

/// One request to the hub's API.
struct HubRequest: Sendable {
    /// What may be done when it fails for a reason that passes (hub-api §1.12).
    enum Patience: Sendable {
        /// The request changes something and might have been carried out: never again.
        case once
        /// The answer only saves work, and less of it than long waiting would cost.
        case little
        /// A question at the beginning of a command: twice more, so that an absent hub is reported soon.
        case brief
        /// A step in the middle of longer work: the whole schedule.
        case full

        /// Longest wait for a reply's head; a commit may keep a hub busy for as long as its connection lives.
        func replyTimeout(_ wanted: Duration?) -> Duration? {
            switch self {
            case .once: nil
            case .little: wanted ?? .seconds(10)
            case .brief: wanted ?? .seconds(20)
            case .full: wanted ?? .seconds(60)
            }
        }

        var policy: RetryPolicy {
            switch self {
            case .once, .little: return .none
            case .brief:
                var policy = RetryPolicy()
                policy.retries = 2
                return policy
            case .full:
                var policy = RetryPolicy()
                policy.firstDelay = .seconds(1)
                policy.longestDelay = .seconds(8)
                return policy
            }
        }
    }

    var method: HTTPMethod = .GET
    /// Below the endpoint, with its query, percent-encoded; or an absolute URL.
    var target: String
    var headers: HTTPHeaders = [:]
    var body: HTTPRequest.Body = .none
    var patience = Patience.once
    /// Whether a redirect is followed, or is itself the reply.
    var followsRedirects = true
    /// Largest reply that is read.
    var maximumReplyBytes = 4 << 20
    /// The media type that is wanted.
    var accept = "*/*"
    /// The subject of error messages.
    var subject: HubErrorSubject = .init()
}

/// A reply of the hub's API, read to its end.
struct HubReply: Sendable {
    var status: Int
    var headers: HTTPHeaders
    var body: ByteBuffer
    /// The address that answered.
    var url: String
    /// The address that was asked, before any redirects.
    var asked: String
    /// Where the reply came from in truth, if another endpoint or a mirror was asked in place of ``url``.
    var answerer: String?

    init(
        status: Int, headers: HTTPHeaders, body: ByteBuffer, url: String, asked: String? = nil,
        answerer: String? = nil
    ) {
        self.answerer = answerer
        self.status = status
        self.headers = headers
        self.body = body
        self.url = url
        self.asked = asked ?? url
    }

    /// The address that answered in truth, fit to be shown.
    var shownURL: String { TransportError.withoutQuery(answerer ?? url) }
    /// Its host.
    var shownHost: String { Origin(answerer ?? url)?.description ?? shownURL }

    var bytes: [UInt8] { Array(body.readableBytesView) }

    /// Decodes the JSON body.
    /// - Throws: ``HubError`` with code `not_a_hub` when it is something else.
    func decoded<T: Decodable>(_ type: T.Type) throws -> T {
        do {
            return try JSONDecoder().decode(type, from: Data(body.readableBytesView))
        } catch {
            throw HubError(undecodable: self, cause: error)
        }
    }
}

extension Hub {
    /// Sends a request and reads its reply, whatever the status; the token goes to the hub's own origin only.
    func exchange(_ request: HubRequest) async throws -> HubReply {
        guard !settings.isOffline else {
            throw HubError(
                .offline, "The network is switched off by \(settings.offlineSetting).",
                hint: "Unset \(settings.offlineSetting) to ask the hub.")
        }
        let url = request.target.hasPrefix("/") ? settings.endpoint + request.target : request.target
        var outgoing = HTTPRequest(method: request.method, url: url, headers: request.headers, body: request.body)
        outgoing.headers.replaceOrAdd(name: "User-Agent", value: settings.userAgent)
        outgoing.headers.replaceOrAdd(name: "Accept", value: request.accept)
        let isHome = Origin(url).map { home in settings.endpoints.contains { Origin($0) == home } } ?? false
        var token = isHome ? try await currentToken() : nil
        outgoing.authorize(bearer: token)

        outgoing.replyTimeout = request.patience.replyTimeout(settings.metadataTimeout)

        let policy = request.patience.policy
        var attempt = 0
        var isSecondToken = false
        while true {
            do {
                let response =
                    request.followsRedirects
                    ? try await transport.sendFollowingRedirects(outgoing, retrying: policy)
                    : try await transport.send(outgoing, retrying: policy)
                let body = try await response.collect(
                    upTo: request.maximumReplyBytes, silence: engine.settings.stallTimeout)
                recorder.replied(response.status)
                if response.status == 401, isHome, tokens != nil, !isSecondToken,
                    let fresh = try await currentToken(rejecting: token), fresh != token
                {
                    isSecondToken = true
                    token = fresh
                    outgoing.authorize(bearer: fresh)
                    continue
                }
                logger.debug(
                    "hub replied",
                    metadata: [
                        "method": "\(request.method)",
                        "url": "\(TransportError.withoutQuery(response.answerer ?? response.url))",
                        "status": "\(response.status)",
                    ])
                if let warning = response.headers.first(name: "X-HF-Warning") {
                    logger.warning("the hub warns", metadata: ["warning": "\(warning)"])
                }
                return HubReply(
                    status: response.status, headers: response.headers, body: body, url: response.url, asked: url,
                    answerer: response.answerer)
            } catch let error as TransportError {
                // `send` has retried up to the head of the reply; a body that broke off is repeated here.
                guard error.code == .interrupted, error.retryAdvice == .soon, attempt < policy.retries else {
                    recorder.count { $0.failedRequests += 1 }
                    throw HubError(transport: error, endpoints: settings.endpoints)
                }
                try await Task.sleep(for: policy.delay(attempt: attempt, headers: nil))
                attempt += 1
            }
        }
    }

    /// Sends a request and returns its reply if the status is 200…299.
    /// - Throws: ``HubError`` for any other status, by the rules of hub-api §1.11.
    func send(_ request: HubRequest) async throws -> HubReply {
        let reply = try await exchange(request)
        guard (200..<300).contains(reply.status) else {
            let error = HubError(reply, subject: request.subject)
            guard let repo = request.subject.repo, repo.id.namespace == nil,
                error.code == .repoNotFound || (error.code == .notAHub && reply.status == 404)
            else { throw error }
            // Hubs without names of one part may have no route for them, and answer as if they were no hubs.
            var missing = error
            missing.code = .repoNotFound
            missing.message =
                "the \(repo.type.rawValue) \(repo.id) was not found at \(reply.shownHost)"
            missing.hint = "write NAMESPACE/NAME"
            throw missing
        }
        return reply
    }

    /// A JSON body without escaped slashes, as other clients send it.
    static func json(_ value: some Encodable) throws -> HTTPRequest.Body {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.withoutEscapingSlashes]
        return .bytes(ByteBuffer(bytes: try encoder.encode(value)))
    }
}
