public import Logging
internal import NIOHTTP1
internal import Synchronization

/// Asks another of several hubs that serve the same when one is away, and mirrors in place of the hosts they stand for.
///
/// Everything above speaks of the first endpoint. Requests to it go to whichever endpoint answered last; what its
/// replies say of that endpoint's address is said of the first one again. Once an endpoint has answered a request that
/// may change something, all such requests stay with it: what a commit names was brought there.
public final class EndpointTransport: HTTPTransport {
    /// Told that an endpoint was given up: which, for which, and why.
    public typealias Notice = @Sendable (_ from: String, _ to: String, _ reason: String) -> Void

    private let base: any HTTPTransport
    private let endpoints: [String]
    private let rewrites: [URLRewrite]
    private let logger: Logger
    private let notice: Notice
    private let state = Mutex(State())

    private struct State {
        /// The endpoint that is asked first.
        var active = 0
        /// The one that has taken changes.
        var changed: Int?
    }

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
            return try await ask(0, request)
        }
        let isRepeatable = Self.isRepeatable(request)
        let (first, pinned) = state.withLock { ($0.active, $0.changed) }
        if let pinned, !isRepeatable { return try await ask(pinned, request) }
        var reason = ""
        var failures: [TransportError] = []
        var lastReply: HTTPResponse?
        for step in endpoints.indices {
            let index = (first + step) % endpoints.count
            do {
                let response = try await ask(index, request)
                guard isRepeatable, Self.isAbsence(response.status) else {
                    await lastReply?.discard()
                    settle(at: index, insteadOf: first, because: reason, hasChanged: !isRepeatable)
                    return response
                }
                await lastReply?.discard()
                lastReply = response
                reason = step == 0 ? "it answers \(response.status)" : reason
            } catch let error as TransportError where Self.mayAskAnother(after: error, isRepeatable: isRepeatable) {
                failures.append(error)
                reason = step == 0 ? error.message : reason
            }
        }
        if let lastReply { return lastReply }
        guard let failure = failures.first else { throw CancellationError() }
        throw failures.count < endpoints.count ? failure : allAway(failures)
    }

    /// One error about all endpoints, none of which can be used.
    private func allAway(_ failures: [TransportError]) -> TransportError {
        var failure = failures[0]
        failure.message = failures.map(\.message).joined(separator: "; ")
        // A certificate or a proxy that cannot be used is worth more words than an absence.
        guard failures.allSatisfy({ Self.isPlainAbsence($0) }) else { return failure }
        failure.hint =
            "check the network and the addresses (--endpoint or HF_ENDPOINT): "
            + endpoints.map { TransportError.withoutQuery($0) }.joined(separator: ", ")
        return failure
    }

    private func ask(_ index: Int, _ request: HTTPRequest) async throws -> HTTPResponse {
        var outgoing = request
        if index > 0, let rest = Self.rest(of: request.url, below: endpoints[0]) {
            outgoing.url = endpoints[index] + rest
        }
        let rule = rewrites.first { $0.apply(to: outgoing.url) != nil }
        outgoing.url = rule?.apply(to: outgoing.url) ?? outgoing.url
        guard outgoing.url != request.url else { return try await base.send(request) }
        var response = try await base.send(outgoing)
        response.answerer = response.answerer ?? response.url
        response.url = request.url
        for name in ["Location", "Link"] {
            guard var value = response.headers.first(name: name) else { continue }
            if let rule { value = Self.home(value, from: rule.to, to: rule.from) }
            value = Self.home(value, from: endpoints[index], to: endpoints[0])
            response.headers.replaceOrAdd(name: name, value: value)
        }
        return response
    }

    /// Asks the endpoint that answered first from now on.
    private func settle(at index: Int, insteadOf first: Int, because reason: String, hasChanged: Bool) {
        let isNews = state.withLock { state in
            if hasChanged, state.changed == nil { state.changed = index }
            // Somebody else may have been faster, or have settled elsewhere.
            guard index != first, state.active == first else { return false }
            state.active = index
            return true
        }
        guard isNews else { return }
        let from = TransportError.withoutQuery(endpoints[first])
        let to = TransportError.withoutQuery(endpoints[index])
        logger.warning("endpoint left", metadata: ["from": "\(from)", "to": "\(to)", "reason": "\(reason)"])
        notice(from, to, reason)
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

    /// Not 500: that is a fault in answering this request, which another endpoint is likely to share.
    private static func isAbsence(_ status: Int) -> Bool { [502, 503, 504].contains(status) }

    /// Whether a request changes nothing.
    private static func isRepeatable(_ request: HTTPRequest) -> Bool {
        [.GET, .HEAD].contains(request.method) || request.method == .POST && request.url.contains("/paths-info/")
    }

    private static func isPlainAbsence(_ error: TransportError) -> Bool {
        [.unreachable, .connectionRefused, .hostNotFound, .timedOut].contains(error.code)
    }

    /// Whether nothing can have been changed at the endpoint that failed.
    private static func mayAskAnother(after error: TransportError, isRepeatable: Bool) -> Bool {
        if [.unreachable, .connectionRefused, .hostNotFound].contains(error.code) { return true }
        if error.code.rawValue.hasPrefix("certificate_") { return true }
        return isRepeatable && (error.isAbsence || error.code == .tls)
    }
}
