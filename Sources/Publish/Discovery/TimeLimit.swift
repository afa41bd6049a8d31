internal import PublishWire
internal import Torrents

/// Gives up what takes too long.
enum TimeLimit {
    /// - Throws: what `body` throws, and ``TorrentError/Code/timedOut``.
    static func run<Result: Sendable>(
        _ limit: Duration, _ what: String, _ body: @escaping @Sendable () async throws -> Result
    ) async throws -> Result {
        try await withThrowingTaskGroup(of: Result?.self) { group in
            group.addTask { try await body() }
            group.addTask {
                try await Task.sleep(for: limit)
                return nil
            }
            defer { group.cancelAll() }
            guard let first = try await group.next(), let result = first else {
                throw TorrentError(
                    .timedOut, "\(what) did not come in time",
                    hint: "nobody who has it may be reachable; try again later")
            }
            return result
        }
    }
}
