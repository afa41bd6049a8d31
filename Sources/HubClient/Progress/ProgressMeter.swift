internal import Synchronization
internal import Transfer

/// Adds up what a transfer reports, to be looked at whenever somebody wants to.
final class ProgressMeter: TransferObserver {
    private struct State {
        var snapshot = TransferSnapshot()
        var active: [String: TransferSnapshot.File] = [:]
        var changes: UInt64 = 0
        var seenChanges: UInt64 = 0
        var seenBytes: UInt64 = 0
        var seenAt: ContinuousClock.Instant
    }

    private let start = ContinuousClock.now
    private let state: Mutex<State>

    init() { state = Mutex(State(seenAt: start)) }

    func began(_ item: TransferItem) {
        state.withLock { state in
            state.changes += 1
            state.snapshot.totalFiles += 1
            state.snapshot.totalBytes += item.totalBytes
            state.active[item.name] = .init(name: item.name, totalBytes: item.totalBytes, completedBytes: 0)
        }
    }

    func advanced(_ name: String, bytes: UInt64) {
        guard bytes > 0 else { return }
        state.withLock { state in
            state.changes += 1
            // Another try of the same file tells of the same bytes.
            let left = state.active[name].map { $0.totalBytes - min($0.totalBytes, $0.completedBytes) } ?? bytes
            state.snapshot.completedBytes += min(bytes, left)
            state.active[name]?.completedBytes += min(bytes, left)
        }
    }

    func travelled(_ bytes: UInt64) {
        state.withLock { state in
            state.changes += 1
            state.snapshot.networkBytes += bytes
        }
    }

    func finished(_ name: String, outcome: TransferOutcome) {
        state.withLock { state in
            state.changes += 1
            if let file = state.active.removeValue(forKey: name), outcome != .failed {
                state.snapshot.completedBytes += file.totalBytes - min(file.totalBytes, file.completedBytes)
            }
            if outcome == .failed { state.snapshot.failedFiles += 1 } else { state.snapshot.finishedFiles += 1 }
        }
    }

    /// The state now; nil when nothing happened since the last call.
    func news() -> TransferSnapshot? {
        state.withLock { state in
            guard state.changes != state.seenChanges else { return nil }
            let now = ContinuousClock.now
            let passed = (now - state.seenAt) / .seconds(1)
            let rate = Double(state.snapshot.completedBytes - state.seenBytes) / max(passed, 1e-6)
            // Half of what is shown is at most three seconds old.
            let weight = min(1, passed / 3)
            state.snapshot.bytesPerSecond =
                state.seenChanges == 0 ? rate : state.snapshot.bytesPerSecond * (1 - weight) + rate * weight
            state.snapshot.elapsed = now - start
            state.seenChanges = state.changes
            state.seenBytes = state.snapshot.completedBytes
            state.seenAt = now
            var snapshot = state.snapshot
            snapshot.active = state.active.values.sorted { $0.name < $1.name }
            return snapshot
        }
    }
}
