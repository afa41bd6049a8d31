internal import Synchronization

/// Lets one task sleep until a time, or until somebody rings.
final class Alarm: Sendable {
    private struct State {
        var hasRung = false
        var sleeper: Task<Void, Never>?
    }

    private let state = Mutex(State())

    /// Ends the sleep that is going on, or the next one.
    func ring() {
        state.withLock { state in
            state.hasRung = true
            state.sleeper?.cancel()
        }
    }

    /// Returns at `time`, which may be never, when it rings, or when the task is cancelled.
    func wait(until time: ContinuousClock.Instant?) async {
        let sleeper = state.withLock { state -> Task<Void, Never>? in
            guard !state.hasRung else {
                state.hasRung = false
                return nil
            }
            // Cancelled by `ring`, and below with the waiting task.
            let sleeper = Task {
                if let time {
                    try? await Task.sleep(until: time, clock: .continuous)
                } else {
                    while !Task.isCancelled { try? await Task.sleep(for: .seconds(3600)) }
                }
            }
            state.sleeper = sleeper
            return sleeper
        }
        guard let sleeper else { return }
        await withTaskCancellationHandler {
            await sleeper.value
        } onCancel: {
            sleeper.cancel()
        }
        state.withLock { state in
            state.hasRung = false
            state.sleeper = nil
        }
    }
}
