internal import Synchronization

/// Streams that several listen to, by what they listen for.
final class Listeners<Key: Hashable & Sendable, Element: Sendable>: Sendable {
    private struct State {
        var last: UInt64 = 0
        var listening: [Key: [UInt64: AsyncStream<Element>.Continuation]] = [:]
        var isClosed = false
    }
    private let state = Mutex(State())

    /// A stream of what is told under `key` from now on. It ends after `timeout`, or when told so.
    func listen(to key: Key, timeout: Duration? = nil) -> AsyncStream<Element> {
        let (stream, continuation) = AsyncStream.makeStream(of: Element.self)
        let number = state.withLock { state -> UInt64? in
            guard !state.isClosed else { return nil }
            state.last += 1
            state.listening[key, default: [:]][state.last] = continuation
            return state.last
        }
        guard let number else {
            continuation.finish()
            return stream
        }
        let alarm = timeout.map { timeout in
            Task {
                try await Task.sleep(for: timeout)
                continuation.finish()
            }
        }
        continuation.onTermination = { [weak self] _ in
            alarm?.cancel()
            self?.leave(key, number)
        }
        return stream
    }

    func tell(_ element: Element, to key: Key) {
        for continuation in continuations(of: key) { continuation.yield(element) }
    }

    /// Ends the streams of `key`.
    func end(_ key: Key) {
        for continuation in continuations(of: key) { continuation.finish() }
    }

    func close() {
        let all = state.withLock { state in
            state.isClosed = true
            return state.listening.values.flatMap(\.values)
        }
        for continuation in all { continuation.finish() }
    }

    private func continuations(of key: Key) -> [AsyncStream<Element>.Continuation] {
        state.withLock { $0.listening[key].map { Array($0.values) } ?? [] }
    }

    private func leave(_ key: Key, _ number: UInt64) {
        state.withLock { state in
            state.listening[key]?[number] = nil
            if state.listening[key]?.isEmpty == true { state.listening[key] = nil }
        }
    }
}
