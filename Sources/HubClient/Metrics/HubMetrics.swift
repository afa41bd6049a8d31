internal import Synchronization

/// What a ``Hub`` has done since it was made; all values only grow.
public struct HubMetrics: Sendable, Hashable {
    /// Requests to the hub's API that got a reply.
    public var requests: UInt64 = 0
    /// Requests that ended without a reply, after all retries.
    public var failedRequests: UInt64 = 0
    /// Replies 429.
    public var rateLimited: UInt64 = 0
    /// Replies 500 to 599.
    public var serverErrors: UInt64 = 0
    public var pulls: UInt64 = 0
    public var failedPulls: UInt64 = 0
    public var pushes: UInt64 = 0
    public var failedPushes: UInt64 = 0
    /// Files that pulls have brought, or found in place.
    public var pulledFiles: UInt64 = 0
    /// Files that pushes have committed.
    public var pushedFiles: UInt64 = 0
    /// Bytes of files that pulls and streams received, counted as they come.
    public var receivedBytes: UInt64 = 0
    /// Those of them that came from peers.
    public var peerBytes: UInt64 = 0
    /// Bytes of files that pulls found in place.
    public var reusedBytes: UInt64 = 0
    /// Bytes that earlier, interrupted pulls had left verified.
    public var resumedBytes: UInt64 = 0
    public var verifiedChunks: UInt64 = 0
    /// Bytes that pushes sent, counted as they go; shards and commits when the push is done.
    public var sentBytes: UInt64 = 0
    /// Bytes of pushed files that the hub had already.
    public var dedupedBytes: UInt64 = 0
}

/// The counters behind ``Hub/metrics``.
final class MetricsRecorder: Sendable {
    private let values = Mutex(HubMetrics())

    var current: HubMetrics { values.withLock { $0 } }

    func count(_ change: (inout HubMetrics) -> Void) { values.withLock { change(&$0) } }

    func replied(_ status: Int) {
        count {
            $0.requests += 1
            if status == 429 { $0.rateLimited += 1 }
            if status >= 500 { $0.serverErrors += 1 }
        }
    }

    /// - Parameter counted: bytes that were counted while they came.
    func pulled(_ result: PullResult, counted: UInt64) {
        count {
            $0.pulls += 1
            $0.pulledFiles += UInt64(result.files.count)
            $0.receivedBytes += result.statistics.networkBytes - min(counted, result.statistics.networkBytes)
            $0.reusedBytes += result.statistics.reusedBytes
            $0.resumedBytes += result.statistics.resumedBytes
            $0.verifiedChunks += result.statistics.verifiedChunks
        }
    }

    /// - Parameter counted: bytes that were counted while they went.
    func pushed(_ result: PushResult, counted: UInt64) {
        count {
            $0.pushes += 1
            $0.pushedFiles += UInt64(result.files)
            $0.sentBytes += result.sentBytes - min(counted, result.sentBytes)
            $0.dedupedBytes += result.dedupedBytes
        }
    }
}
