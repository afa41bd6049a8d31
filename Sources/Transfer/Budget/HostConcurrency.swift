internal import Synchronization
internal import Transport
internal import XetClient

/// How many requests to each host are in flight at once: more for as long as more bring more bytes per second, fewer when
/// a host fails or refuses.
///
/// A line with a long way holds many bytes, which few connections cannot fill when ranges are small; where the line, the
/// host or this machine is the limit, more of them only cost memory.
final class HostConcurrency: Sendable {
    private let start: Int
    private let most: Int
    private let hosts = Mutex<[Origin?: HostLimit]>([:])

    /// - Parameters:
    ///   - start: requests at once to a host of which nothing is known.
    ///   - most: requests at once that are never passed.
    init(start: Int, most: Int) {
        self.start = max(1, min(start, most))
        self.most = max(1, most)
    }

    /// The limit of the host of a URL.
    func limit(for url: String) -> HostLimit {
        let origin = Origin(url)
        return hosts.withLock { hosts in
            if let known = hosts[origin] { return known }
            let limit = HostLimit(start: start, most: most)
            hosts[origin] = limit
            return limit
        }
    }

    /// Runs `body` as one of the requests to the host of a URL.
    func withSlot<R: Sendable>(at url: String, _ body: (HostLimit) async throws -> R) async throws -> R {
        let limit = limit(for: url)
        try await limit.acquire()
        do {
            let result = try await body(limit)
            limit.release(failed: false)
            return result
        } catch {
            limit.release(failed: HostLimit.isOverload(error))
            throw error
        }
    }
}

/// The requests in flight to one host.
final class HostLimit: Sendable {
    private enum Step { case none, up(from: Int) }

    private struct State {
        var limit: Int
        var inFlight = 0
        /// Whether all slots were in use at some time since the last look.
        var wasFull = false
        var since = ContinuousClock.now
        var rate = 0.0
        var step = Step.none
        /// No more slots before this time.
        var rest = ContinuousClock.now
    }

    /// Between two looks at what has arrived.
    static let interval = Duration.milliseconds(500)
    private static let afterNoGain = Duration.seconds(5)
    private static let afterFailure = Duration.seconds(10)
    /// What more slots must bring to be kept.
    private static let gain = 1.05
    private static let least = 2

    private let most: Int
    private let slots: ByteBudget
    private let bytes = Atomic<UInt64>(0)
    private let state: Mutex<State>

    init(start: Int, most: Int) {
        self.most = most
        slots = ByteBudget(start)
        state = Mutex(State(limit: start))
    }

    /// Requests that may be in flight now.
    var limit: Int { state.withLock { $0.limit } }

    func acquire() async throws {
        state.withLock { if $0.inFlight >= $0.limit { $0.wasFull = true } }
        try await slots.acquire(1)
        state.withLock { state in
            state.inFlight += 1
            if state.inFlight >= state.limit { state.wasFull = true }
        }
    }

    /// Bytes of replies that have come.
    func note(_ count: Int) { bytes.add(UInt64(count), ordering: .relaxed) }

    /// - Parameter failed: whether the host could not cope with the request.
    func release(failed: Bool, now: ContinuousClock.Instant = .now) {
        let change = state.withLock { state -> Int in
            state.inFlight -= 1
            let before = state.limit
            if failed { shrink(&state, now) } else { look(&state, now) }
            return state.limit - before
        }
        slots.resize(by: change)
        slots.release(1)
    }

    /// Half as many, once per round of failures.
    private func shrink(_ state: inout State, _ now: ContinuousClock.Instant) {
        guard now >= state.rest || state.rest - Self.afterFailure + .seconds(1) < now else { return }
        state.limit = max(min(Self.least, state.limit), state.limit / 2)
        state.rest = now + Self.afterFailure
        restart(&state, now, rate: 0)
    }

    private func look(_ state: inout State, _ now: ContinuousClock.Instant) {
        let time = state.since.duration(to: now)
        guard time >= Self.interval else { return }
        let rate = Double(bytes.exchange(0, ordering: .relaxed)) / (time / .seconds(1))
        let wasFull = state.wasFull
        // Where nobody counts bytes, nothing shows that more bring more.
        guard rate > 0 else { return restart(&state, now, rate: rate) }
        if wasFull, case .up(let before) = state.step, rate < state.rate * Self.gain {
            state.limit = before
            state.rest = now + Self.afterNoGain
            return restart(&state, now, rate: rate)
        }
        guard wasFull, now >= state.rest, state.limit < most else { return restart(&state, now, rate: rate) }
        let before = state.limit
        state.limit = min(most, before + max(1, before / 2))
        restart(&state, now, rate: rate)
        state.step = .up(from: before)
    }

    private func restart(_ state: inout State, _ now: ContinuousClock.Instant, rate: Double) {
        _ = bytes.exchange(0, ordering: .relaxed)
        state.step = .none
        state.rate = rate
        state.since = now
        state.wasFull = state.inFlight >= state.limit
    }

    /// Whether an error speaks of a host or a line that has too much to do.
    static func isOverload(_ error: any Error) -> Bool {
        switch error {
        case let error as TransportError:
            !error.concernsConnection && [.timedOut, .connectionRefused].contains(error.code)
        case let error as CASError: [429, 503].contains(error.status)
        case let error as PlainReplyError: [429, 503].contains(error.status)
        default: false
        }
    }
}
