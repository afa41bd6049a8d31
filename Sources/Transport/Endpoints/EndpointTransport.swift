public import Logging
internal import NIOHTTP1
internal import Synchronization

/// Asks another of several hubs that serve the same when one is away, and mirrors in place of the hosts they stand for.
///
/// Everything above speaks of the first endpoint. Requests to it go to whichever endpoint answered last; what its
/// replies say of that endpoint's address is said of the first one again.
public final class EndpointTransport: HTTPTransport {
    /// Told that an endpoint was given up: which, for which, and why.
    public typealias Notice = @Sendable (_ from: String, _ to: String, _ reason: String) -> Void

    private let base: any HTTPTransport
    private let endpoints: [String]
    private let rewrites: [URLRewrite]
    private let logger: Logger
    private let notice: Notice
    private let active = Mutex(0)

    /// - Parameters:
    ///   - endpoints: base URLs without a trailing slash, the preferred one first.
    ///   - rewrites: addresses in place of others; the longest that fits counts.
    ///   - notice: for the user; called once per change.
    public init(
        _ base: any HTTPTransport, endpoints: [String], rewrites: [URLRewrite], logger: Logger,
        notice: @escaping Notice
    ) {
        self.base = base
        self.endpoints = endpoints
        self.rewrites = rewrites.sorted { $0.from.count > $1.from.count }
        self.logger = logger
        self.notice = notice
    }

    public func send(_ request: HTTPRequest) async throws -> HTTPResponse {
        guard endpoints.count > 1, Self.rest(of: request.url, below: endpoints[0]) != nil else {
            return try await base.send(rewritten(request))
        }
        var firstFailure: (any Error)?
        var lastReply: HTTPResponse?
        for _ in endpoints.indices {
            let index = active.withLock { $0 }
            do {
                let response = try await ask(index, request)
                guard Self.isAbsence(response.status), Self.isRepeatable(request.method) else { return response }
                await lastReply?.discard()
                lastReply = response
                leave(index, because: "it answers \(response.status)")
            } catch let error as TransportError where Self.mayAskAnother(after: error, request.method) {
                firstFailure = firstFailure ?? error
                leave(index, because: error.message)
            }
        }
        if let lastReply { return lastReply }
        throw firstFailure ?? CancellationError()
    }

    private func ask(_ index: Int, _ request: HTTPRequest) async throws -> HTTPResponse {
        var outgoing = request
        if let rest = Self.rest(of: request.url, below: endpoints[0]) { outgoing.url = endpoints[index] + rest }
        var response = try await base.send(rewritten(outgoing))
        if index > 0 { response.url = request.url }
        for name in ["Location", "Link"] {
            guard let value = response.headers.first(name: name) else { continue }
            response.headers.replaceOrAdd(name: name, value: Self.home(value, from: endpoints[index], to: endpoints[0]))
        }
        return response
    }

    private func leave(_ index: Int, because reason: String) {
        let next = (index + 1) % endpoints.count
        let isNews = active.withLock { active in
            // Somebody else may have been faster.
            guard active == index else { return false }
            active = next
            return true
        }
        guard isNews else { return }
        logger.warning(
            "endpoint left",
            metadata: ["from": "\(endpoints[index])", "to": "\(endpoints[next])", "reason": "\(reason)"])
        notice(endpoints[index], endpoints[next], reason)
    }

    private func rewritten(_ request: HTTPRequest) -> HTTPRequest {
        guard let url = rewrites.lazy.compactMap({ $0.apply(to: request.url) }).first else { return request }
        var request = request
        request.url = url
        return request
    }

    /// The part of a URL behind an endpoint; nil when it is not below it.
    private static func rest(of url: String, below endpoint: String) -> Substring? {
        guard url.hasPrefix(endpoint) else { return nil }
        let rest = url.dropFirst(endpoint.count)
        return rest.isEmpty || "/?#".contains(rest[rest.startIndex]) ? rest : nil
    }

    /// Replaces an endpoint's address in a header, which may have it several times.
    private static func home(_ value: String, from endpoint: String, to first: String) -> String {
        endpoint == first ? value : value.replacing(endpoint + "/", with: first + "/")
    }

    private static func isAbsence(_ status: Int) -> Bool { [500, 502, 503, 504].contains(status) }

    private static func isRepeatable(_ method: HTTPMethod) -> Bool { [.GET, .HEAD].contains(method) }

    /// Whether nothing can have been changed at the endpoint that failed.
    private static func mayAskAnother(after error: TransportError, _ method: HTTPMethod) -> Bool {
        if [.unreachable, .connectionRefused, .hostNotFound, .tls].contains(error.code) { return true }
        if error.code.rawValue.hasPrefix("certificate_") { return true }
        return error.isAbsence && isRepeatable(method)
    }
}
