public import NIOHTTP1

/// How often and how patiently a request is repeated (hub-api §1.12).
public struct RetryPolicy: Sendable {
    /// Tries after the first.
    public var retries = 5
    /// Pause before the first retry; doubles each time, with jitter.
    public var firstDelay: Duration = .milliseconds(300)
    public var longestDelay: Duration = .seconds(10)
    /// Longest pause that a server may ask for by `Retry-After` or `RateLimit`.
    public var longestRequestedDelay: Duration = .seconds(300)
    /// No retry starts once this much time has passed since the first try.
    public var totalTime: Duration = .seconds(900)

    public init() {}

    public static let none: RetryPolicy = {
        var policy = RetryPolicy()
        policy.retries = 0
        return policy
    }()

    /// Whether a status is worth another try: 408, 425, 429 and 5xx but 501, 507 (its disk is full) and 511.
    public static func isTransient(status: Int) -> Bool {
        status == 408 || status == 425 || status == 429 || (status >= 500 && ![501, 507, 511].contains(status))
    }

    /// The pause before retry number `attempt` (0-based), longer when the reply's headers ask for it.
    public func delay(attempt: Int, headers: HTTPHeaders?) -> Duration {
        if let asked = headers.flatMap(RetryPolicy.requestedDelay) { return min(asked, longestRequestedDelay) }
        let grown = firstDelay * (1 << min(attempt, 16))
        return min(grown, longestDelay) * Double.random(in: 0.5...1)
    }

    /// Reads `Retry-After`, as seconds or as a date, and `RateLimit: "…";r=0;t=N`.
    static func requestedDelay(_ headers: HTTPHeaders) -> Duration? {
        if let text = headers.first(name: "Retry-After") {
            if let seconds = Int(text), seconds >= 0 { return .seconds(min(seconds, 1 << 20)) }
            // Both times are the server's, so that a wrong clock here does not matter.
            if let then = HTTPDate.seconds(text),
                let now = headers.first(name: "Date").flatMap({ HTTPDate.seconds($0) })
            {
                return .seconds(min(max(then - now, 0), 1 << 20))
            }
        }
        return RateLimit(headers).map { .seconds($0.secondsToReset + 1) }
    }
}

/// What a server says about the requests that it still allows: `RateLimit: "api";r=0;t=55`.
struct RateLimit: Equatable {
    /// Requests left until the reset, when it says so.
    var remaining: Int?
    var secondsToReset: Int

    /// Nothing is allowed for a while, as a refusal with `Retry-After` says.
    init(after pause: Duration) {
        remaining = 0
        secondsToReset = Int(pause.components.seconds)
    }

    init?(_ headers: HTTPHeaders) {
        guard let text = headers.first(name: "RateLimit") else { return nil }
        var reset: Int?
        for field in text.split(separator: ";") {
            let pair = field.split(separator: "=", maxSplits: 1)
            guard pair.count == 2, let number = Int(pair[1].trimmingPrefix(while: { $0 == " " })) else { continue }
            switch pair[0].trimmingPrefix(while: { $0 == " " }) {
            case "t": reset = min(max(number, 0), 1 << 20)
            case "r": remaining = max(number, 0)
            default: break
            }
        }
        guard let reset else { return nil }
        secondsToReset = reset
    }
}
