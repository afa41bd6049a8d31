import Testing

@testable import Transfer

@Suite struct StreamPacesTests {
    /// Steps of a virtual second are real hundredths, so that nobody waits.
    private static let patience = Duration.milliseconds(40)

    private func run(
        _ paces: StreamPaces, _ streams: [(id: Int, perStep: UInt64)], steps: Range<Int>
    ) async throws -> [Int] {
        var slow: [Int] = []
        for step in steps {
            for stream in streams where paces.isSlow(stream.id, received: UInt64(step) * stream.perStep) {
                slow.append(stream.id)
            }
            try await Task.sleep(for: .milliseconds(10))
        }
        return slow
    }

    @Test("one far slower than the others is given up, once")
    func slowest() async throws {
        let paces = StreamPaces(patience: Self.patience)
        let ids = (0..<5).map { _ in paces.begin(expecting: 1 << 30) }
        let streams = ids.enumerated().map { ($1, $0 == 2 ? UInt64(1_000) : 1_000_000) }
        #expect(try await run(paces, streams, steps: 0..<16) == [ids[2]])
    }

    @Test("equally slow ones, a lone one and one that is nearly done are left alone")
    func patience() async throws {
        let equal = StreamPaces(patience: Self.patience)
        let ids = (0..<5).map { _ in equal.begin(expecting: 1 << 30) }
        #expect(try await run(equal, ids.map { ($0, 1_000) }, steps: 0..<12).isEmpty)
        let lone = StreamPaces(patience: Self.patience)
        #expect(try await run(lone, [(lone.begin(expecting: 1 << 30), 10)], steps: 0..<12).isEmpty)
        let ending = StreamPaces(patience: Self.patience)
        let others = (0..<4).map { _ in ending.begin(expecting: 1 << 30) }
        let last = ending.begin(expecting: 20_000)
        let streams = others.map { ($0, UInt64(1_000_000)) } + [(last, UInt64(2_000))]
        #expect(try await run(ending, streams, steps: 0..<10).isEmpty)
    }

    @Test("when dropping does not help, it ends")
    func hopeless() async throws {
        let paces = StreamPaces(patience: Self.patience)
        let fast = (0..<4).map { _ in paces.begin(expecting: 1 << 40) }
        var dropped = 0
        for round in 0..<6 {
            let slow = paces.begin(expecting: 1 << 30)
            let streams: [(Int, UInt64)] = fast.map { ($0, 1_000_000) } + [(slow, 1_000)]
            dropped += try await run(paces, streams, steps: 9 * round..<9 * round + 9).count
            paces.end(slow, isWhole: false)
        }
        #expect((1...3).contains(dropped), "\(dropped)")
    }
}
