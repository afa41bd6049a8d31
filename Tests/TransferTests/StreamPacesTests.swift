import Testing

@testable import Transfer

@Suite struct StreamPacesTests {
    private static let patience = Duration.seconds(4)
    private let start = ContinuousClock.now

    /// Looks at the streams once per second of a clock of its own.
    private func run(
        _ paces: StreamPaces, _ streams: [(id: Int, perStep: UInt64)], steps: Range<Int>
    ) -> [Int] {
        steps.flatMap { step in
            streams.filter {
                paces.isSlow($0.id, received: UInt64(step) * $0.perStep, now: start + .seconds(step))
            }.map(\.id)
        }
    }

    @Test("one far slower than the others is given up, once")
    func slowest() {
        let paces = StreamPaces(patience: Self.patience)
        let ids = (0..<5).map { _ in paces.begin(expecting: 1 << 30, now: start) }
        let streams = ids.enumerated().map { ($1, $0 == 2 ? UInt64(1_000) : 1_000_000) }
        #expect(run(paces, streams, steps: 0..<16) == [ids[2]])
    }

    @Test("equally slow ones, a lone one and one that is nearly done are left alone")
    func patience() {
        let equal = StreamPaces(patience: Self.patience)
        let ids = (0..<5).map { _ in equal.begin(expecting: 1 << 30, now: start) }
        #expect(run(equal, ids.map { ($0, 1_000) }, steps: 0..<12).isEmpty)
        let lone = StreamPaces(patience: Self.patience)
        #expect(run(lone, [(lone.begin(expecting: 1 << 30, now: start), 10)], steps: 0..<12).isEmpty)
        let ending = StreamPaces(patience: Self.patience)
        let others = (0..<4).map { _ in ending.begin(expecting: 1 << 30, now: start) }
        let last = ending.begin(expecting: 13_000, now: start)
        let streams = others.map { ($0, UInt64(1_000_000)) } + [(last, UInt64(2_000))]
        #expect(run(ending, streams, steps: 0..<7).isEmpty)
    }

    @Test("when dropping does not help, it ends")
    func hopeless() {
        let paces = StreamPaces(patience: Self.patience)
        let fast = (0..<4).map { _ in paces.begin(expecting: 1 << 40, now: start) }
        var dropped = 0
        for round in 0..<6 {
            let slow = paces.begin(expecting: 1 << 30, now: start + .seconds(9 * round))
            let streams: [(Int, UInt64)] = fast.map { ($0, 1_000_000) } + [(slow, 1_000)]
            dropped += run(paces, streams, steps: 9 * round..<9 * round + 9).count
            paces.end(slow, isWhole: false, now: start + .seconds(9 * round + 9))
        }
        #expect((1...3).contains(dropped), "\(dropped)")
    }
}
