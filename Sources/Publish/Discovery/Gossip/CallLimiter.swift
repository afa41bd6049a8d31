internal import Synchronization

/// Counts the calls of each address, so that nobody keeps a node busy.
final class CallLimiter: Sendable {
    private struct State {
        var began: ContinuousClock.Instant
        var calls: [String: Int] = [:]
    }

    private let state: Mutex<State>
    private let most: Int
    private let window: Duration
    /// Addresses that are counted apart; the others count together.
    private static let addresses = 4096

    init(most: Int, window: Duration, now: ContinuousClock.Instant = .now) {
        self.most = most
        self.window = window
        state = Mutex(State(began: now))
    }

    /// Whether a call of this address is taken now.
    func admits(_ host: String, now: ContinuousClock.Instant = .now) -> Bool {
        state.withLock { state in
            if now - state.began > window { state = State(began: now) }
            let name = state.calls[host] != nil || state.calls.count < Self.addresses ? host : ""
            let count = state.calls[name, default: 0]
            guard count < most else { return false }
            state.calls[name] = count + 1
            return true
        }
    }
}
