internal import Synchronization

/// Tells any number of listeners what changes, without ever waiting for one.
final class SeedChangeFeed: Sendable {
    /// Changes that are kept for a listener that is busy.
    private static let backlog = 1024

    private struct State {
        var listeners: [UInt64: AsyncStream<SeedChange>.Continuation] = [:]
        var nextID: UInt64 = 0
    }

    private let state = Mutex(State())

    deinit { for listener in state.withLock({ $0.listeners.values.map(\.self) }) { listener.finish() } }

    var stream: AsyncStream<SeedChange> {
        let (stream, continuation) = AsyncStream.makeStream(
            of: SeedChange.self, bufferingPolicy: .bufferingNewest(Self.backlog))
        let id = state.withLock { state in
            state.nextID += 1
            state.listeners[state.nextID] = continuation
            return state.nextID
        }
        continuation.onTermination = { [weak self] _ in
            guard let self else { return }
            _ = state.withLock { $0.listeners.removeValue(forKey: id) }
        }
        return stream
    }

    func tell(_ change: SeedChange) {
        for listener in state.withLock({ Array($0.listeners.values) }) {
            // What was pushed out is made up for by the newest entry, whatever comes before it.
            if case .dropped = listener.yield(change) { listener.yield(.many) }
        }
    }
}
