import Testing
import Xet

@testable import Agent

@Suite(.timeLimit(.minutes(1))) struct TransitTests {
    private func transit(size: UInt64 = 100) -> Transit { Transit(hash: FileHash.zero, size: size, path: "/nowhere") }

    @Test("a reader gets what is there, and waits for what is not")
    func waiting() async throws {
        let transit = transit()
        let reader = transit.open(at: 0)
        transit.covered([0..<10, 20..<30], areProven: true)
        var stretch = try await transit.wait(reader, at: 5)
        #expect(stretch.end == 10 && stretch.isProven)
        #expect(transit.wantedFrom == 10)
        async let next = transit.wait(reader, at: 10)
        try await Task.sleep(for: .milliseconds(20))
        transit.covered([40..<50], areProven: true)
        transit.covered([10..<15], areProven: false)
        stretch = try await next
        #expect(stretch.end == 15 && !stretch.isProven)
        transit.end(.complete)
        stretch = try await transit.wait(reader, at: 60)
        #expect(stretch.end == 100 && stretch.isProven)
        transit.close(reader)
        #expect(transit.idleSince != nil && transit.wantedFrom == nil)
    }

    @Test("wrong bytes and failures reach readers that wait, and a cancelled reader returns")
    func ends() async throws {
        let wrong = transit()
        let (first, second) = (wrong.open(at: 0), wrong.open(at: 0))
        wrong.covered([0..<100], areProven: false)
        let stretch = try await wrong.wait(first, at: 0)
        #expect(!stretch.isProven)
        let (misled, patient) = (
            Task { try await wrong.waitForEnd(first) }, Task { try await wrong.waitForEnd(second) }
        )
        try await Task.sleep(for: .milliseconds(20))
        wrong.disproved()
        await #expect(throws: Disproved.self) { try await misled.value }
        // Who had read nothing waits, and gets what was put right.
        wrong.covered([0..<100], areProven: false)
        wrong.end(.complete)
        try await patient.value
        let late = try await wrong.wait(second, at: 0)
        #expect(late.end == 100 && late.isProven)
        await #expect(throws: Disproved.self) { try await wrong.wait(first, at: 50) }

        struct Broken: Error {}
        let failing = transit()
        let other = failing.open(at: 0)
        let failed = Task { try await failing.wait(other, at: 0) }
        try await Task.sleep(for: .milliseconds(20))
        failing.end(.failed(Broken()))
        await #expect(throws: Broken.self) { _ = try await failed.value }

        let endless = transit()
        let third = endless.open(at: 0)
        let task = Task { _ = try await endless.wait(third, at: 0) }
        try await Task.sleep(for: .milliseconds(20))
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
    }

    @Test("many readers of a file that comes in any order all see all of it")
    func many() async throws {
        let transit = transit(size: 1000)
        let sums = try await withThrowingTaskGroup(of: UInt64.self) { group in
            for start in stride(from: 0, to: 1000, by: 100) as StrideTo<UInt64> {
                group.addTask {
                    let reader = transit.open(at: start)
                    defer { transit.close(reader) }
                    var position = start
                    while position < 1000 { position = try await transit.wait(reader, at: position).end }
                    return position
                }
            }
            for place in Array(0..<100 as Range<UInt64>).shuffled() {
                transit.covered([place * 10..<place * 10 + 10], areProven: true)
                await Task.yield()
            }
            transit.end(.complete)
            return try await group.reduce(into: 0) { $0 += $1 }
        }
        #expect(sums == 10_000)
    }
}
