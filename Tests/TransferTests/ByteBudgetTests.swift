import Testing

@testable import Transfer

@Suite struct ByteBudgetTests {
    @Test("never gives out more than it has", .timeLimit(.minutes(1)))
    func bound() async throws {
        let budget = ByteBudget(10)
        let peak = Peak()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<200 {
                group.addTask {
                    let amount = 1 + number % 12
                    try await budget.withReservation(amount) {
                        await peak.enter(min(amount, 10))
                        await Task.yield()
                        await peak.leave(min(amount, 10))
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(await peak.highest <= 10)
        #expect(await peak.highest > 0)
    }

    @Test("a cancelled waiter leaves the queue", .timeLimit(.minutes(1)))
    func cancellation() async throws {
        let budget = ByteBudget(1)
        try await budget.acquire(1)
        let waiter = Task { try await budget.acquire(1) }
        waiter.cancel()
        await #expect(throws: CancellationError.self) { try await waiter.value }
        budget.release(1)
        try await budget.acquire(1)
        budget.release(1)
    }

    private actor Peak {
        private var held = 0
        private(set) var highest = 0

        func enter(_ amount: Int) {
            held += amount
            highest = max(highest, held)
        }

        func leave(_ amount: Int) { held -= amount }
    }
}
