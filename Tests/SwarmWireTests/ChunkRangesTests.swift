import SwarmWire
import TestSupport
import Testing

@Suite struct ChunkRangesTests {
    private func set(_ ranges: ChunkRanges) -> Set<UInt32> { Set(ranges.ranges.flatMap { Array($0) }) }

    private func isSound(_ ranges: ChunkRanges) -> Bool {
        zip(ranges.ranges, ranges.ranges.dropFirst()).allSatisfy { $0.upperBound < $1.lowerBound }
            && ranges.ranges.allSatisfy { !$0.isEmpty }
    }

    private func random(_ generator: inout SplitMix64) -> ChunkRanges {
        ChunkRanges(
            (0..<Int.random(in: 0...8, using: &generator)).map { _ in
                let start = UInt32.random(in: 0..<60, using: &generator)
                return start..<start + UInt32.random(in: 0...9, using: &generator)
            })
    }

    /// Every operation against sets of numbers.
    @Test func operationsAgreeWithSets() throws {
        var generator = SplitMix64(seed: announcedSeed())
        for _ in 0..<3000 {
            let (a, b) = (random(&generator), random(&generator))
            let start = UInt32.random(in: 0..<64, using: &generator)
            let range = start..<start + UInt32.random(in: 0...9, using: &generator)
            #expect(set(a.union(b)) == set(a).union(set(b)))
            #expect(set(a.intersection(b)) == set(a).intersection(set(b)))
            #expect(set(a.subtracting(b)) == set(a).subtracting(set(b)))
            var inserted = a
            inserted.insert(range)
            #expect(set(inserted) == set(a).union(range))
            var removed = a
            removed.remove(range)
            #expect(set(removed) == set(a).subtracting(range))
            for result in [a, a.union(b), a.intersection(b), a.subtracting(b), inserted, removed] {
                #expect(isSound(result))
                #expect(result.count == set(result).count)
            }
            #expect(a.contains(start) == set(a).contains(start))
            #expect(a.contains(range) == range.allSatisfy { set(a).contains($0) })
            let first = a.first(within: range)
            #expect(first?.lowerBound == range.first { set(a).contains($0) })
            if let first { #expect(range.clamped(to: first) == first && a.contains(first)) }
            #expect(a.upperBound == (set(a).max().map { $0 + 1 } ?? 0))

            var bytes: [UInt8] = []
            a.encode(to: &bytes)
            #expect(try decode(bytes) == a)
        }
    }

    private func decode(_ bytes: [UInt8], chunkCount: UInt32 = .max) throws -> ChunkRanges {
        try bytes.withUnsafeBytes { bytes in
            var reader = WireReader(bytes)
            let ranges = try ChunkRanges(from: &reader, chunkCount: chunkCount)
            try reader.expectEnd()
            return ranges
        }
    }

    @Test func theLargestNumbers() throws {
        let ranges = ChunkRanges([0..<1, UInt32.max - 1..<UInt32.max])
        var bytes: [UInt8] = []
        ranges.encode(to: &bytes)
        #expect(try decode(bytes) == ranges)
    }

    @Test(
        arguments: [
            [1], [1, 0], [1, 0, 0], [2, 0, 1, 0, 1], [2, 0, 1, 5], [1, 0, 0x80], [1, 0, 0x81, 0],
            [1, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F, 1], [1, 0xFF, 0xFF, 0xFF, 0xFF, 0x1F, 1],
            [0xFF, 0xFF, 0xFF, 0xFF, 0x0F], [0x81, 0x80, 0x08, 0, 1], [1, 0, 1, 9],
        ] as [[UInt8]])
    func damageIsRefused(bytes: [UInt8]) {
        #expect(throws: SwarmWireError.self) { try decode(bytes) }
    }

    @Test func rangesPastTheFileAreRefused() throws {
        #expect(try decode([1, 2, 3], chunkCount: 5) == ChunkRanges(2..<5))
        #expect(throws: SwarmWireError.self) { try decode([1, 2, 4], chunkCount: 5) }
    }
}
