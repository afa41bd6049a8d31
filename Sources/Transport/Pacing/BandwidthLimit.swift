internal import NIOCore
internal import Synchronization

/// A number of bytes per second, the same always or by the time of the week, that all connections of a process share, one
/// direction.
///
/// Bytes pass in small pieces in order of arrival, so that every connection gets its share and none falls silent for
/// long, however many there are.
public final class BandwidthLimit: Sendable {
    private struct State {
        var rate: Int?
        /// How often the rate has become another one.
        var changes = 0
        /// When what was let through so far has had its time.
        var paidUntil: ContinuousClock.Instant?
        /// When the schedule was looked at.
        var lookedAt: ContinuousClock.Instant

        /// Takes a place in the line.
        mutating func book(_ bytes: Int, at rate: Int, _ now: ContinuousClock.Instant) -> ContinuousClock.Instant {
            let end = max(paidUntil ?? now, now - BandwidthLimit.credit) + .seconds(1) * (Double(bytes) / Double(rate))
            paidUntil = end
            return end
        }
    }

    private let schedule: RateSchedule
    private let minute: @Sendable () -> WeekMinute
    private let lookPeriod: Duration
    private let state: Mutex<State>

    /// What may pass at once after a pause.
    private static let credit = Duration.milliseconds(100)

    public convenience init(bytesPerSecond: Int) { self.init(RateSchedule(bytesPerSecond)) }

    /// Follows a schedule: the rate changes when its minute comes, for what waits already too.
    public convenience init(_ schedule: RateSchedule) {
        self.init(schedule, lookPeriod: .seconds(1), minute: WeekMinute.current)
    }

    /// - Parameters:
    ///   - lookPeriod: between two looks at the clock.
    ///   - minute: the clock.
    init(_ schedule: RateSchedule, lookPeriod: Duration, minute: @escaping @Sendable () -> WeekMinute) {
        self.schedule = schedule
        self.lookPeriod = lookPeriod
        self.minute = minute
        state = Mutex(State(rate: schedule.rate(at: minute()).map { max(1, $0) }, lookedAt: .now))
    }

    /// What may pass now; nil for everything.
    public var bytesPerSecond: Int? {
        state.withLock { state in
            look(&state, .now)
            return state.rate
        }
    }

    /// What one connection takes at a time.
    var pieceBytes: Int { bytesPerSecond.map { min(max($0 / 16, 1 << 10), 256 << 10) } ?? 256 << 10 }

    private func look(_ state: inout State, _ now: ContinuousClock.Instant) {
        guard !schedule.periods.isEmpty, state.lookedAt.duration(to: now) >= lookPeriod else { return }
        state.lookedAt = now
        let rate = schedule.rate(at: minute()).map { max(1, $0) }
        guard rate != state.rate else { return }
        state.rate = rate
        state.changes += 1
        state.paidUntil = nil
    }

    /// Lets bytes pass if those before have had their time.
    package func takeIfDue(_ bytes: Int) -> Bool {
        let now = ContinuousClock.now
        return state.withLock { state in
            look(&state, now)
            guard let rate = state.rate else { return true }
            guard (state.paidUntil ?? now) <= now else { return false }
            _ = state.book(bytes, at: rate, now)
            return true
        }
    }

    /// Counts bytes that have gone the same way without asking; those that ask make up for them.
    package func book(_ bytes: Int) {
        guard bytes > 0 else { return }
        let now = ContinuousClock.now
        state.withLock { state in
            look(&state, now)
            if let rate = state.rate { _ = state.book(bytes, at: rate, now) }
        }
    }

    /// Returns when a number of bytes may pass.
    package func take(_ bytes: Int) async throws {
        var turn: (time: ContinuousClock.Instant, changes: Int)?
        while true {
            let now = ContinuousClock.now
            let booked = turn
            turn = state.withLock { state in
                look(&state, now)
                guard let rate = state.rate else { return nil }
                if let booked, booked.changes == state.changes { return booked }
                return (state.book(bytes, at: rate, now), state.changes)
            }
            guard let turn, turn.time > now else { return }
            // Another rate may begin before the turn comes.
            let end = schedule.periods.isEmpty ? turn.time : min(turn.time, now + max(lookPeriod, .milliseconds(10)))
            try await Task.sleep(until: end, clock: .continuous)
        }
    }
}

/// The parts of a body, cut into pieces that a limit lets through one by one.
struct PacedPieces {
    private let limit: BandwidthLimit
    private var rest = ByteBuffer()

    init(_ limit: BandwidthLimit) { self.limit = limit }

    /// The next piece of the part in hand; nil when a new part is needed.
    mutating func next() async throws -> ByteBuffer? {
        guard let piece = rest.readSlice(length: min(limit.pieceBytes, rest.readableBytes)), piece.readableBytes > 0
        else { return nil }
        try await limit.take(piece.readableBytes)
        return piece
    }

    mutating func fill(_ part: ByteBuffer) { rest = part }
}
