internal import PublishWire
internal import Synchronization

/// Searches for mutable items. One that runs already serves whoever asks for the same item meanwhile.
final class ItemSearches: Sendable {
    private struct Search {
        var best: SignedItem?
        var askers: [UInt64: AsyncStream<SignedItem>.Continuation] = [:]
    }
    private struct State {
        var last: UInt64 = 0
        var searches: [ItemName: Search] = [:]
        var isClosed = false
    }
    private let state = Mutex(State())

    /// A stream of the item's values, each of a higher sequence number than the one before.
    /// - Returns: also whether the search is new, and must be begun.
    func join(_ name: ItemName, timeout: Duration) -> (stream: AsyncStream<SignedItem>, isNew: Bool) {
        let (stream, continuation) = AsyncStream.makeStream(of: SignedItem.self)
        let (number, isNew) = state.withLock { state -> (UInt64?, Bool) in
            guard !state.isClosed else { return (nil, false) }
            state.last += 1
            let isNew = state.searches[name] == nil
            if let best = state.searches[name]?.best { continuation.yield(best) }
            state.searches[name, default: Search()].askers[state.last] = continuation
            return (state.last, isNew)
        }
        guard let number else {
            continuation.finish()
            return (stream, false)
        }
        let alarm = Task {
            try await Task.sleep(for: timeout)
            continuation.finish()
        }
        continuation.onTermination = { [weak self] _ in
            alarm.cancel()
            self?.leave(name, number)
        }
        return (stream, isNew)
    }

    func take(_ item: SignedItem?, of name: ItemName, isLast: Bool) {
        let (askers, isNews) = state.withLock { state -> ([AsyncStream<SignedItem>.Continuation], Bool) in
            guard let search = state.searches[name] else { return ([], false) }
            let isNews = item.map { item in search.best.map { item.sequence > $0.sequence } ?? true } ?? false
            if isNews { state.searches[name]?.best = item }
            if isLast { state.searches[name] = nil }
            return (Array(search.askers.values), isNews)
        }
        for asker in askers {
            if isNews, let item { asker.yield(item) }
            if isLast { asker.finish() }
        }
    }

    /// Ends a search that could not begin.
    func end(_ name: ItemName) {
        take(nil, of: name, isLast: true)
    }

    func close() {
        let all = state.withLock { state in
            state.isClosed = true
            defer { state.searches = [:] }
            return state.searches.values.flatMap(\.askers.values)
        }
        for asker in all { asker.finish() }
    }

    private func leave(_ name: ItemName, _ number: UInt64) {
        state.withLock { state in
            state.searches[name]?.askers[number] = nil
            // libtorrent searches on; who asks again begins a new search.
            if state.searches[name]?.askers.isEmpty == true { state.searches[name] = nil }
        }
    }
}
