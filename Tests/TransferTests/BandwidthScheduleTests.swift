import Synchronization
import Testing

@testable import Transport

/// Limits by the clock, which here is turned by hand.
@Suite struct BandwidthScheduleTests {
    private final class Clock: Sendable {
        private let minute = Mutex(WeekMinute(day: 0, hour: 12, minute: 0))
        func turn(to hour: Int, _ minutes: Int = 0) {
            minute.withLock { $0 = WeekMinute(day: $0.day, hour: hour, minute: minutes) }
        }
        var now: WeekMinute { minute.withLock { $0 } }
    }

    private func limit(_ clock: Clock, day: Int?, night: Int?) -> BandwidthLimit {
        let schedule = RateSchedule(day, periods: [.init(begin: 22 * 60, end: 7 * 60, rate: night)])
        return BandwidthLimit(schedule, lookPeriod: .zero) { clock.now }
    }

    @Test("the rate is that of the minute, with no restart")
    func rates() {
        let clock = Clock()
        let limit = limit(clock, day: 1000, night: 64_000)
        #expect(limit.bytesPerSecond == 1000 && limit.pieceBytes == 1024)
        clock.turn(to: 21, 59)
        #expect(limit.bytesPerSecond == 1000)
        clock.turn(to: 22)
        #expect(limit.bytesPerSecond == 64_000 && limit.pieceBytes == 4000)
        clock.turn(to: 7)
        #expect(limit.bytesPerSecond == 1000)
    }

    @Test("what waits for its turn at the old rate passes when the limit is lifted", .timeLimit(.minutes(1)))
    func lifted() async throws {
        let clock = Clock()
        let limit = limit(clock, day: 1000, night: nil)
        let start = ContinuousClock.now
        try await withThrowingTaskGroup(of: Void.self) { group in
            // Hours at the rate of the day.
            for _ in 0..<4 { group.addTask { try await limit.take(10_000_000) } }
            try await Task.sleep(for: .milliseconds(200))
            #expect(!limit.takeIfDue(1))
            clock.turn(to: 23)
            try await group.waitForAll()
        }
        let time = ContinuousClock.now - start
        #expect(time >= .milliseconds(200) && time < .seconds(20), "\(time)")
        #expect(limit.bytesPerSecond == nil && limit.takeIfDue(1 << 40))
    }

    @Test("a limit that begins while bytes pass holds from then on", .timeLimit(.minutes(1)))
    func begins() async throws {
        let clock = Clock()
        clock.turn(to: 23)
        let limit = limit(clock, day: 100_000, night: nil)
        for _ in 0..<1000 { try await limit.take(1 << 20) }
        clock.turn(to: 8)
        let start = ContinuousClock.now
        for _ in 0..<4 { try await limit.take(20_000) }
        #expect(ContinuousClock.now - start > .milliseconds(650))
    }

    @Test("this minute is one of the week")
    func now() { #expect((0..<WeekMinute.ofWeek).contains(WeekMinute.current().number)) }
}
