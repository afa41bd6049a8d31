internal import Synchronization

/// What a peer says, in order, ending after `closed`. To be read by one task.
public struct PeerEvents: AsyncSequence, Sendable {
    let queue: PeerEventQueue

    public struct AsyncIterator: AsyncIteratorProtocol {
        let queue: PeerEventQueue

        public mutating func next() async -> PeerEvent? { await queue.next() }
    }

    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(queue: queue) }
}

/// Events between a connection's handler and the one task that reads them.
///
/// Answers are bounded by what was asked for. Everything else a peer may send at any time, so there is a limit to what
/// of it waits here.
final class PeerEventQueue: Sendable {
    private struct State {
        var waiting: [(event: PeerEvent, cost: Int)] = []
        /// Those before it were read.
        var first = 0
        var cost = 0
        var reader: CheckedContinuation<PeerEvent?, Never>?
        var isFinished = false

        mutating func removeFirst() -> PeerEvent? {
            guard first < waiting.count else { return nil }
            let (event, itsCost) = waiting[first]
            cost -= itsCost
            // The event's bytes must not live on in the array.
            waiting[first].event = .absent(FileTag(number: 0))
            first += 1
            if first == waiting.count || first > 1024 {
                waiting.removeFirst(first)
                first = 0
            }
            return event
        }
    }

    private let state = Mutex(State())
    private static let maximumCost = 8 << 20

    /// Appends an event; after `closed` nothing is taken.
    /// - Parameter cost: bytes that the event takes in memory, if the peer may send it unasked; else 0.
    /// - Returns: false if more waits than may.
    func append(_ event: PeerEvent, cost: Int = 0) -> Bool {
        let (reader, fits) = state.withLock { state -> (CheckedContinuation<PeerEvent?, Never>?, Bool) in
            guard !state.isFinished else { return (nil, true) }
            if case .closed = event { state.isFinished = true }
            if let reader = state.reader.take() { return (reader, true) }
            guard state.cost + cost <= Self.maximumCost else { return (nil, false) }
            state.waiting.append((event, cost))
            state.cost += cost
            return (nil, true)
        }
        reader?.resume(returning: event)
        return fits
    }

    /// The next event; nil after `closed`, and when the reading task is cancelled.
    func next() async -> PeerEvent? {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let event = state.withLock { state -> PeerEvent?? in
                    if let event = state.removeFirst() { return .some(event) }
                    if state.isFinished || Task.isCancelled { return .some(nil) }
                    state.reader = continuation
                    return .none
                }
                if let event { continuation.resume(returning: event) }
            }
        } onCancel: {
            state.withLock { $0.reader.take() }?.resume(returning: nil)
        }
    }
}
