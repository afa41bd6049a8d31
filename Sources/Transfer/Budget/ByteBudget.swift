internal import Synchronization

/// A counting limit that tasks wait for in order of arrival, so that buffers never exceed what was allowed.
final class ByteBudget: Sendable {
    private struct Waiter {
        var id: UInt64
        var amount: Int
        var continuation: CheckedContinuation<Void, any Error>
    }

    private struct State {
        var free: Int
        var nextID: UInt64 = 0
        var waiters: [Waiter] = []
        /// Waiters whose cancellation came before they could queue.
        var cancelled: Set<UInt64> = []
    }

    private let total: Int
    private let state: Mutex<State>

    init(_ total: Int) {
        self.total = total
        state = Mutex(State(free: total))
    }

    /// Runs `body` while holding `amount`, capped at the whole budget; waits until it is free.
    func withReservation<R: Sendable>(_ amount: Int, _ body: () async throws -> R) async throws -> R {
        let amount = min(amount, total)
        try await acquire(amount)
        defer { release(amount) }
        return try await body()
    }

    func acquire(_ amount: Int) async throws {
        let amount = min(amount, total)
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                let outcome: Result<Void, any Error>? = state.withLock { state in
                    if state.cancelled.remove(id) != nil { return .failure(CancellationError()) }
                    if state.waiters.isEmpty, state.free >= amount {
                        state.free -= amount
                        return .success(())
                    }
                    state.waiters.append(Waiter(id: id, amount: amount, continuation: continuation))
                    return nil
                }
                if let outcome { continuation.resume(with: outcome) }
            }
        } onCancel: {
            let waiter = state.withLock { state -> Waiter? in
                guard let index = state.waiters.firstIndex(where: { $0.id == id }) else {
                    state.cancelled.insert(id)
                    return nil
                }
                return state.waiters.remove(at: index)
            }
            waiter?.continuation.resume(throwing: CancellationError())
        }
        // A cancellation that came after the grant left a mark that nobody else will clear.
        state.withLock { _ = $0.cancelled.remove(id) }
    }

    /// Takes an amount if it is free at once and nobody waits.
    func takeIfFree(_ amount: Int) -> Bool {
        state.withLock { state in
            guard state.waiters.isEmpty, state.free >= min(amount, total) else { return false }
            state.free -= min(amount, total)
            return true
        }
    }

    /// Makes the budget larger or smaller. What is held stays held: a smaller budget takes effect as it is given back.
    func resize(by change: Int) {
        guard change != 0 else { return }
        add(change)
    }

    func release(_ amount: Int) { add(min(amount, total)) }

    private func add(_ amount: Int) {
        let ready = state.withLock { state in
            state.free += amount
            var ready: [Waiter] = []
            while let first = state.waiters.first, first.amount <= state.free {
                state.free -= first.amount
                ready.append(state.waiters.removeFirst())
            }
            return ready
        }
        for waiter in ready { waiter.continuation.resume() }
    }
}
