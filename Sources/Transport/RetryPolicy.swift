public import NIOHTTP1

/// How often and how patiently a request is repeated.
public struct RetryPolicy: Sendable {
    /// Tries after the first.
    public var retries = 5
    /// Pause before the first retry; doubles each time, with jitter.
    public var firstDelay: Duration = .milliseconds(300)
    public var longestDelay: Duration = .seconds(10)
    /// Longest pause that a server may ask for by `Retry-After` or `RateLimit`.
    public var longestRequestedDelay: Duration = .seconds(300)

    public init() {}

    public static let none: RetryPolicy = {
        var policy = RetryPolicy()
        policy.retries = 0
        return policy
    }()

    /// Whether a status is worth another try: 408, 425, 429 and 5xx but 501.
    public static func isTransient(status: Int) -> Bool {
        status == 408 || status == 425 || status == 429 || (status >= 500 && status != 501)
    }

    /// The pause before retry number `attempt` (0-based), longer when the reply's headers ask for it.
    public func delay(attempt: Int, headers: HTTPHeaders?) -> Duration {
        if let asked = headers.flatMap(RetryPolicy.requestedDelay) { return min(asked, longestRequestedDelay) }
        let grown = firstDelay * (1 << min(attempt, 16))
        return min(grown, longestDelay) * Double.random(in: 0.5...1)
    }

    /// Reads `Retry-After: N` and `RateLimit: "…";r=0;t=N`.
    static func requestedDelay(_ headers: HTTPHeaders) -> Duration? {
        if let text = headers.first(name: "Retry-After"), let seconds = Int(text), seconds >= 0 {
            return .seconds(min(seconds, 1 << 20))
        }
        guard let limit = headers.first(name: "RateLimit") else { return nil }
        for field in limit.split(separator: ";") {
            let pair = field.split(separator: "=", maxSplits: 1)
            guard pair.count == 2, pair[0].trimmingPrefix(while: { $0 == " " }) == "t", let seconds = Int(pair[1])
            else {
                continue
            }
            return .seconds(min(max(seconds, 0), 1 << 20) + 1)
        }
        return nil
    }
}
