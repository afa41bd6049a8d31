internal import NIOCore
internal import NIOHTTP1
public import Transport

#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

/// The requests of the CAS API (xet-protocol §5), with retries, token refresh and checked replies.
public struct CASClient: Sendable {
    let transport: any HTTPTransport
    let tokens: any CASTokenProvider
    let sessionID: String
    let userAgent: String
    let retryPolicy: RetryPolicy
    let capabilities: Capabilities

    /// - Parameters:
    ///   - sessionID: a UUID that marks all requests of one run.
    ///   - capabilities: what this CAS was found not to offer; share one per hub.
    public init(
        transport: any HTTPTransport, tokens: any CASTokenProvider, sessionID: String, userAgent: String,
        capabilities: Capabilities = Capabilities(), retryPolicy: RetryPolicy = RetryPolicy()
    ) {
        self.transport = transport
        self.tokens = tokens
        self.sessionID = sessionID
        self.userAgent = userAgent
        self.capabilities = capabilities
        self.retryPolicy = retryPolicy
    }

    /// Sends an authorised request to a path of the CAS. A token that is refused is replaced once.
    func send(
        _ method: HTTPMethod, _ path: String, headers: HTTPHeaders = [:], body: HTTPRequest.Body = .none,
        retrying policy: RetryPolicy? = nil
    ) async throws -> HTTPResponse {
        var rejected: String?
        while true {
            let credentials = try await tokens.credentials(rejecting: rejected)
            var request = HTTPRequest(method: method, url: credentials.casURL + path, headers: headers, body: body)
            request.authorize(bearer: credentials.accessToken)
            request.headers.replaceOrAdd(name: "x-xet-session-id", value: sessionID)
            request.headers.replaceOrAdd(name: "User-Agent", value: userAgent)
            let response = try await transport.send(request, retrying: policy ?? retryPolicy)
            if response.status == 401, rejected == nil {
                await response.discard()
                rejected = credentials.accessToken
                continue
            }
            return response
        }
    }

    /// Turns a refusal into an error that quotes the first line of the server's text.
    func failure(_ response: HTTPResponse, doing what: String) async -> CASError {
        let text = try? await response.collect(upTo: 64 << 10)
        let line = text.map { String(decoding: $0.readableBytesView.prefix(300), as: UTF8.self) } ?? ""
        let detail = line.split(whereSeparator: \.isNewline).first.map { ": \($0)" } ?? ""
        let host = Origin(response.answerer ?? response.url)?.description ?? "the CAS"
        let message = "\(host) answered \(response.status) to \(what)\(detail)"
        let transient = RetryPolicy.isTransient(status: response.status)
        switch response.status {
        case 401, 403: return CASError(code: .unauthorized, message: message, status: response.status)
        case 404: return CASError(code: .notFound, message: message, status: response.status)
        case _ where transient:
            return CASError(code: .serverFailure, message: message, status: response.status, isTransient: true)
        default: return CASError(code: .rejected, message: message, status: response.status)
        }
    }

    /// The base URL that the CAS has now.
    public func location() async throws -> String { try await tokens.credentials(rejecting: nil).casURL }

    /// Looks for another CAS that has the same content.
    /// - Parameter unreachable: the base URL of the one that cannot be used.
    /// - Returns: whether the requests from now on go to another one.
    public func leave(_ unreachable: String) async throws -> Bool { try await tokens.leave(unreachable) }

    func decode<T: Decodable>(_ type: T.Type, from buffer: ByteBuffer, of what: String) throws -> T {
        do {
            return try JSONDecoder().decode(type, from: Data(buffer.readableBytesView))
        } catch {
            throw CASError(code: .badReply, message: "\(what) is not the expected JSON", isTransient: true)
        }
    }
}
