internal import Synchronization

/// Tells that the agent shall end; once, to everybody who waits.
final class StopSignal: Sendable {
    private let state = Mutex<(isSet: Bool, waiting: [AsyncStream<Never>.Continuation])>((false, []))

    var isSet: Bool { state.withLock { $0.isSet } }

    func set() {
        let waiting = state.withLock { state in
            state.isSet = true
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.finish() }
    }

    /// Returns when it is set, or the task is cancelled.
    func wait() async {
        let (stream, continuation) = AsyncStream.makeStream(of: Never.self)
        let isSet = state.withLock { state in
            if !state.isSet { state.waiting.append(continuation) }
            return state.isSet
        }
        guard !isSet else { return }
        for await _ in stream {}
    }
}
