import Synchronization
import Testing
import Transport

@testable import Transfer

/// Connections to a host, against lines of different kinds.
@Suite struct HostConcurrencyTests {
    private final class Counter: Sendable {
        private let count = Mutex(0)

        /// - Returns: the count with this one.
        func add(_ change: Int) -> Int {
            count.withLock {
                $0 += change
                return $0
            }
        }
    }

    /// Runs requests of 100 kB for a while; `seconds` is how long each takes when so many are in flight.
    private func run(
        _ concurrency: HostConcurrency, workers: Int, for time: Duration, seconds: @escaping @Sendable (Int) -> Double
    ) async throws {
        let inFlight = Counter()
        let end = ContinuousClock.now + time
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<workers {
                group.addTask {
                    while ContinuousClock.now < end {
                        try? await concurrency.withSlot(at: "http://h/x") { host in
                            try await Task.sleep(for: .seconds(seconds(inFlight.add(1))))
                            host.note(100_000)
                            _ = inFlight.add(-1)
                        }
                    }
                }
            }
        }
    }

    @Test("a long way gets more connections, because they bring more", .timeLimit(.minutes(1)))
    func longWay() async throws {
        let concurrency = HostConcurrency(start: 8, most: 64)
        try await run(concurrency, workers: 96, for: .seconds(5)) { _ in 0.1 }
        let limit = concurrency.limit(for: "http://h/y").limit
        #expect(limit >= 18, "\(limit)")
    }

    @Test("where the line is full, more connections are not kept", .timeLimit(.minutes(1)))
    func fullLine() async throws {
        let concurrency = HostConcurrency(start: 8, most: 64)
        try await run(concurrency, workers: 96, for: .seconds(5)) { 0.01 * Double($0) }
        let limit = concurrency.limit(for: "http://h/").limit
        #expect(limit <= 40, "\(limit)")
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
