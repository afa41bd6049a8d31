internal import NIOHTTP1

extension HTTPTransport {
    /// Sends a request, repeating it after transient failures, and returns the last reply whatever its status.
    ///
    /// Use it for requests that may be sent twice. The reply's body is not covered: a caller that reads it repeats
    /// the whole exchange itself.
    public func send(_ request: HTTPRequest, retrying policy: RetryPolicy) async throws -> HTTPResponse {
        var attempt = 0
        let clock = ContinuousClock()
        let end = clock.now + policy.totalTime
        func mayRetry() -> Bool { attempt < policy.retries && clock.now < end }
        while true {
            do {
                let response = try await send(request)
                guard RetryPolicy.isTransient(status: response.status), mayRetry() else {
                    return response
                }
                await response.discard()
                try await Task.sleep(for: policy.delay(attempt: attempt, headers: response.headers))
            } catch let error as TransportError where error.retryAdvice == .soon && mayRetry() {
                try await Task.sleep(for: policy.delay(attempt: attempt, headers: nil))
            }
            attempt += 1
        }
    }

    /// Sends a request and follows up to `limit` redirects.
    ///
    /// `Authorization` is dropped as soon as the origin differs from that of the first request: redirect targets
    /// (CDN, mirror, or an attacker) never see the token.
    public func sendFollowingRedirects(
        _ request: HTTPRequest, retrying policy: RetryPolicy, limit: Int = 20
    ) async throws -> HTTPResponse {
        var current = request
        let home = Origin(request.url)
        for _ in 0...limit {
            let response = try await send(current, retrying: policy)
            guard [301, 302, 303, 307, 308].contains(response.status),
                let location = response.headers.first(name: "Location")
            else { return response }
            await response.discard()
            guard let target = Origin.resolve(location: location, against: current.url) else {
                throw TransportError(
                    code: .invalidURL, message: "a redirect leads to no usable URL", url: current.url)
            }
            if Origin(target) != home { current.headers.remove(name: "Authorization") }
            current.url = target
        }
        throw TransportError(
            code: .tooManyRedirects, message: "more than \(limit) redirects", url: request.url)
    }
}
