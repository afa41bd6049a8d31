public import Logging
internal import NIOHTTP1
internal import Synchronization

/// Spreads requests over time before a server has to refuse them: reads what its `RateLimit` headers say is left, and
/// when little is, lets all tasks of this process share that evenly until the reset (hub-api §1.12).
public final class PacedTransport: HTTPTransport {
    /// One allowance: hubs count routes of different kinds apart.
    private struct Key: Hashable {
        var origin: Origin
        var kind: String
    }

    private let base: any HTTPTransport
    private let logger: Logger
    private let allowances = Mutex<[Key: RequestAllowance]>([:])

    public init(_ base: any HTTPTransport, logger: Logger) {
        self.base = base
        self.logger = logger
    }

    public func send(_ request: HTTPRequest) async throws -> HTTPResponse {
        guard let key = PacedTransport.key(request.url) else { return try await base.send(request) }
        let pause = allowances.withLock { $0[key]?.take(now: .now) } ?? .zero
        if pause > .zero {
            logger.info("pacing requests", metadata: ["origin": "\(key.origin)", "pause": "\(pause)"])
            try await Task.sleep(for: pause)
        }
        let response = try await base.send(request)
        let limit =
            RateLimit(response.headers)
            ?? (response.status == 429
                ? RetryPolicy.requestedDelay(response.headers).map { RateLimit(after: $0) } : nil)
        if let limit {
            allowances.withLock {
                $0[key, default: RequestAllowance()].update(limit, status: response.status, now: .now)
            }
        }
        return response
    }

    private static func key(_ url: String) -> Key? {
        guard let origin = Origin(url) else { return nil }
        let kind = url.contains("/resolve/") ? "resolve" : url.contains("/api/") ? "api" : "other"
        return Key(origin: origin, kind: kind)
    }
}

/// How many requests a server allows until when, and when the next one may start.
struct RequestAllowance {
    /// With more requests left than this there is no reason to slow down.
    static let comfortable = 32
    static let longestHold = Duration.seconds(300)

    private var remaining = Int.max
    /// In the past: nothing is known yet.
    private var reset = ContinuousClock.now - .seconds(3600)
    private var next = ContinuousClock.now - .seconds(3600)

    /// Takes one request out of the allowance.
    /// - Returns: how long to wait before it is sent.
    mutating func take(now: ContinuousClock.Instant) -> Duration {
        guard now < reset, remaining < RequestAllowance.comfortable else { return .zero }
        let start = max(now, next)
        let left = start.duration(to: reset)
        // With nothing left everybody waits for the reset, a little apart so that they do not all come at once.
        let step = remaining > 0 ? left / remaining : .milliseconds(20)
        let turn = remaining > 0 ? start : max(start, reset)
        next = turn + step
        remaining = max(0, remaining - 1)
        return min(now.duration(to: turn), RequestAllowance.longestHold)
    }

    /// Believes what a reply says. A reply to an older request may be behind what was handed out since.
    mutating func update(_ limit: RateLimit, status: Int, now: ContinuousClock.Instant) {
        let told = status == 429 ? 0 : limit.remaining ?? Int.max
        let isNewWindow = now >= reset
        reset = now + .seconds(limit.secondsToReset) + (told == 0 ? .seconds(1) : .zero)
        remaining = isNewWindow ? told : min(told, remaining)
        if isNewWindow { next = now }
    }
}
