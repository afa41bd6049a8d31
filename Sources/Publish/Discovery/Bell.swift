internal import Synchronization

/// Wakes one sleeper early.
final class Bell: Sendable {
    private struct State {
        var hasRung = false
        var waiter: AsyncStream<Void>.Continuation?
    }

    private let state = Mutex(State())

    func ring() {
        state.withLock { state in
            state.hasRung = true
            state.waiter?.finish()
            state.waiter = nil
        }
    }

    /// Waits for the bell, a time, or the end of the task.
    /// - Returns: whether it was the bell.
    func wait(_ limit: Duration) async -> Bool {
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self)
        let isRinging = state.withLock { state in
            if !state.hasRung { state.waiter = continuation }
            return state.hasRung
        }
        if !isRinging {
            await withTaskGroup(of: Void.self) { group in
                group.addTask { for await _ in stream {} }
                group.addTask { try? await Task.sleep(for: limit) }
                await group.next()
                group.cancelAll()
            }
        }
        return state.withLock { state in
            defer { state = State() }
            return state.hasRung
        }
    }
}
