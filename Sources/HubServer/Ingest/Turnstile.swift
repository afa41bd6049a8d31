import Synchronization

/// Lets a few tasks in at a time, in the order of their arrival.
final class Turnstile: Sendable {
    private struct State {
        var free: Int
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let state: Mutex<State>

    init(width: Int) { state = Mutex(State(free: width)) }

    /// Runs `body` when its turn has come.
    func pass<Value>(_ body: () async throws -> Value) async throws -> Value {
        let place = await enter()
        defer { place.leave() }
        try Task.checkCancellation()
        return try await body()
    }

    /// Waits for a turn. Everybody inside comes out some time, so waiting is not cancellable.
    func enter() async -> Place {
        await withCheckedContinuation { continuation in
            let goesOn = state.withLock { state in
                guard state.free > 0 else {
                    state.waiting.append(continuation)
                    return false
                }
                state.free -= 1
                return true
            }
            if goesOn { continuation.resume() }
        }
        return Place(self)
    }

    /// A turn that is free at this moment; nil when there is none.
    func enterNow() -> Place? {
        let isFree = state.withLock { state in
            guard state.free > 0 else { return false }
            state.free -= 1
            return true
        }
        return isFree ? Place(self) : nil
    }

    private func leave() {
        let next = state.withLock { state -> CheckedContinuation<Void, Never>? in
            guard state.waiting.isEmpty else { return state.waiting.removeFirst() }
            state.free += 1
            return nil
        }
        next?.resume()
    }

    /// A place inside, given up with its last reference at the latest.
    final class Place: Sendable {
        private let turnstile: Mutex<Turnstile?>

        fileprivate init(_ turnstile: Turnstile) { self.turnstile = Mutex(turnstile) }

        deinit { leave() }

        func leave() {
            let held = turnstile.withLock { turnstile in
                defer { turnstile = nil }
                return turnstile
            }
            held?.leave()
        }
    }
}
