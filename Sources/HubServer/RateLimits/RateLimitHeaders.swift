import HTTPTypes
import Hummingbird

extension RateLimiter.Decision {
    /// The fields that tell a client where it stands, in the very form that huggingface_hub reads (hub-api §1.12).
    func headers(_ route: RouteClass, window: Int) -> HTTPFields {
        var fields = HTTPFields()
        fields[.hubRateLimit] = "\"\(route.rawValue)\";r=\(remaining);t=\(reset)"
        fields[.hubRateLimitPolicy] = "\"fixed window\";\"\(route.rawValue)\";q=\(quota);w=\(window)"
        return fields
    }

    /// The answer to a request that came too early.
    func refusal(_ route: RouteClass, window: Int, isAnonymous: Bool) -> HubFailure {
        var headers = headers(route, window: window)
        headers[.retryAfter] = "\(reset)"
        let advice = isAnonymous ? "; log in with a token for a limit of your own" : ""
        return HubFailure(
            .tooManyRequests,
            "Too many requests: \(quota) \(route.rawValue) requests in \(window) seconds; try again in \(reset) seconds"
                + advice, headers: headers)
    }
}

extension HTTPField.Name {
    static let hubRateLimit = HTTPField.Name("RateLimit") ?? .via
    static let hubRateLimitPolicy = HTTPField.Name("RateLimit-Policy") ?? .via
}
