internal import Logging
internal import Synchronization
internal import Transfer

/// Passes on what a transfer reports, and counts and logs it at once, so that the numbers are right also for a run that
/// does not come to its end.
final class CountingObserver: TransferObserver {
    enum Direction { case received, sent }

    private let base: any TransferObserver
    private let recorder: MetricsRecorder
    private let direction: Direction
    private let logger: Logger
    private let bytes = Atomic<UInt64>(0)

    init(_ base: any TransferObserver, _ direction: Direction, of hub: Hub) {
        self.base = base
        self.direction = direction
        recorder = hub.recorder
        logger = hub.logger
    }

    /// Bytes that were counted on their way.
    var counted: UInt64 { bytes.load(ordering: .relaxed) }

    func travelled(_ count: UInt64) {
        note(count)
        base.travelled(count)
    }

    func travelledFromPeers(_ count: UInt64) {
        note(count)
        recorder.count { $0.peerBytes += count }
        base.travelledFromPeers(count)
    }

    private func note(_ count: UInt64) {
        bytes.add(count, ordering: .relaxed)
        recorder.count { metrics in
            switch direction {
            case .received: metrics.receivedBytes += count
            case .sent: metrics.sentBytes += count
            }
        }
    }

    func finished(_ name: String, outcome: TransferOutcome) {
        let word =
            switch outcome {
            case .transferred: direction == .sent ? "sent" : "received"
            case .alreadyPresent: "there already"
            case .failed: "failed"
            }
        logger.info("file \(word)", metadata: ["file": "\(name)"])
        base.finished(name, outcome: outcome)
    }

    func verified(chunks: UInt64) {
        recorder.count { $0.verifiedChunks += chunks }
        base.verified(chunks: chunks)
    }

    func began(_ item: TransferItem) { base.began(item) }
    func advanced(_ name: String, bytes: UInt64) { base.advanced(name, bytes: bytes) }
    func warned(_ message: String) { base.warned(message) }
    func kept() { base.kept() }
}
