internal import Synchronization

/// Those who wait for an answer of the engine, each under what they wait for.
final class Waiters: Sendable {
    enum Key: Hashable, Sendable {
        case metadata(TorrentID)
        case checked(TorrentID)
        case piece(TorrentID, Int)
        case resumeData(TorrentID)
        case removed(TorrentID)
        case statistics
        case put(ItemName, Int64)

        var torrent: TorrentID? {
            switch self {
            case .metadata(let torrent), .checked(let torrent), .piece(let torrent, _), .resumeData(let torrent),
                .removed(let torrent):
                torrent
            case .statistics, .put: nil
            }
        }
    }

    enum Answer: Sendable {
        case yes
        case no
        case bytes([UInt8])
        case number(Int)
        case failed(TorrentError)
        /// The answer may have been lost, or does not come in time: the caller looks for itself.
        case none
    }

    private struct State {
        var last: UInt64 = 0
        var waiting: [Key: [UInt64: AsyncStream<Answer>.Continuation]] = [:]
        var isClosed = false
    }
    private let state = Mutex(State())

    /// Begins something and waits for the answer, ``Answer/none`` after `timeout`.
    func wait(
        for key: Key, timeout: Duration, after begin: () async throws(TorrentError) -> Void
    ) async throws(TorrentError) -> Answer {
        let (answers, continuation) = AsyncStream.makeStream(of: Answer.self, bufferingPolicy: .bufferingOldest(1))
        let number = state.withLock { state -> UInt64? in
            guard !state.isClosed else { return nil }
            state.last += 1
            state.waiting[key, default: [:]][state.last] = continuation
            return state.last
        }
        guard let number else { throw .closed }
        let alarm = Task {
            try await Task.sleep(for: timeout)
            continuation.yield(.none)
        }
        defer {
            alarm.cancel()
            leave(key, number)
        }
        try await begin()
        for await answer in answers {
            if case .failed(let error) = answer { throw error }
            return answer
        }
        throw .cancelled
    }

    func answer(_ key: Key, _ answer: Answer) {
        let continuations = state.withLock { $0.waiting.removeValue(forKey: key)?.values.map { $0 } ?? [] }
        for continuation in continuations { continuation.yield(answer) }
    }

    /// Answers all who wait for something of one torrent.
    func answerAll(of torrent: TorrentID, _ answer: Answer) {
        for key in state.withLock({ $0.waiting.keys.filter { $0.torrent == torrent } }) { self.answer(key, answer) }
    }

    func answerAll(_ answer: Answer) {
        for key in state.withLock({ Array($0.waiting.keys) }) { self.answer(key, answer) }
    }

    func close() {
        state.withLock { $0.isClosed = true }
        answerAll(.failed(.closed))
    }

    private func leave(_ key: Key, _ number: UInt64) {
        state.withLock { state in
            state.waiting[key]?[number] = nil
            if state.waiting[key]?.isEmpty == true { state.waiting[key] = nil }
        }
    }
}
