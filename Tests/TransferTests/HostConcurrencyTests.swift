import Testing
import Transport

@testable import Transfer

/// Connections to a host, against lines of different kinds.
@Suite struct HostConcurrencyTests {
    /// Keeps all slots busy with requests of 100 kB for some seconds of a clock of its own; `seconds` is how long each
    /// takes when so many are in flight.
    /// - Returns: the greatest limit that there was.
    private func run(_ host: HostLimit, for time: Double, seconds: (Int) -> Double) async throws -> Int {
        let start = ContinuousClock.now
        // The first look is at the time since the limit was made, by another clock.
        var passed = 0.5
        try await host.acquire()
        host.note(1)
        host.release(failed: false, now: start + .seconds(passed))
        var most = 0
        while passed < time {
            let count = host.limit
            for _ in 0..<count { try await host.acquire() }
            passed += seconds(count)
            host.note(100_000 * count)
            for _ in 0..<count { host.release(failed: false, now: start + .seconds(passed)) }
            most = max(most, host.limit)
        }
        return most
    }

    @Test("a long way gets more connections, because they bring more")
    func longWay() async throws {
        let host = HostLimit(start: 8, most: 64)
        _ = try await run(host, for: 10) { _ in 0.1 }
        #expect(host.limit == 64)
    }

    @Test("where the line is full, more connections are not kept")
    func fullLine() async throws {
        let host = HostLimit(start: 8, most: 64)
        let most = try await run(host, for: 10) { 0.01 * Double($0) }
        #expect((9...12).contains(most), "\(most)")
        #expect(host.limit <= most)
    }

    @Test("a host that fails gets fewer, another one keeps its own")
    func failures() async throws {
        let concurrency = HostConcurrency(start: 16, most: 64)
        let failure = TransportError(code: .timedOut, message: "late", url: "http://h/", retryAdvice: .soon)
        for _ in 0..<3 {
            await #expect(throws: TransportError.self) {
                try await concurrency.withSlot(at: "http://h/") { _ in throw failure }
            }
        }
        #expect(concurrency.limit(for: "http://h/z").limit == 8, "one round of failures counts once")
        #expect(concurrency.limit(for: "http://other/").limit == 16)
    }
}
