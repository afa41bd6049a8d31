internal import Synchronization

/// Notices when a transfer brings nothing for too long.
package final class StallWatchdog: Sendable {
    private let count = Atomic<Int>(0)

    /// Call it for every part that comes.
    package func noteProgress() { count.add(1, ordering: .relaxed) }

    fileprivate func watch(_ timeout: Duration, host: String, url: String, what: String) async throws {
        var seen = -1
        while count.load(ordering: .relaxed) != seen {
            seen = count.load(ordering: .relaxed)
            try await Task.sleep(for: timeout)
        }
        throw TransportError(
            code: .timedOut, message: "\(host) fell silent in the middle of \(what)", url: url, retryAdvice: .soon)
    }
}

/// Runs a transfer and gives it up when nothing comes for `timeout`, at the latest after twice as long.
/// - Parameter what: what was being transferred, for the error.
/// - Throws: ``TransportError`` with code `timed_out`.
package func withStallWatchdog<Result: Sendable>(
    _ timeout: Duration, url: String, what: String,
    _ body: @escaping @Sendable (StallWatchdog) async throws -> Result
) async throws -> Result {
    let watchdog = StallWatchdog()
    return try await withThrowingTaskGroup(of: Result?.self) { group in
        group.addTask { try await body(watchdog) }
        group.addTask {
            let host = Origin(url)?.description ?? "the server"
            try await watchdog.watch(timeout, host: host, url: url, what: what)
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
