internal import Synchronization

/// Compares the connections of a pull with each other, and finds the one that holds up all the rest: a store's slow edge,
/// or a broken way to it. Another connection in its place may well end at another edge.
final class StreamPaces: Sendable {
    private struct Stream {
        var expected: UInt64
        var marks: [(time: ContinuousClock.Instant, bytes: UInt64)]

        /// Bytes per second over the last few marks; nil before there are enough of them.
        func rate(over span: Duration) -> Double? {
            guard let first = marks.first, let last = marks.last else { return nil }
            let time = first.time.duration(to: last.time)
            guard time >= span * 0.7 else { return nil }
            return Double(last.bytes - first.bytes) / (time / .seconds(1))
        }
    }

    private struct State {
        var next = 0
        var streams: [Int: Stream] = [:]
        /// Rates of streams that have brought everything, and when they had, the latest last.
        var ended: [(time: ContinuousClock.Instant, rate: Double)] = []
        var finished = 0
        var dropped = 0
    }

    /// A stream is slow when others are so many times faster.
    private static let factor = 6.0
    /// Comparisons with fewer say nothing.
    private static let fewest = 3

    private let patience: Duration
    private let state = Mutex(State())

    /// - Parameter patience: how long a stream is watched before it is judged.
    init(patience: Duration) { self.patience = patience }

    func begin(expecting bytes: UInt64, now: ContinuousClock.Instant = .now) -> Int {
        state.withLock { state in
            state.next += 1
            state.streams[state.next] = Stream(expected: bytes, marks: [(now, 0)])
            return state.next
        }
    }

    /// - Parameter isWhole: whether everything has come.
    func end(_ id: Int, isWhole: Bool, now: ContinuousClock.Instant = .now) {
        state.withLock { state in
            guard let stream = state.streams.removeValue(forKey: id) else { return }
            guard isWhole, let first = stream.marks.first else { return }
            state.finished += 1
            // Who watches comes once a second; a stream that ended sooner was fast, and its size says how fast at least.
            let time = max(first.time.duration(to: now) / .seconds(1), 0.02)
            let rest = stream.expected - min(stream.expected, first.bytes)
            state.ended.append((now, Double(rest) / time))
            if state.ended.count > 16 { state.ended.removeFirst() }
        }
    }

    /// Notes what a stream has received, and tells whether it should be given up.
    func isSlow(_ id: Int, received: UInt64, now: ContinuousClock.Instant = .now) -> Bool {
        state.withLock { state in
            guard var stream = state.streams[id] else { return false }
            stream.marks.append((now, max(received, stream.marks.last?.bytes ?? 0)))
            while stream.marks.count > 2, stream.marks[1].time.duration(to: now) >= patience {
                stream.marks.removeFirst()
            }
            state.streams[id] = stream
            guard let mine = stream.rate(over: patience) else { return false }
            let others = state.streams.filter { $0.key != id }.compactMap { $0.value.rate(over: patience / 2) }
            // Those beside it share the line with it; those that have ended may have had it for themselves, or a better one.
            let recent = state.ended.filter { $0.time.duration(to: now) < patience * 4 }.map(\.rate)
            let rates = (others.count >= Self.fewest ? others : others + recent).sorted()
            // A few are given up, then it is taken for what the way can do.
            guard rates.count >= Self.fewest, state.dropped * 8 < state.finished + 16 else { return false }
            let usual = rates[rates.count / 2]
            let left = Double(stream.expected - min(stream.expected, received))
            guard mine * Self.factor < usual, left > mine * (patience / .seconds(1)) else { return false }
            state.dropped += 1
            state.streams[id] = nil
            return true
        }
    }
}
