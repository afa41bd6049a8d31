internal import Synchronization

/// Notices when a transfer brings nothing for too long, or too little.
package final class StallWatchdog: Sendable {
    private let count = Atomic<UInt64>(0)
    private let pauses = Atomic<Int>(0)

    /// Call it for every part that comes.
    package func noteProgress(_ bytes: Int = 1) { count.add(UInt64(max(1, bytes)), ordering: .relaxed) }

    /// Runs what takes its time here, such as writing to a slow disk: while it runs nobody can send.
    package func paused<Result>(_ body: () async throws -> Result) async rethrows -> Result {
        pauses.add(1, ordering: .relaxed)
        defer {
            noteProgress()
            pauses.subtract(1, ordering: .relaxed)
        }
        return try await body()
    }

    fileprivate func watch(
        _ timeout: Duration, host: String, url: String, what: String, isSlow: (UInt64) -> Bool
    ) async throws {
        let step = min(timeout / 4, .seconds(1))
        var (seen, silence) = (UInt64.max, Duration.zero)
        while true {
            let now = count.load(ordering: .relaxed)
            silence = now == seen && pauses.load(ordering: .relaxed) == 0 ? silence + step : .zero
            seen = now
            let reason =
                silence >= timeout
                ? "fell silent in the middle of \(what)" : isSlow(now) ? "sends \(what) much slower than others" : nil
            if let reason {
                var error = TransportError(
                    code: .timedOut, message: "\(host) \(reason)", url: url, retryAdvice: .soon)
                error.concernsConnection = true
                throw error
            }
            try await Task.sleep(for: step)
        }
    }
}

/// Runs a transfer and gives it up when nothing comes for `timeout`, at the latest a second or a quarter of it later.
/// - Parameters:
///   - what: what was being transferred, for the error.
///   - isSlow: asked about once a second whether the amount that has come so far is too little.
/// - Throws: ``TransportError`` with code `timed_out`.
package func withStallWatchdog<Result: Sendable>(
    _ timeout: Duration, url: String, what: String,
    isSlow: @escaping @Sendable (UInt64) -> Bool = { _ in false },
    _ body: @escaping @Sendable (StallWatchdog) async throws -> Result
) async throws -> Result {
    let watchdog = StallWatchdog()
    return try await withThrowingTaskGroup(of: Result?.self) { group in
        group.addTask { try await body(watchdog) }
        group.addTask {
            let host = Origin(url)?.description ?? "the server"
            try await watchdog.watch(timeout, host: host, url: url, what: what, isSlow: isSlow)
            return nil
        }
        defer { group.cancelAll() }
        while let result = try await group.next() {
            if let result { return result }
        }
        throw CancellationError()
    }
}

/// Runs `body` and gives it up when it takes longer than `limit`.
package func withDeadline<Result: Sendable>(
    _ limit: Duration, _ failure: @escaping @Sendable () -> TransportError,
    _ body: @escaping @Sendable () async throws -> Result
) async throws -> Result {
    try await withThrowingTaskGroup(of: Result?.self) { group in
        group.addTask { try await body() }
        group.addTask {
            try await Task.sleep(for: limit)
            throw failure()
        }
        defer { group.cancelAll() }
        while let result = try await group.next() {
            if let result { return result }
        }
        throw CancellationError()
    }
}
